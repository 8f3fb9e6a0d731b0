#include "cli/context.h"

#include "cli/language.h"
#include "core/exec/shell_quote.h"

namespace anchoko::cli {

std::string Context::invocation() const {
  CommandLine line{"anchoko"};
  line.insert(line.end(), words.begin(), words.end());
  return quote_posix(line);
}

bool Context::japanese() const {
  return speaks_japanese(common.language);
}

std::vector<config::KnownBackendOption> known_backend_options(const BackendRegistry& registry) {
  std::vector<config::KnownBackendOption> known;
  for (const auto& backend : registry.all()) {
    for (const auto& option : backend->options())
      known.push_back({backend->info().name, option.key, option.type});
  }
  return known;
}

config::ProfileLibrary make_profile_library(const BackendRegistry& registry) {
  return {config::default_profile_folders(), known_backend_options(registry)};
}

std::string enumerate(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace anchoko::cli
