// One line on a terminal that tells how far a job is; nothing anywhere else.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace anchoko::cli {

// `fraction` below 0: the end is not known and no bar is drawn. Fits into `width` columns.
std::string progress_line(double fraction, const std::string& text, unsigned width);

class ProgressLine {
 public:
  explicit ProgressLine(bool enabled);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Drawn at most ten times a second.
  void update(double fraction, const std::string& text);
  void clear();
  bool enabled() const { return enabled_; }

 private:
  bool enabled_;
  bool drawn_ = false;
  std::optional<std::chrono::steady_clock::time_point> last_;
};

}  // namespace anchoko::cli
