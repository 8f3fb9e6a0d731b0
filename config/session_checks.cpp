#include "config/session_checks.h"

#include <set>
#include <string_view>

#include "config/words.h"

namespace anchoko::config {

Result<void> check_interfaces(const std::vector<std::string>& names) {
  if (names.empty()) {
    return fail(ErrorKind::usage, "a list of interfaces must not be empty",
                "\"default\" is the interface of the default route");
  }
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (name.empty()) return fail(ErrorKind::usage, "the name of an interface must not be empty");
    if (has_control_character(name)) {
      return fail(ErrorKind::usage, in_quotes(name) + " is not the name of an interface");
    }
    if (names.size() > 1 && (name == "default" || name == "any")) {
      return fail(ErrorKind::usage, in_quotes(name) + " cannot stand in a list with other interfaces",
                  "write it alone, or name each interface");
    }
    if (!seen.insert(name).second) {
      return fail(ErrorKind::usage, "interface " + in_quotes(name) + " is listed twice");
    }
  }
  return {};
}

}  // namespace anchoko::config
