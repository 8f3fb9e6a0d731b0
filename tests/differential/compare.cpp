#include "tests/differential/compare.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <utility>

#include <doctest/doctest.h>

#include "core/filter/satisfiable.h"

namespace anchoko::differential {
namespace {

constexpr std::size_t reported_per_text = 2;

std::string hex_of(const Case& record) {
  return testing::hex(record.bytes()) + " caplen " + std::to_string(record.size) + " len " +
         std::to_string(record.original_length);
}

std::string name_of(const Cases& cases, std::size_t index) {
  while (index > 0 && cases[index].name.empty()) --index;
  return cases[index].name;
}

}  // namespace

std::string described(const Error& error) {
  std::string out = error.message + " " + error.hint;
  for (const Diagnostic& diagnostic : error.diagnostics)
    out += "\n" + diagnostic.message + " " + diagnostic.hint;
  return out;
}

namespace {

// Where the link layer itself says it, libpcap reads it there, as we do.
bool link_says_direction(const Link& link) {
  return link.type == LinkType::linux_sll || link.type == LinkType::linux_sll2 ||
         link.type == LinkType::ipnet;
}

// The text with `inbound` and `outbound` replaced by what they are; nothing when it says neither.
std::optional<std::string> with_direction(const std::string& text, PacketDirection direction) {
  std::string out;
  std::string word;
  bool found = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' || c == '\\') {
      word += c;
      continue;
    }
    const bool inbound = word == "inbound";
    if (inbound || word == "outbound") {
      found = true;
      const bool holds = direction == (inbound ? PacketDirection::inbound : PacketDirection::outbound);
      word = holds ? "greater 0" : "not greater 0";  // `len` takes one of libpcap's memory cells
    }
    out += word;
    word.clear();
    if (i < text.size()) out += c;
  }
  if (!found) return std::nullopt;
  return out;
}

// The same text comes once for every link type.
bool proved_false(const std::string& text, const filter::FilterExpr& tree) {
  static std::optional<std::pair<std::string, bool>> last;
  if (!last || last->first != text) last = {text, filter::never_matches(tree)};
  return last->second;
}

std::optional<testing::PcapFilter> judge(const std::string& text, const Link& link, std::string& error) {
  auto made = testing::PcapFilter::compile(text, link.type, link.order);
  if (made) return *made;
  error = made.error();
  return std::nullopt;
}

}  // namespace

Compiled compile_both(const std::string& text, const Link& link) {
  Compiled out;
  const auto unknown = with_direction(text, PacketDirection::unknown);
  out.theirs = judge(unknown && !link_says_direction(link) ? *unknown : text, link, out.their_error);
  if (unknown && !link_says_direction(link)) {
    out.theirs_inbound = judge(*with_direction(text, PacketDirection::inbound), link, out.their_error);
    out.theirs_outbound = judge(*with_direction(text, PacketDirection::outbound), link, out.their_error);
  }
  const auto tree = filter::parse(text);
  if (!tree) {
    out.our_error = described(tree.error());
    return out;
  }
  out.proved_false = proved_false(text, *tree);
  auto program = filter::Program::compile(*tree, link.type, link.order);
  auto capture = filter::RecordFilter::compile(*tree, link.type, filter::Reading::capture, link.order);
  CHECK_MESSAGE(program.has_value() == capture.has_value(),
                "one reading compiles and the other does not: ", text);
  if (!program || !capture) {
    out.our_error = described(program ? capture.error() : program.error());
    return out;
  }
  out.ours = std::move(*program);
  out.ours_capture = std::move(*capture);
  return out;
}

Tally compare_verdicts(const std::string& text, const Link& link, Compiled& compiled, const Cases& cases,
                       std::size_t first, std::size_t stride) {
  Tally tally;
  std::size_t different = 0;
  const auto report = [&](const std::string& reading, std::size_t index, bool expected) {
    if (++different > reported_per_text) return;
    FAIL_CHECK("filter: " << text << "\n  link type " << link.name() << ", reading " << reading
                          << ": libpcap " << (expected ? "accepts" : "rejects")
                          << ", we do not agree\n  record: " << name_of(cases, index) << "\n  "
                          << hex_of(cases[index]));
  };
  for (std::size_t index = first; index < cases.size(); index += stride) {
    const Case& record = cases[index];
    PacketRecord packet;
    packet.data = std::as_bytes(record.bytes());
    packet.original_length = record.original_length;
    const testing::PcapFilter* theirs = &*compiled.theirs;
    if (compiled.theirs_inbound && compiled.theirs_outbound && index % 3 != 0) {
      packet.direction = index % 3 == 1 ? PacketDirection::inbound : PacketDirection::outbound;
      theirs = index % 3 == 1 ? &*compiled.theirs_inbound : &*compiled.theirs_outbound;
    }
    const bool expected = theirs->matches(record.bytes(), record.original_length);
    (expected ? tally.hits : tally.misses) += 1;
    if (compiled.ours->matches(packet.data, packet.original_length, packet.direction) != expected)
      report("file", index, expected);
    if (compiled.ours->matches_step_by_step(packet.data, packet.original_length, packet.direction) !=
        expected)
      report("file, without the table", index, expected);
    ++tally.compared;
    if (link.type == LinkType::ethernet) {
      const bool expected_capture = theirs->matches_without_tag(record.bytes(), record.original_length);
      if (compiled.ours_capture->matches(packet) != expected_capture)
        report("capture", index, expected_capture);
      ++tally.compared;
    } else if (index % 8 == 0) {
      if (compiled.ours_capture->matches(packet) != expected) report("capture", index, expected);
      ++tally.compared;
    }
  }
  if (different > reported_per_text) MESSAGE("… and ", different - reported_per_text, " more for: ", text);
  const bool wrongly_false = tally.hits > 0 && (compiled.proved_false || compiled.ours->never_matches());
  CHECK_MESSAGE(!wrongly_false, "said to match nothing, and libpcap accepts records: ", text);
  return tally;
}

Tally compare_some(const std::string& text, const Link& link, Compiled& compiled, const Cases& cases,
                   std::size_t wanted, std::size_t turn) {
  const std::size_t stride = exhaustive() ? 1 : 1 + (cases.size() / wanted);
  return compare_verdicts(text, link, compiled, cases, turn % stride, stride);
}

bool compare_acceptance(const std::string& text, const Link& link, const Compiled& compiled) {
  const bool wild = compiled.theirs && compiled.theirs->overwrites_its_offsets();
  if (wild && !compiled.ours && compiled.our_error.find("libpcap misjudges") != std::string::npos)
    return false;
  if (compiled.theirs && !compiled.ours) {
    FAIL_CHECK("libpcap accepts and we refuse: " << text << "\n  link type " << link.name()
                                                 << "\n  our message: " << compiled.our_error);
  } else if (!compiled.theirs && compiled.ours) {
    FAIL_CHECK("we accept and libpcap refuses: " << text << "\n  link type " << link.name()
                                                 << "\n  its message: " << compiled.their_error);
  }
  return compiled.accepted_by_both();
}

bool exhaustive() {
  return std::getenv("ANCHOKO_EXHAUSTIVE") != nullptr;
}

}  // namespace anchoko::differential
