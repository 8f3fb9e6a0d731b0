#include "cli/language.h"

#include <cstdlib>
#include <string_view>

namespace anchoko::cli {

bool speaks_japanese(const std::string& asked) {
  if (!asked.empty()) return asked == "ja";
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    // The first one that is set decides, as setlocale(3) has it.
    if (value != nullptr && *value != '\0') return std::string_view(value).starts_with("ja");
  }
  return false;
}

}  // namespace anchoko::cli
