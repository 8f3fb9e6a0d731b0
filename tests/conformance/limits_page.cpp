// How every backend meets every limit: the page docs/reference/limits.md, made from the backends' own plans.
// Also: what a backend says of itself in its capabilities agrees with that.
//
//   limits_page          prints the page
//   limits_page FILE     is FILE that page?
//
// Exit status: 0 yes, 1 no, or capabilities disagree, 2 usage.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "backends/registry.h"
#include "core/plan/limit_answers.h"

namespace anchoko {
namespace {

struct Column {
  const Backend* backend;
  std::vector<plan::LimitAnswer> answers;
};

std::string page(const std::vector<Column>& columns) {
  std::ostringstream out;
  out << "# Limits\n\n"
         "How each backend meets what a profile or a flag asks for. `anchoko backends --features` prints the "
         "first table; `anchoko plan` tells the\nsame of one capture.\n\n"
         "<!-- Generated: build/dev/tests/conformance/limits_page > docs/reference/limits.md -->\n\n"
         "- native: the tool does it itself.\n"
         "- kept: anchoko does it, on the target or at conversion.\n"
         "- bounded: the sum is never more than files × max_size, in other pieces.\n"
         "- refused: the plan ends with an error that names the alternative.\n\n| limit | asked |";
  for (const auto& column : columns) out << " " << column.backend->info().name << " |";
  out << "\n|---|---|";
  for (std::size_t i = 0; i < columns.size(); ++i) out << "---|";
  out << "\n";
  for (std::size_t i = 0; i < columns.front().answers.size(); ++i) {
    const auto& row = columns.front().answers[i];
    out << "| " << row.limit << " | " << row.asked << " |";
    for (const auto& column : columns) out << " " << to_string(column.answers[i].keeping) << " |";
    out << "\n";
  }
  for (const auto& column : columns) {
    out << "\n## " << column.backend->info().name << "\n\n| limit | asked | | how |\n|---|---|---|---|\n";
    for (const auto& one : column.answers)
      out << "| " << one.limit << " | " << one.asked << " | " << to_string(one.keeping) << " | " << one.how
          << " |\n";
  }
  return out.str();
}

// Lines about what does not agree.
std::vector<std::string> disagreements(const Column& column) {
  const Capabilities can = column.backend->capabilities();
  std::vector<std::string> lines;
  const auto compare = [&](const char* limit, const char* asked, bool said, const char* flag, bool one_way) {
    for (const auto& one : column.answers) {
      if (one.limit != limit || one.asked != asked) continue;
      const bool does = one.keeping == LimitKeeping::native || one.keeping == LimitKeeping::bounded;
      // One way: what it can do need not be used for every wish.
      if (does == said || (one_way && said)) continue;
      lines.push_back(column.backend->info().name + ": " + flag + " is " + (said ? "yes" : "no") + ", and " +
                      limit + " (" + asked + ") is " + to_string(one.keeping) + ": " + one.how);
    }
  };
  compare("direction", "in", can.direction, "direction", false);
  compare("promiscuous", "on", can.promiscuous, "promiscuous", false);
  compare("interface", "any", can.any_interface, "any_interface", false);
  compare("packets", "1000, without a filter", can.packet_limit, "packet_limit", false);
  compare("files", "a ring of 2", can.ring, "ring", true);
  compare("duration", "60 s", can.duration_limit, "duration_limit", true);
  compare("snaplen", "96 bytes", can.snaplen, "snaplen", true);
  for (const auto& one : column.answers)
    if (one.how.empty()) lines.push_back(column.backend->info().name + ": says nothing of " + one.limit);
  return lines;
}

int run(int argc, char** argv) {
  if (argc > 2) {
    std::fputs("usage: limits_page [FILE]\n", stderr);
    return 2;
  }
  const auto registry = make_backend_registry();
  std::vector<Column> columns;
  bool agrees = true;
  for (const auto& backend : registry.all()) {
    columns.push_back({backend.get(), plan::limit_answers(*backend)});
    for (const auto& line : disagreements(columns.back())) {
      std::fprintf(stderr, "%s\n", line.c_str());
      agrees = false;
    }
  }
  const std::string text = page(columns);
  if (argc == 1) {
    std::fputs(text.c_str(), stdout);
    return agrees ? 0 : 1;
  }
  std::ifstream in(argv[1], std::ios::binary);
  std::ostringstream there;
  there << in.rdbuf();
  if (there.str() != text) {
    std::printf("%s: not what the backends plan now\n  = write it again: %s > %s\n", argv[1], argv[0],
                argv[1]);
    return 1;
  }
  if (agrees) std::puts("limits_page: the page is as it would be generated, and capabilities agree with it");
  return agrees ? 0 : 1;
}

}  // namespace
}  // namespace anchoko

int main(int argc, char** argv) {
  return anchoko::run(argc, argv);
}
