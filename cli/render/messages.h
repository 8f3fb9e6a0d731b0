// Everything for a person that is not a result: errors, warnings, notes; always on stderr.
#pragma once

#include <string>

#include "core/base/error.h"
#include "core/base/json.h"

namespace anchoko::cli {

enum class Loudness { quiet, normal, verbose };

class Messages {
 public:
  Messages(Loudness loudness, bool color) : loudness_(loudness), color_(color) {}

  void error(const Error& error) const;  // the message or every located mistake, and the hint
  void warning(const std::string& text) const;
  void diagnostic(const Diagnostic& diagnostic) const;
  void info(const std::string& text) const;    // not with --quiet
  void detail(const std::string& text) const;  // only with --verbose
  void block(const std::string& text) const;   // ready-made lines; not with --quiet

  bool color() const { return color_; }
  Loudness loudness() const { return loudness_; }

 private:
  void line(const char* color, const char* word, const std::string& text) const;

  Loudness loudness_;
  bool color_;
};

// What Messages::error prints.
std::string render(const Error& error, bool color);

// {"error": {"kind": …, "message": …, "hint": …, "diagnostics": […]}, "exit_status": N}
Json to_json(const Error& error);
Json to_json(const Diagnostic& diagnostic);

}  // namespace anchoko::cli
