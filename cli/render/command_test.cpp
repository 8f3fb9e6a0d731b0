#include "cli/render/command.h"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "backends/registry.h"
#include "cli/render/text.h"

namespace anchoko::cli {
namespace {

crib::CommandExplanation explain(const std::string& line) {
  const auto registry = make_backend_registry();
  return crib::explain_command(understand_command(registry, split_shell_line(line)));
}

}  // namespace

TEST_CASE("explain: mistakes of testdata/mistakes.txt are told, and point at the word") {
  std::ifstream stream(ANCHOKO_SOURCE_DIR "/backends/tcpdump/testdata/mistakes.txt");
  REQUIRE(stream.is_open());
  int cases = 0;
  std::string line;
  std::vector<Diagnostic> found;
  crib::CommandExplanation explanation;
  while (std::getline(stream, line)) {
    if (line.size() < 2 || line[0] == '#') continue;
    const std::string text = line.substr(2);
    if (line[0] == '$') {
      ++cases;
      explanation = explain(text);
      found = crib::diagnostics(explanation, false);
      CHECK_MESSAGE(!explanation.sound(), text);
      REQUIRE_MESSAGE(!found.empty(), text);
    } else if (line[0] == '!') {
      const std::size_t blank = text.find(' ');
      std::string first;
      for (const auto& problem : explanation.problems) {
        if (problem.severity == Severity::error && first.empty()) first = problem.id;
      }
      CHECK_MESSAGE(first == text.substr(0, blank), explanation.line);
      CHECK_MESSAGE(found[0].excerpt.substr(found[0].column - 1, found[0].length) == text.substr(blank + 1),
                    explanation.line);
      CHECK_MESSAGE(found[0].message.find('{') == std::string::npos, found[0].message);
      CHECK(crib::diagnostics(explanation, true)[0].message.find('{') == std::string::npos);
    } else if (line[0] == '~') {
      CHECK_MESSAGE((found[0].hint + found[0].message).find(text) != std::string::npos, explanation.line);
    }
  }
  CHECK(cases >= 20);
}

TEST_CASE("explain: no placeholder and no empty meaning is left, and lines fit the terminal") {
  std::ifstream stream(ANCHOKO_SOURCE_DIR "/backends/tcpdump/testdata/commands.txt");
  REQUIRE(stream.is_open());
  int cases = 0;
  for (std::string line; std::getline(stream, line);) {
    if (line.size() < 2 || line[0] != '$') continue;
    ++cases;
    const auto explanation = explain(line.substr(2));
    CAPTURE(line);
    for (const auto& piece : explanation.pieces) {
      CHECK_FALSE(piece.meaning.en.empty());
      CHECK_FALSE(piece.meaning.ja.empty());
    }
    for (const bool japanese : {false, true}) {
      const std::string text = render(explanation, japanese, 80, false);
      CHECK(text.find("{value}") == std::string::npos);
      CHECK(text.find("{0}") == std::string::npos);
      CHECK(text.find("{1}") == std::string::npos);
      std::istringstream lines(text);
      for (std::string one; std::getline(lines, one);) CHECK_MESSAGE(display_width(one) <= 80, one);
    }
  }
  CHECK(cases >= 40);
}

// Reference: tcpdump, 2: a ring overwrites; -G with -W ends; a duration needs a timer of its own.
TEST_CASE("explain: one sentence tells what is held and how it ends") {
  const auto english = [](const char* line) { return explain(line).summary.en; };
  CHECK(english("tcpdump -n -i eth0 -c 10 -w x.pcap port 53") ==
        "Captures packets that match `port 53` on eth0 and writes them to x.pcap; it ends after 10 packets, "
        "or when it "
        "is interrupted.");
  CHECK(english("tcpdump -n -i any") ==
        "Captures every packet on all interfaces and shows them as text; nothing ends it but an interrupt "
        "(Ctrl-C).");
  CHECK(english("tcpdump -i eth0 -w f -C 5 -W 3") ==
        "Captures every packet on eth0 and writes them to f, a new file after 5,000,000 bytes, 3 files in "
        "turn, the "
        "oldest overwritten; nothing ends it but an interrupt (Ctrl-C).");
  CHECK(english("timeout 90 tcpdump -i eth0 -Q in -s 128 -w f-%H -G 3600 -W 24") ==
        "Captures every packet on eth0 (incoming only, the first 128 bytes of each) and writes them to f-%H, "
        "a new file "
        "after 3,600 seconds; it ends after 1m 30s, after 24 files, or when it is interrupted.");
  CHECK(english("tcpdump -r x.pcap tcp") ==
        "Reads packets that match `tcp` from the file x.pcap and shows them as text; it ends with the last "
        "packet.");
  CHECK(explain("tcpdump -n -i eth0 -c 10 -w x.pcap port 53").summary.ja ==
        "eth0 で `port 53` に一致するパケットを取り込み、x.pcap に書く。10 パケットで、または Ctrl-C "
        "で終わる。");
}

TEST_CASE("explain: control characters of a command do not reach the terminal") {
  const auto registry = make_backend_registry();
  const auto text = command_text({"tcpdump", "-n", "-c", "1", "-i", "eth0\033[31m", "-w", "a\nb"});
  const auto explanation = crib::explain_command(understand_command(registry, text));
  const std::string shown = render(explanation, false, 80, false);
  CHECK(shown.find('\033') == std::string::npos);
}

}  // namespace anchoko::cli
