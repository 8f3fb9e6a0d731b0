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
  bool broken = false;  // not all of it is TOML, so what seems to be missing may be there
};

ReadProfile read_profile(const std::string& text, const std::string& source, const std::string& name,
                         const std::vector<KnownBackendOption>& known);

// Child over parent, key by key. The filter takes the way it is written along.
void inherit(Profile& child, const Profile& parent);

// A profile and what it extends, child first.
using ProfileChain = std::vector<ReadProfile*>;

// Adds what is wrong with parameters and where they are used. `complete`: nothing is missing at the end of
// the chain, so what is not there is not anywhere.
void add_parameter_mistakes(const ProfileChain& chain, bool complete);
// Adds what is wrong with each profile's own filter, pointing at where it is written.
void add_filter_mistakes(const ProfileChain& chain);

}  // namespace anchoko::config
