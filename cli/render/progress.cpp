#include "cli/render/progress.h"

#include <algorithm>
#include <cmath>

#include "cli/render/text.h"
#include "cli/terminal.h"

namespace anchoko::cli {

std::string progress_line(double fraction, const std::string& text, unsigned width) {
  // The last column stays empty: some terminals wrap as soon as it is written.
  const std::size_t room = width > 1 ? width - 1 : 1;
  const std::string clean = printable(text);
  constexpr std::size_t least_bar = 10;
  constexpr std::size_t most_bar = 30;
  const std::size_t used = display_width(clean) + 8;  // "[] 100% "
  if (fraction < 0 || std::isnan(fraction) || used + least_bar > room) return truncate(clean, room);
  const double part = std::clamp(fraction, 0.0, 1.0);
  const std::size_t cells = std::min(most_bar, room - used);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(cells));
  const auto percent = static_cast<unsigned>(part * 100);
  return "[" + std::string(full, '#') + std::string(cells - full, '.') + "] " +
         pad_left(std::to_string(percent), 3) + "% " + clean;
}

ProgressLine::ProgressLine(bool enabled) : enabled_(enabled && understands_escapes(Stream::err)) {}

void ProgressLine::update(double fraction, const std::string& text) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (last_ && now - *last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  drawn_ = true;
  write_all(Stream::err, "\r" + progress_line(fraction, text, terminal_width(Stream::err)) + "\033[K");
}

void ProgressLine::clear() {
  if (!drawn_) return;
  write_all(Stream::err, "\r\033[K");
  drawn_ = false;
  last_.reset();
}

}  // namespace anchoko::cli
