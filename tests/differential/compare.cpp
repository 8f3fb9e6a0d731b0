#include "tests/differential/compare.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

#include <doctest/doctest.h>

namespace anchoko::differential {
namespace {

constexpr int reported_per_text = 2;

std::string hex_of(const Case& record) {
  return testing::hex(record.bytes()) + " caplen " + std::to_string(record.size) + " len " +
         std::to_string(record.original_length);
}

std::string name_of(const Cases& cases, std::size_t index) {
  while (index > 0 && cases[index].name.empty()) --index;
  return cases[index].name;
}

Cases frames_of(LinkType link_type, bool cut) {
  Cases out;
  for (const testing::Frame& frame : testing::every_frame()) {
    if (frame.link_type != link_type) continue;
    if (!cut) {
      out.push_back(make_case(frame.data, frame.original_length, frame.name));
      continue;
    }
    for (std::size_t length = 0; length < frame.data.size(); ++length) {
      const testing::Frame part = testing::truncated(frame, length);
      out.push_back(make_case(part.data, part.original_length, length == 0 ? frame.name : ""));
    }
  }
  return out;
}

}  // namespace

const std::vector<LinkType>& judged_link_types() {
  static const std::vector<LinkType> types = {LinkType::ethernet, LinkType::linux_sll, LinkType::linux_sll2,
                                              LinkType::raw,      LinkType::ipv4,      LinkType::ipv6};
  return types;
}

std::vector<std::string> read_lines(const std::string& file_name) {
  std::ifstream in(std::string(ANCHOKO_SOURCE_DIR) + "/tests/differential/" + file_name);
  if (!in) throw std::runtime_error("cannot read " + file_name);
  std::vector<std::string> out;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    out.push_back(line == "<empty>" ? "" : line);
  }
  return out;
}

Case make_case(const testing::Octets& data, std::uint32_t original_length, std::string name) {
  Case out;
  out.data = std::make_unique<std::uint8_t[]>(data.size());
  std::copy(data.begin(), data.end(), out.data.get());
  out.size = data.size();
  out.original_length = original_length;
  out.name = std::move(name);
  return out;
}

const Cases& whole_frames(LinkType link_type) {
  static std::map<LinkType, Cases> made;
  if (!made.contains(link_type)) made.emplace(link_type, frames_of(link_type, false));
  return made.at(link_type);
}

const Cases& cut_frames(LinkType link_type) {
  static std::map<LinkType, Cases> made;
  if (!made.contains(link_type)) made.emplace(link_type, frames_of(link_type, true));
  return made.at(link_type);
}

std::string described(const Error& error) {
  std::string out = error.message + " " + error.hint;
  for (const Diagnostic& diagnostic : error.diagnostics)
    out += "\n" + diagnostic.message + " " + diagnostic.hint;
  return out;
}

Compiled compile_both(const std::string& text, LinkType link_type) {
  Compiled out;
  if (auto theirs = testing::PcapFilter::compile(text, link_type)) {
    out.theirs = *theirs;
  } else {
    out.their_error = theirs.error();
  }
  const auto tree = filter::parse(text);
  if (!tree) {
    out.our_error = described(tree.error());
    return out;
  }
  auto program = filter::Program::compile(*tree, link_type);
  auto capture = filter::RecordFilter::compile(*tree, link_type, filter::Reading::capture);
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

Tally compare_verdicts(const std::string& text, LinkType link_type, Compiled& compiled, const Cases& cases,
                       std::size_t first, std::size_t stride) {
  Tally tally;
  int reported = 0;
  std::size_t different = 0;
  const auto report = [&](const char* reading, std::size_t index, bool expected) {
    ++different;
    if (reported++ < reported_per_text) {
      FAIL_CHECK("filter: " << text << "\n  link type " << static_cast<int>(link_type) << ", reading "
                            << reading << ": libpcap " << (expected ? "accepts" : "rejects")
                            << ", we do not agree\n  record: " << name_of(cases, index) << "\n  "
                            << hex_of(cases[index]));
    }
  };
  for (std::size_t index = first; index < cases.size(); index += stride) {
    const Case& record = cases[index];
    const auto bytes = std::as_bytes(record.bytes());
    const bool expected = compiled.theirs->matches(record.bytes(), record.original_length);
    (expected ? tally.hits : tally.misses) += 1;
    if (compiled.ours->matches(bytes, record.original_length) != expected) report("file", index, expected);
    const bool expected_capture =
        compiled.theirs->matches_without_tag(record.bytes(), record.original_length);
    PacketRecord packet;
    packet.data = bytes;
    packet.original_length = record.original_length;
    if (compiled.ours_capture->matches(packet) != expected_capture)
      report("capture", index, expected_capture);
    tally.compared += 2;
  }
  if (different > reported_per_text) MESSAGE("… and ", different - reported_per_text, " more for: ", text);
  return tally;
}

bool compare_acceptance(const std::string& text, LinkType link_type, const Compiled& compiled) {
  if (compiled.theirs && !compiled.ours) {
    FAIL_CHECK("libpcap accepts and we refuse: " << text << "\n  link type " << static_cast<int>(link_type)
                                                 << "\n  our message: " << compiled.our_error);
  } else if (!compiled.theirs && compiled.ours) {
    FAIL_CHECK("we accept and libpcap refuses: " << text << "\n  link type " << static_cast<int>(link_type)
                                                 << "\n  its message: " << compiled.their_error);
  }
  return compiled.accepted_by_both();
}

bool exhaustive() {
  return std::getenv("ANCHOKO_EXHAUSTIVE") != nullptr;
}

}  // namespace anchoko::differential
