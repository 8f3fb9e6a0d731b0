// Words of the command line that stand for something: verbs, kinds, classes (reference section 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace anchoko::nettl::emulated {

enum class Verb {
  start,
  stop,
  status,
  traceon,
  traceoff,
  bind,
  timer,
  log,
  firmlog,
  setfilter,
  filteron,
  filteroff,
  displayfilter,
  removefilter,
};

// Masks of the kinds.
inline constexpr std::uint32_t kind_header_in = 0x80000000, kind_header_out = 0x40000000;
inline constexpr std::uint32_t kind_pdu_in = 0x20000000, kind_pdu_out = 0x10000000;
inline constexpr std::uint32_t kind_state = 0x04000000, kind_loopback = 0x00800000;
inline constexpr std::uint32_t every_kind = 0xff800000;

struct Keyword {
  std::string_view full, brief;  // of the short forms only those that the manual shows
};
bool is_keyword(std::string_view word, const Keyword& keyword);
std::optional<Verb> verb_of(std::string_view word);

// 'pduin', '0x30000000'.
std::optional<std::uint32_t> parse_kind(std::string_view word);
std::optional<std::uint32_t> parse_class(std::string_view word);

}  // namespace anchoko::nettl::emulated
