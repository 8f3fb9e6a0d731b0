// A located message for something a person wrote: a filter, a profile, a command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace anchoko {

enum class Severity { error, warning, note };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string
      source;  // file name, or "-f" for a filter given as a flag; empty when there is no text to point at
  std::uint32_t line = 0;    // 1-based; 0: unknown
  std::uint32_t column = 0;  // 1-based, in bytes; 0: unknown
  std::uint32_t length = 1;  // bytes to underline
  std::string excerpt;       // the offending line, without its line end
  std::string message;
  std::string hint;  // what to do; may be empty
};

const char* severity_word(Severity severity);  // "error", "warning", "note"

// "source:line:column: error: message", the excerpt, a caret line and the hint. Ends with a line feed.
std::string render(const Diagnostic& diagnostic, bool color = false);

// The candidate nearest to `word` when it is near enough to be a likely slip; empty otherwise.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace anchoko
