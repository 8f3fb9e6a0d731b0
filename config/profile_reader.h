// A profile together with every mistake in it, so that a chain of profiles can report all of theirs at once.
#pragma once

#include <string>
#include <vector>

#include "config/profile.h"
#include "core/base/diagnostic.h"

namespace anchoko::config {

struct ReadProfile {
  Profile profile;  // what could be read
  std::vector<Diagnostic> mistakes;
};

ReadProfile read_profile(const std::string& text, const std::string& source, const std::string& name,
                         const std::vector<KnownBackendOption>& known);

// Adds what is wrong with the profile's own filter, pointing at where it is written.
void add_filter_mistakes(ReadProfile& read);

}  // namespace anchoko::config
