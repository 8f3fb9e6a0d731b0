// Damaged capture files: nothing crashes, nothing is lost in silence, and reading goes on behind the damage.
//   damage_test SAMPLES [SEED [COUNT]]
// SAMPLES/FORMAT/NAME are sound files with several packets each (tests/fuzz/reader_seeds). Every one is cut
// at every length, has every four bytes set to the largest number, and is damaged at random COUNT times per
// format. What a damaged file still says is judged by capture_walk.h, which is not the readers' own code.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/formats/capture_format.h"
#include "tests/conformance/capture_walk.h"
#include "tests/conformance/damages.h"
#include "tests/conformance/whole_reading.h"

namespace anchoko {
namespace {

using damages::Bytes;
using damages::Damaged;
using walk::Kind;
using walk::Part;
using whole::read;
using whole::Reading;
using whole::Seen;

constexpr std::size_t failures_shown = 40;

// Of a hundred untouched packets behind damage that spares the descriptions in front, how many must be found
// again; and how many packets may be made up in a hundred damaged files. Both stand a little beside what
// several seeds gave; what this run gave is printed.
struct Expectation {
  const char* format;
  double found;
  double made_up;
  std::size_t share = 1;  // of random damages: as many times what is asked for
};
constexpr Expectation expectations[] = {
    // Buffers are the unit: damage takes with it what stands behind it in its own.
    {"etl", 99.5, 0.6, 2},
    // Every block says its length twice: what follows the next sound one is found.
    {"pcapng", 99.5, 0.1},
    // Lengths must agree, and three records in a row: what is lost is one record, or those up to the next
    // three
    // when the damage makes a length that swallows them.
    {"snoop", 96, 1},
    {"iptrace", 96, 1},
    {"nettl", 93, 1},
    // Nothing in a record agrees with anything else: what does not fit the records around it is no record,
    // but
    // a length that only became shorter or longer is believed.
    {"pcap", 93, 1.2},
};

struct Sample {
  std::string name;
  Bytes bytes;
  walk::Walk walk;
  std::vector<Part> packets;
  std::vector<Seen> content;
  bool sorted = false;  // by time: damage may put a packet before those that stand in front of it
};

std::vector<Part> packets_of(const walk::Walk& walk) {
  if (!walk.sorted_packets.empty()) return walk.sorted_packets;
  std::vector<Part> packets;
  std::ranges::copy_if(walk.parts, std::back_inserter(packets),
                       [](const Part& part) { return part.kind == Kind::packet; });
  return packets;
}

struct Counts {
  std::size_t inputs = 0;
  std::size_t refused = 0;
  std::size_t told = 0;       // read with damage reported
  std::size_t unnoticed = 0;  // not told, and nobody could have: the file is whole
  std::size_t to_find = 0;    // undamaged packets behind the damage
  std::size_t found = 0;
  std::size_t searched = 0;  // files in which `found` and `invented` were counted
  std::size_t invented = 0;
};

class Judge {
 public:
  Judge(const formats::CaptureFormat& format, std::size_t& failures) : format_(format), failures_(failures) {}

  // A sound file; false: it is not.
  bool add(std::string name, Bytes bytes);
  void cut_everywhere();
  void set_every_number();
  void damage_at_random(std::uint32_t seed, std::size_t count);
  void report();

 private:
  void complain(const Sample& sample, const std::string& how, const std::string& what);
  Reading judge(const Sample& sample, const Damaged& damaged);
  void judge_silence(const Sample& sample, const Damaged& damaged, const Reading& reading);
  void judge_front(const Sample& sample, const Damaged& damaged, const Reading& reading);
  void measure(const Sample& sample, const Damaged& damaged, const Reading& reading);

