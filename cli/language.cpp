#include "cli/language.h"

#include <cstdlib>
#include <initializer_list>

namespace anchoko::cli {

namespace {

// The first one that is set decides, as setlocale(3) has it.
std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

}  // namespace

bool speaks_japanese(const std::string& asked) {
  if (!asked.empty()) return asked == "ja";
  const std::string locale = first_set({"LC_ALL", "LC_MESSAGES", "LANG"});
  return locale == "ja" || locale.starts_with("ja_") || locale.starts_with("ja.");
}

std::string character_locale() {
  return first_set({"LC_ALL", "LC_CTYPE", "LANG"});
}

bool is_utf8_locale(const std::string& locale) {
  std::string plain;
  for (const char c : locale) {
    if (c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return plain.find(".utf8") != std::string::npos;
}

}  // namespace anchoko::cli
