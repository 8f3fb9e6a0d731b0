#include "core/filter/satisfiable.h"

#include "core/filter/evaluate.h"
#include "core/filter/lexer.h"

namespace anchoko::filter {

bool never_matches(const FilterExpr& expr) {
  bool has_meaning = false;
  for (const LinkType type :
       {LinkType::ethernet, LinkType::raw, LinkType::linux_sll2, LinkType::linux_sll, LinkType::null,
        LinkType::loop, LinkType::ppp, LinkType::fddi, LinkType::token_ring, LinkType::ieee802_11,
        LinkType::ieee802_11_radiotap, LinkType::ipnet, LinkType::ipv4, LinkType::ipv6}) {
    const auto program = Program::compile(expr, type);
    if (!program) continue;
    if (!program->never_matches()) return false;
    has_meaning = true;
  }
  return has_meaning;
}

Result<FilterExpr> parse_satisfiable(std::string_view text, const TextOrigin& origin) {
  auto expr = parse(text, origin);
  if (!expr || !never_matches(*expr)) return expr;
  const auto first = static_cast<std::uint32_t>(text.find_first_not_of(" \t\r\n"));
  const auto last = static_cast<std::uint32_t>(text.find_last_not_of(" \t\r\n"));
  return fail(make_error(filter_diagnostic(text, origin, first, last - first + 1,
                                           "no packet can match this filter: its parts exclude each other",
                                           "did you mean 'or' instead of 'and'?")));
}

}  // namespace anchoko::filter
