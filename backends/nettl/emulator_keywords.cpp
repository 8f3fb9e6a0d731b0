#include "backends/nettl/emulator_keywords.h"

#include <array>
#include <charconv>

#include "backends/nettl/emulator_subsystems.h"

namespace anchoko::nettl::emulated {
namespace {

struct VerbWord {
  Keyword word;
  Verb verb;
};
constexpr auto verbs = std::to_array<VerbWord>({
    {{"-start", "-st"}, Verb::start},
    {{"-stop", "-sp"}, Verb::stop},
    {{"-status", "-ss"}, Verb::status},
    {{"-traceon", "-tn"}, Verb::traceon},
    {{"-traceoff", "-tf"}, Verb::traceoff},
    {{"-bind", "-b"}, Verb::bind},
    {{"-timer", "-t"}, Verb::timer},
    {{"-log", "-l"}, Verb::log},
    {{"-firmlog", "-fm"}, Verb::firmlog},
    {{"-setfilter", "-sfl"}, Verb::setfilter},
    {{"-filteron", "-flon"}, Verb::filteron},
    {{"-filteroff", ""}, Verb::filteroff},
    {{"-displayfilter", ""}, Verb::displayfilter},
    {{"-removefilter", "-rfl"}, Verb::removefilter},
});
struct Name {
  std::string_view word;
  std::uint32_t mask;
};
constexpr auto kinds = std::to_array<Name>({
    {"hdrin", 0x80000000},
    {"hdrout", 0x40000000},
    {"pduin", 0x20000000},
    {"pduout", 0x10000000},
    {"proc", 0x08000000},
    {"state", 0x04000000},
    {"error", 0x02000000},
    {"logging", 0x01000000},
    {"loopback", 0x00800000},
    {"all", every_kind},
});
constexpr auto classes = std::to_array<Name>({
    {"informative", 1},
    {"warning", 2},
    {"error", 4},
    {"disaster", 8},
    {"all", 15},
});

template <typename Names>
std::optional<std::uint32_t> mask_of(const Names& names, std::string_view word) {
  for (const Name& one : names)
    if (same_word(one.word, word)) return one.mask;
  const bool hexadecimal = word.size() > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
  if (hexadecimal) word.remove_prefix(2);
  std::uint32_t mask = 0;
  const auto [end, error] =
      std::from_chars(word.data(), word.data() + word.size(), mask, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != word.data() + word.size() || mask == 0) return std::nullopt;
  return mask;
}

}  // namespace

bool is_keyword(std::string_view word, const Keyword& keyword) {
  return same_word(word, keyword.full) || (!keyword.brief.empty() && same_word(word, keyword.brief));
}

std::optional<Verb> verb_of(std::string_view word) {
  for (const auto& one : verbs)
    if (is_keyword(word, one.word)) return one.verb;
  return std::nullopt;
}

std::optional<std::uint32_t> parse_kind(std::string_view word) {
  return mask_of(kinds, word);
}

std::optional<std::uint32_t> parse_class(std::string_view word) {
  return mask_of(classes, word);
}

}  // namespace anchoko::nettl::emulated
