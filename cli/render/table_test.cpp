#include "cli/render/table.h"

#include <sstream>

#include <doctest/doctest.h>

#include "cli/render/text.h"

using namespace anchoko::cli;

namespace {

std::size_t widest_line(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  std::size_t widest = 0;
  while (std::getline(in, line)) widest = std::max(widest, display_width(line));
  return widest;
}

const Table backends{{{"backend"}, {"packets", Align::right}, {"why"}},
                     {{"tcpdump", "1,234", "the best one here"}, {"あんちょこ", "7", ""}, {"netsh"}}};

}  // namespace

TEST_CASE("a table aligns its columns and leaves no blanks at line ends") {
  CHECK(render(backends, 0) ==
        "backend     packets  why\n"
        "tcpdump       1,234  the best one here\n"
        "あんちょこ        7\n"
        "netsh\n");
}

TEST_CASE("a table fits the terminal by breaking cells") {
  const std::string narrow = render(backends, 32);
  CHECK(narrow ==
        "backend     packets  why\n"
        "tcpdump       1,234  the best\n"
        "                     one here\n"
        "あんちょこ        7\n"
        "netsh\n");
  CHECK(widest_line(narrow) <= 32);
  CHECK(widest_line(render(backends, 30)) <= 30);
}

TEST_CASE("titles can be bold") {
  CHECK(render(backends, 0, true).substr(0, 12) == "\033[1mbackend ");
  CHECK(render(backends, 0, false).find('\033') == std::string::npos);
}

TEST_CASE("fields wrap behind their column") {
  const std::vector<Field> fields{{"output", "a.pcapng"},
                                  {"dropped", "1 by the kernel and 2 by the interface"}};
  CHECK(render(fields, 0) == "output   a.pcapng\ndropped  1 by the kernel and 2 by the interface\n");
  CHECK(render(fields, 30) ==
        "output   a.pcapng\n"
        "dropped  1 by the kernel and 2\n"
        "         by the interface\n");
}

TEST_CASE("table: a whole column is not broken, its neighbours give way") {
  const Table table{{{"session", Align::left, true}, {"what"}},
                    {{"1ng7j4z-m9fc", "udp port 53 or tcp port 53"}}};
  CHECK(render(table, 26) ==
        "session       what\n"
        "1ng7j4z-m9fc  udp port 53\n"
        "              or tcp port\n"
        "              53\n");
}
