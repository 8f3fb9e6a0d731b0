// Would the differential tests notice a fault? Every number below switches one fault of core/filter on; some
// written filter must then differ from libpcap on some generated record. Without a fault none may.
//
//   mutants               ten of them, others every day
//   mutants SEED          the ten of that seed
//   mutants all           every one; also when ANCHOKO_MUTANTS=all
//   mutants only NUMBER   that one
//
// Exit status: 0 all caught, 1 one was not, 2 usage.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/filter/evaluate.h"
#include "core/filter/mutant.h"
#include "core/filter/parser.h"
#include "tests/differential/filter_files.h"
#include "tests/differential/seeded_faults.h"
#include "tests/tools/frames.h"
#include "tests/tools/pcap_judge.h"

namespace {

int switched_on = 0;

}  // namespace

namespace anchoko::filter {

bool mutant(int number) {
  return number == switched_on;
}

}  // namespace anchoko::filter

namespace anchoko::differential {
namespace {

using testing::Frame;
using testing::PcapFilter;

constexpr Fault faults[] = {
    {1, "a load beyond the record gives zero instead of rejecting"},
    {2, "the last byte of a record cannot be loaded"},
    {3, "a tag 0x9100 is not set aside"},
    {4, "the radiotap length is read in the wrong byte order"},
    {5, "the QoS field of 802.11 is forgotten"},
    {6, "the padding behind an 802.11 header is forgotten"},
    {7, "unary minus does nothing"},
    {8, "an addition stops at the largest number instead of wrapping"},
    {9, "operands of a subtraction are exchanged"},
    {10, "a division by zero gives the dividend instead of rejecting"},
    {11, "a shift to the left by 32 or more counts modulo 32"},
    {12, "a shift to the right by 32 or more counts modulo 32"},
    {13, "IPv4 options are forgotten for computed offsets"},
    {14, "IPv4 options are forgotten for ports"},
    {15, "masks are forgotten"},
    {16, "greater means greater or equal"},
    {17, "a test for any bit compares the whole"},
    {18, "setting a tag aside leaves no length"},
    {19, "ports are looked for in later fragments"},
    {20, "the fragment header of IPv6 is not looked behind"},
    {21, "src means dst"},
    {22, "dst means src"},
    {23, "src and dst means src or dst"},
    {24, "the upper end of a port range is one too high"},
    {25, "the lower end of a port range is one too high"},
    {26, "less is one too small"},
    {27, "greater is one too high"},
    {28, "the priority counts as part of the VLAN id"},
    {29, "a further MPLS label is looked for behind the bottom of the stack"},
    {30, "prefixes of IPv6 are one bit too short"},
    {31, "multicast begins at 225"},
    {32, "tcp[] and udp[] look into later fragments"},
    {33, "host forgets ARP"},
    {34, "ports of IPv4 are looked for one byte too far"},
    {35, "vlan does not shift what follows"},
    {36, "mpls does not shift what follows"},
    {37, "one of two service access points is enough"},
    {38, "To DS and From DS are exchanged"},
    {39, "the byte order of BSD loopback is forgotten"},
    {40, "the packet type of Linux cooked v2 is read one byte too far"},
    {41, "the simplifier drops a load that nothing has made before"},
    {42, "the simplifier takes an upper bound for one lower"},
    {43, "the table takes no notice of IPv4 options"},
    {44, "the table exchanges IPv4 and IPv6"},
    {45, "the table takes the upper end of a range for one lower"},
    {46, "the table compares the last two bytes of a field only"},
};

struct Record {
  testing::Octets data;
  std::uint32_t original_length = 0;
};

// One filter on one link type, with libpcap's verdicts on the records of that link type.
struct Subject {
  std::string text;
  Link link;
  filter::FilterExpr tree;
  const std::vector<Record>* records = nullptr;
  std::vector<bool> on_file;
  std::vector<bool> on_capture;  // Ethernet only
};

std::vector<Record> records_of(LinkType type) {
  std::vector<Frame> frames;
  for (Frame& frame : testing::every_frame()) {
    if (frame.link_type == type) frames.push_back(std::move(frame));
  }
  std::vector<Record> out;
  const std::size_t stride = 1 + (frames.size() / 350);
  for (std::size_t i = 0; i < frames.size(); i += stride)
    out.push_back({frames[i].data, frames[i].original_length});
  testing::Random random(42);
  for (std::size_t i = 0; i < 250; ++i) {
    const Frame& frame = random.pick(frames);
    const Frame cut = testing::truncated(
        frame, static_cast<std::size_t>(random.below(std::max<std::size_t>(frame.data.size(), 1))));
    out.push_back({cut.data, cut.original_length});
  }
  for (std::size_t i = 0; i < 250; ++i) {
    const Frame frame = testing::mutated(random.pick(frames), random);
    out.push_back({frame.data, frame.original_length});
  }
  return out;
}

std::vector<Subject> judged() {
  static std::vector<std::pair<Link, std::vector<Record>>> pools;
  for (const Link& link : judged_links()) pools.emplace_back(link, records_of(link.type));
  std::vector<Subject> out;
  std::size_t turn = 0;
  for (const std::string& text : written_filters()) {
    const auto tree = filter::parse(text);
    if (!tree) continue;  // the differential tests say so
    for (std::size_t i = 0; i < pools.size(); ++i) {
      // Ethernet always, of the others every fourth, so that one fault takes a second at most.
      if (i > 0 && (turn + i) % 4 != 0) continue;
      const auto& [link, records] = pools[i];
      const auto program = PcapFilter::compile(text, link.type, link.order);
      if (!program || program->overwrites_its_offsets()) continue;
      if (!filter::Program::compile(*tree, link.type, link.order)) continue;  // the differential tests say so
      Subject subject{text, link, *tree, &records, {}, {}};
      for (const Record& record : records) {
        subject.on_file.push_back(program->matches(record.data, record.original_length));
        if (link.type == LinkType::ethernet)
          subject.on_capture.push_back(program->matches_without_tag(record.data, record.original_length));
      }
      out.push_back(std::move(subject));
    }
    ++turn;
  }
  return out;
}

bool differs(const Subject& subject) {
  using filter::RecordFilter;
  auto on_file =
      RecordFilter::compile(subject.tree, subject.link.type, filter::Reading::file, subject.link.order);
  auto on_capture =
      RecordFilter::compile(subject.tree, subject.link.type, filter::Reading::capture, subject.link.order);
  if (!on_file || !on_capture) return true;
  for (std::size_t i = 0; i < subject.records->size(); ++i) {
    PacketRecord record;
    record.data = std::as_bytes(std::span((*subject.records)[i].data));
    record.original_length = (*subject.records)[i].original_length;
    if (on_file->matches(record) != subject.on_file[i]) return true;
    if (!subject.on_capture.empty() && on_capture->matches(record) != subject.on_capture[i]) return true;
  }
  return false;
}

const Subject* first_difference(const std::vector<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    if (differs(subject)) return &subject;
  }
  return nullptr;
}

int run(int argc, char** argv) {
  const auto chosen = chosen_faults(faults, argc, argv);
  if (!chosen) {
    std::fputs("usage: mutants [SEED | all | only NUMBER]\n", stderr);
    return 2;
  }
  const std::vector<Subject> subjects = judged();
  if (const Subject* subject = first_difference(subjects)) {
    std::printf("FAIL without any fault: %s on %s differs from libpcap\n", subject->text.c_str(),
                subject->link.name().c_str());
    return 1;
  }
  int missed = 0;
  for (const auto& [number, what] : *chosen) {
    switched_on = number;
    const Subject* subject = first_difference(subjects);
    if (subject != nullptr) {
      std::printf("ok   %2d %s: caught by '%s' on %s\n", number, what, subject->text.c_str(),
                  subject->link.name().c_str());
    } else {
      std::printf("FAIL %2d %s: nothing differs\n", number, what);
      ++missed;
    }
  }
  std::printf("%zu faults tried on %zu pairs of filter and link type, %d not caught\n", chosen->size(),
              subjects.size(), missed);
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace anchoko::differential

int main(int argc, char** argv) {
  return anchoko::differential::run(argc, argv);
}
