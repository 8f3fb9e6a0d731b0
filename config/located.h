// A message at a place in a profile.
#pragma once

#include <string>

#include "config/profile.h"
#include "core/base/diagnostic.h"

namespace anchoko::config {

// Underlines the value or key that is written there, as far as it stands on that line.
Diagnostic at_place(const Place& place, std::string message, std::string hint = {});

// The place of byte `offset` of a text value, and how many of `length` bytes stand on its line.
struct Stretch {
  Place place;
  std::uint32_t length = 1;
};
Stretch stretch_of(const Located<std::string>& text, const WrittenText& written, std::size_t offset,
                   std::size_t length);
Diagnostic at_stretch(const Stretch& stretch, std::string message, std::string hint = {});

// "profile dns line 6": where a value of this profile comes from, which may be one that it extends.
std::string origin_text(const Place& place, const Profile& profile);

// By line and column; what has no place comes last.
void sort_by_place(std::vector<Diagnostic>& diagnostics);

}  // namespace anchoko::config
