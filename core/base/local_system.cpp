#include "core/base/local_system.h"

namespace anchoko {

std::string system_of_name(std::string name) {
  if (name == "SunOS") return "solaris";
  if (name == "HP-UX") return "hpux";
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

}  // namespace anchoko
