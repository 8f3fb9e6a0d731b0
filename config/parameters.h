// The parameters of a complete profile, and the values that --set gives them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/filter_text.h"
#include "config/profile.h"
#include "config/resolve.h"

namespace anchoko::config {

// Which parameters something names.
std::set<std::string> names_in_filter(const Profile& complete);  // also those that narrow it
std::set<std::string> names_in_interfaces(const Profile& complete);

// Their values are the defaults.
std::vector<ParameterView> describe_parameters(const Profile& complete);

struct GivenValues {
  ParameterValues values;                      // --set, else the default in the profile
  std::map<std::string, std::string> origins;  // "flag --set", "profile dns line 7"
  std::set<std::string> set;                   // by --set, soundly or not
  std::set<std::string> refused;               // by --set, but no value of that type
  std::vector<Diagnostic> mistakes;
};

// `words`: NAME=VALUE each. `replaced_filter`, `replaced_interface`: a flag stands in place of the profile's,
// so that a value for it would go unheard.
GivenValues give_values(const Profile* complete, const std::vector<std::string>& words, bool replaced_filter,
                        bool replaced_interface);

}  // namespace anchoko::config
