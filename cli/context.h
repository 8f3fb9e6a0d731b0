// What every command has at hand.
#pragma once

#include <string>
#include <vector>

#include "cli/render/messages.h"
#include "config/profile.h"
#include "config/resolve.h"
#include "core/backend/backend.h"
#include "core/base/json.h"

namespace anchoko::cli {

// Options that every command has.
struct CommonOptions {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::string color = "auto";
  std::string language;  // "en" or "ja"; empty: by the locale
};

struct Context {
  CommonOptions common;
  Messages messages{Loudness::normal, false};
  std::vector<std::string> words;  // as typed, without the program name
  std::string output;              // the result; goes to stdout when the command has ended
  bool output_color = false;
  unsigned output_width = 0;  // columns of stdout; 0: no limit

  bool japanese() const;
  // The command line as it could be typed again.
  std::string invocation() const;
  void print(const std::string& text) { output += text; }
  void print(const Json& json) { output += json.dump() + "\n"; }
};

// What [backend.NAME] tables may hold.
std::vector<config::KnownBackendOption> known_backend_options(const BackendRegistry& registry);
config::ProfileLibrary make_profile_library(const BackendRegistry& registry);

// The names in a sentence: "a, b and c".
std::string enumerate(const std::vector<std::string>& names);

}  // namespace anchoko::cli
