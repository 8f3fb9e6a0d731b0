#include "backends/snoop/emulator_filter.h"

#include "backends/snoop/emulator_userland.h"

namespace anchoko::snoop::emulated {
namespace {

// pf_compile() looks for alternatives ahead by searching the text for the letters o and r, or a comma,
// outside parentheses: any `port` looks like one. A parenthesis that was opened before the text is not minded
// (4.5).
bool or_is_ahead(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (depth == 0 && (text[i] == ',' || text.substr(i).starts_with("or"))) return true;
  }
  return false;
}

Result<void> add_userland(Filter& filter, std::string_view text, Medium medium, const Release& release,
                          const Names& names) {
  auto program = compile_userland(text, medium, release, names);
  if (!program) return fail(std::move(program.error()));
  filter.userland = std::move(*program);
  filter.overflows = filter.userland->deepest() > stack_room;
  return {};
}

}  // namespace

Result<Filter> make_filter(std::string_view expression, Path path, Medium medium, const Release& release,
                           const Names& names) {
  Filter filter;
  if (expression.find_first_not_of(" \t\n") == std::string_view::npos) return filter;
  std::string_view rest = expression;
  if (path == Path::live) {
    auto parsed = parse_kernel(expression, medium, release, names);
    if (parsed.error) return fail(ErrorKind::usage, *parsed.error);
    const auto stop = parsed.stopped_at;
    const bool split = stop && !parsed.has_or && !or_is_ahead(expression.substr(*stop));
    const bool fits = !parsed.test || parsed.test->words <= kernel_words;
    if (fits && (!stop || split)) {
      filter.in_kernel = parsed.test.has_value() || parsed.never;
      filter.kernel = std::move(parsed.test);
      filter.never = parsed.never;
      rest = stop ? expression.substr(*stop) : std::string_view();
    }
  }
  if (!rest.empty()) {
    auto added = add_userland(filter, rest, medium, release, names);
    if (!added) return fail(std::move(added.error()));
  }
  return filter;
}

bool Filter::kernel_accepts(const Packet& packet, Medium medium, const Release& release) const {
  if (!in_kernel) return true;
  return !never && kernel && emulated::kernel_accepts(*kernel, packet, medium, release);
}

bool Filter::userland_accepts(const Packet& packet, Medium medium, const Release& release) {
  if (!userland) return true;
  if (overflows && release.overflow_rejects_all) return false;
  return accepts(*userland, packet, medium, release, calls);
}

double compile_seconds(const Filter& filter, const Release& release) {
  return filter.userland ? filter.userland->paths() * release.nanoseconds_a_path * 1e-9 : 0;
}

}  // namespace anchoko::snoop::emulated