  const formats::CaptureFormat& format_;
  std::size_t& failures_;
  std::vector<Sample> samples_;
  Counts counts_;
};

bool touches_description(const Sample& sample, const Damaged& damaged) {
  if (damaged.begin < sample.walk.decisive) return true;
  return std::ranges::any_of(sample.walk.parts, [&](const Part& part) {
    return part.kind == Kind::description &&
           (damaged.touches(part) || damaged.begin < part.offset + part.size);
  });
}

void Judge::complain(const Sample& sample, const std::string& how, const std::string& what) {
  if (++failures_ > failures_shown) return;
  std::printf("FAIL %s/%s: %s: %s\n", format_.name, sample.name.c_str(), how.c_str(), what.c_str());
}

bool Judge::add(std::string name, Bytes bytes) {
  Sample sample{std::move(name), std::move(bytes), {}, {}, {}, false};
  sample.walk = walk::walk(format_.name, sample.bytes);
  sample.packets = packets_of(sample.walk);
  sample.sorted = !sample.walk.sorted_packets.empty();
  const Reading reading = read(format_, sample.bytes);
  sample.content = reading.packets;
  if (!sample.walk.whole || !reading.opened || !reading.fault.empty() || reading.report.damage_count != 0 ||
      reading.packets.size() != sample.packets.size() || sample.packets.size() < 4) {
    complain(sample, "undamaged",
             reading.refusal + reading.fault + "; " + std::to_string(reading.packets.size()) +
                 " packets of " + std::to_string(sample.packets.size()) + ", " +
                 std::to_string(reading.report.damage_count) + " times damage");
    return false;
  }
  samples_.push_back(std::move(sample));
  return true;
}

// Rules for every damaged file.
Reading Judge::judge(const Sample& sample, const Damaged& damaged) {
  // Now and then in pieces, so that damage meets borders of the buffer; and not always from a pipe.
  ++counts_.inputs;
  Reading reading =
      read(format_, damaged.bytes,
           {.step = counts_.inputs % 4 == 0 ? 61 : SIZE_MAX, .regular = counts_.inputs % 3 == 0});
  if (!reading.fault.empty()) complain(sample, damaged.what, reading.fault);
  if (!reading.opened) {
    ++counts_.refused;
    const Part& header = sample.walk.parts.front();
    if (damaged.begin >= header.offset + header.size && sample.packets.front().offset <= damaged.begin)
      complain(sample, damaged.what, "refused for damage behind the first packet: " + reading.refusal);
    return reading;
  }
  judge_front(sample, damaged, reading);
  if (reading.report.damage_count == 0) {
    judge_silence(sample, damaged, reading);
  } else {
    ++counts_.told;
  }
  return reading;
}

// What lies before the damage comes first, and unchanged.
void Judge::judge_front(const Sample& sample, const Damaged& damaged, const Reading& reading) {
  if (touches_description(sample, damaged)) return;
  auto from = reading.packets.begin();
  for (std::size_t i = 0; i < sample.packets.size(); ++i) {
    const Part& part = sample.packets[i];
    if (part.offset + part.size + part.behind > damaged.begin) {
      if (sample.sorted) continue;
      return;
    }
    if (sample.sorted) {
      from = std::find(from, reading.packets.end(), sample.content[i]);
      if (from != reading.packets.end()) {
        ++from;
        continue;
      }
    }
    if (i < reading.packets.size() && reading.packets[i] == sample.content[i]) continue;
    complain(sample, damaged.what,
             "packet " + std::to_string(i + 1) + ", before the damage, is not as it was");
    return;
  }
}

// No damage is reported: then the file must be whole, and every packet that it holds must be there; those
// that were not touched as they were.
void Judge::judge_silence(const Sample& sample, const Damaged& damaged, const Reading& reading) {
  const walk::Walk now = walk::walk(format_.name, damaged.bytes);
  if (!now.whole) {
    if (!now.open) complain(sample, damaged.what, "not whole, and no damage is reported");
    return;
  }
  const std::vector<Part> packets = packets_of(now);
  if (std::ranges::find(now.parts, Kind::maybe_packet, &Part::kind) != now.parts.end()) return;
  if (packets.size() != reading.packets.size()) {
    complain(sample, damaged.what,
             std::to_string(packets.size()) + " packets are there, " +
                 std::to_string(reading.packets.size()) + " came out, no damage is reported");
    return;
  }
  if (packets.size() != sample.packets.size()) ++counts_.unnoticed;
  if (touches_description(sample, damaged)) return;
  for (std::size_t i = 0; i < sample.packets.size(); ++i) {
    const Part& part = sample.packets[i];
    if (damaged.touches(part)) continue;
    const std::size_t place =
        part.offset < damaged.end || damaged.begin == part.offset + part.size
            ? part.offset
            : static_cast<std::size_t>(static_cast<std::ptrdiff_t>(part.offset) + damaged.shift);
    const auto there = std::ranges::find(packets, place, &Part::offset);
    if (there == packets.end() || there->size != part.size) continue;  // swallowed by a length that lies
    if (sample.sorted && std::ranges::find(reading.packets, sample.content[i]) != reading.packets.end())
      continue;
    if (!sample.sorted &&
        reading.packets[static_cast<std::size_t>(there - packets.begin())] == sample.content[i])
      continue;
    complain(sample, damaged.what, "packet " + std::to_string(i + 1) + ", not touched, came out changed");
    return;
  }
}

// How much of what follows the damage is found again, in order, and how much is made up.
void Judge::measure(const Sample& sample, const Damaged& damaged, const Reading& reading) {
  if (!reading.opened || touches_description(sample, damaged)) return;
  ++counts_.searched;
  std::size_t next = 0;
  std::size_t known = 0;
  std::size_t touched = 0;
  for (std::size_t i = 0; i < sample.packets.size(); ++i) {
    const Part& part = sample.packets[i];
    if (damaged.touches(part)) {
      ++touched;
      continue;
    }
    const bool behind = part.offset >= damaged.begin;
    counts_.to_find += behind;
    const auto from = reading.packets.begin() + static_cast<std::ptrdiff_t>(next);
    const auto found = std::find(from, reading.packets.end(), sample.content[i]);
    if (found == reading.packets.end()) continue;
    next = static_cast<std::size_t>(found - reading.packets.begin()) + 1;
    ++known;
    counts_.found += behind;
  }
  const std::size_t strange = reading.packets.size() - known;
  counts_.invented += strange > touched ? strange - touched : 0;
}

std::size_t packets_within(const Sample& sample, std::size_t length, bool without_padding) {
  return static_cast<std::size_t>(std::ranges::count_if(sample.packets, [&](const Part& part) {
    return part.offset + part.size - (without_padding ? part.padding : 0) <= length;
  }));
}

// Where packets are sorted: all of sound buffers, and of what is cut only packets that were there, in order.
bool sorted_cut_is_sound(const Sample& sample, std::size_t length, const Reading& reading) {
  auto from = reading.packets.begin();
  std::size_t known = 0;
  for (std::size_t i = 0; i < sample.packets.size(); ++i) {
    const Part& part = sample.packets[i];
    const auto found = std::find(from, reading.packets.end(), sample.content[i]);
    if (found != reading.packets.end()) {
      from = found + 1;
      ++known;
    } else if (part.offset + part.size + part.behind <= length) {
      return false;
    }
  }
  return known == reading.packets.size();
}

void Judge::cut_everywhere() {
  for (const Sample& sample : samples_) {
    for (std::size_t length = 0; length <= sample.bytes.size(); ++length) {
      const Damaged cut =
          damages::replace(sample.bytes, length, sample.bytes.size() - length, {}, "cut to its first");
      const walk::Walk now = walk::walk(format_.name, cut.bytes);
      const bool whole = now.whole;
      const Reading reading = judge(sample, cut);
      if (!reading.opened) {
        if (whole) complain(sample, cut.what, "whole, and refused: " + reading.refusal);
        continue;
      }
      if (whole && !now.open && reading.report.damage_count != 0)
        complain(sample, cut.what, "whole, and damage is reported: " + reading.report.damage.front().what);
      if (sample.sorted) {
        if (!touches_description(sample, cut) && !sorted_cut_is_sound(sample, length, reading))
          complain(sample, cut.what,
                   std::to_string(reading.packets.size()) + " packets came out: others, or not all");
        continue;
      }
      // One cut within its padding may come out or not: it is complete, and damage is told either way.
      const std::size_t least = packets_within(sample, length, false);
      const std::size_t most = packets_within(sample, length, true);
      const std::size_t got = reading.packets.size();
      if (got < least || got > most ||
          !std::equal(reading.packets.begin(), reading.packets.end(), sample.content.begin())) {
        complain(
            sample, cut.what,
            std::to_string(got) + " packets came out, or changed; " + std::to_string(least) + " are whole");
      }
    }
  }
}

void Judge::set_every_number() {
  for (const Sample& sample : samples_) {
    for (std::size_t at = 0; at + 4 <= sample.bytes.size(); ++at) {
      judge(sample, damages::replace(sample.bytes, at, 4, Bytes(4, std::byte{0xff}), "a number set"));
    }
  }
}

void Judge::damage_at_random(std::uint32_t seed, std::size_t count) {
  if (samples_.empty()) return;
  const auto* expected =
      std::ranges::find(expectations, std::string_view(format_.name), &Expectation::format);
  if (expected != std::end(expectations)) count *= expected->share;
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < count; ++i) {
    const Sample& sample = samples_[i % samples_.size()];
    const Damaged damaged = damages::random_damage(sample.bytes, sample.walk.parts, random);
    measure(sample, damaged, judge(sample, damaged));
  }
}

void Judge::report() {
  const auto percent = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  const double found = percent(counts_.found, counts_.to_find);
  const double invented = percent(counts_.invented, counts_.searched);
  std::printf(
      "%-8s %zu samples, %6zu damaged files: %5zu refused, %6zu told, %4zu beyond notice; behind damage "
      "%.1f%% of %zu packets found; %.2f made up in 100 files\n",
      format_.name, samples_.size(), counts_.inputs, counts_.refused, counts_.told, counts_.unnoticed, found,
      counts_.to_find, invented);
  const auto* expected =
      std::ranges::find(expectations, std::string_view(format_.name), &Expectation::format);
  if (expected == std::end(expectations) || samples_.empty() || found < expected->found ||
      invented > expected->made_up) {
    ++failures_;
    std::printf("FAIL %s: too little is found, or too much made up, or nothing is known of this format\n",
                format_.name);
  }
}

Bytes load_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Bytes bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

int run(const std::filesystem::path& samples, std::uint32_t seed, std::size_t count) {
  std::size_t failures = 0;
  for (const auto& format : formats::all_formats()) {
    Judge judge(format, failures);
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(samples / format.name, none))
      files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) judge.add(file.filename().string(), load_file(file));
    judge.cut_everywhere();
    judge.set_every_number();
    judge.damage_at_random(seed, count);
    judge.report();
  }
  std::printf("%zu failures, seed %u\n", failures, seed);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace anchoko

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: damage_test SAMPLES [SEED [COUNT]]\n");
    return 2;
  }
  const auto number = [&](int at, unsigned long otherwise) {
    return argc > at ? std::strtoul(argv[at], nullptr, 10) : otherwise;
  };
  return anchoko::run(argv[1], static_cast<std::uint32_t>(number(2, 1)), number(3, 10000));
}
