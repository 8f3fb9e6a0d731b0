// Durations and sizes as people write them.
#include <limits>
#include <string_view>

#include "config/resolve.h"
#include "config/words.h"

namespace anchoko::config {
namespace {

// Long enough for anyone, and far from what overflows a clock.
constexpr std::int64_t longest_ms = std::int64_t{366} * 24 * 60 * 60 * 1000;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the largest down, the order in which they must follow one another.
constexpr Unit duration_units[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit size_units[] = {{"", 1},
                               {"B", 1},
                               {"kB", 1'000},
                               {"MB", 1'000'000},
                               {"GB", 1'000'000'000},
                               {"TB", 1'000'000'000'000},
                               {"KiB", std::uint64_t{1} << 10},
                               {"MiB", std::uint64_t{1} << 20},
                               {"GiB", std::uint64_t{1} << 30},
                               {"TiB", std::uint64_t{1} << 40}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the digits at the front; nothing when there are none or the number does not fit.
struct Digits {
  std::uint64_t number = 0;
  bool any = false;
  bool fits = true;
};
Digits take_digits(std::string_view& text) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  Digits digits;
  for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1)) {
    const auto digit = static_cast<std::uint64_t>(text[0] - '0');
    digits.any = true;
    if (digits.number > (most - digit) / 10) digits.fits = false;
    if (digits.fits) digits.number = digits.number * 10 + digit;
  }
  return digits;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && !is_digit(text[size])) ++size;
  const std::string_view letters = text.substr(0, size);
  text.remove_prefix(size);
  return letters;
}

std::unexpected<Error> not_a_duration(const std::string& text) {
  return fail(
      ErrorKind::usage, in_quotes(text) + " is not a duration",
      "write whole numbers with d, h, m, s or ms, the largest unit first: \"60s\", \"1h30m\", \"500ms\"");
}

std::unexpected<Error> too_long(const std::string& text) {
  return fail(ErrorKind::usage, in_quotes(text) + " is longer than 366d", "");
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::string_view rest = text;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  if (rest.empty()) return not_a_duration(text);
  while (!rest.empty()) {
    const Digits digits = take_digits(rest);
    const std::string_view word = take_letters(rest);
    std::size_t unit = next_unit;
    while (unit < std::size(duration_units) && duration_units[unit].name != word) ++unit;
    if (!digits.any || unit == std::size(duration_units)) return not_a_duration(text);
    next_unit = unit + 1;
    const std::uint64_t factor = duration_units[unit].factor;
    const auto left = static_cast<std::uint64_t>(longest_ms) - total;
    if (!digits.fits || digits.number > left / factor) return too_long(text);
    total += digits.number * factor;
  }
  if (total == 0) {
    return fail(ErrorKind::usage, "a duration of zero would mean no limit",
                "every capture must end by itself; write how long it may run: \"10m\"");
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

Result<std::uint64_t> parse_size(const std::string& text) {
  std::string_view rest = text;
  const Digits digits = take_digits(rest);
  const Unit* unit = nullptr;
  for (const Unit& one : size_units) {
    if (one.name == rest) unit = &one;
  }
  if (!digits.any || unit == nullptr) {
    return fail(ErrorKind::usage, in_quotes(text) + " is not a size",
                "write a whole number of bytes, or one with kB, MB, GB, TB (1000-based) or KiB, MiB, GiB, "
                "TiB (1024-based): \"100MiB\"");
  }
  if (!digits.fits || digits.number > std::numeric_limits<std::uint64_t>::max() / unit->factor) {
    return fail(ErrorKind::usage, in_quotes(text) + " is too large", "");
  }
  return digits.number * unit->factor;
}

}  // namespace anchoko::config
