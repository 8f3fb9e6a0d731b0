// ETL files cut at every 512 bytes: what is whole comes out, what is lost is told, and little memory is used.
//   etl_cuts_test CORPUS
// The files are CORPUS/etl/*.etl; $ANCHOKO_CORPUS goes before. Exit status 77: there are none. The judge of
// what a cut file holds is etl_walk.h, not the reader's own code.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/formats/capture_format.h"
#include "tests/conformance/etl_walk.h"
#include "tests/conformance/whole_reading.h"

namespace anchoko {
namespace {

using walk::Kind;
using walk::Part;
using whole::Bytes;
using whole::Reading;

constexpr std::size_t step = 512;

whole::How how(bool regular, bool everything) {
  return {.regular = regular,
          .allocation_limit = std::size_t{64} * 1024 * 1024,
          .options = {.all_components = everything, .drops = everything}};
}

struct Original {
  std::string name;
  Bytes bytes;
  walk::Walk walk;
  Reading reading;
  bool everything = false;  // every copy of each packet
  bool rundown = false;     // describes packets in front of it
};

walk::Walk walk_of(const Original& original, const Bytes& bytes) {
  return original.everything ? walk::walk_whole_etl(bytes) : walk::walk_etl(bytes);
}

Bytes load_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Bytes bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

// Packets of whole buffers, and no others but those of the buffer that was cut; in their order.
std::string judge_packets(const Original& original, std::size_t length, const Reading& reading) {
  auto from = reading.packets.begin();
  std::size_t known = 0;
  const auto as_before = [&](whole::Seen expected) {
    return [&, expected = std::move(expected)](const whole::Seen& seen) {
      // What rundown says of interfaces may be cut off.
      if (!original.rundown) return seen == expected;
      return seen.time_ns == expected.time_ns && seen.data == expected.data && seen.link == expected.link;
    };
  };
  for (std::size_t i = 0; i < original.walk.sorted_packets.size(); ++i) {
    const Part& part = original.walk.sorted_packets[i];
    const auto found = std::find_if(from, reading.packets.end(), as_before(original.reading.packets[i]));
    if (found != reading.packets.end()) {
      from = found + 1;
      ++known;
    } else if (part.offset + part.size + part.behind <= length) {
      return "packet " + std::to_string(i + 1) + " of a whole buffer is missing";
    }
  }
  return known == reading.packets.size() ? "" : "packets came out that were not there, or out of order";
}

std::string judge(const formats::CaptureFormat& format, const Original& original, std::size_t length) {
  const Bytes cut(original.bytes.begin(), original.bytes.begin() + static_cast<std::ptrdiff_t>(length));
  const Reading reading = whole::read(format, cut, how(length % (2 * step) == 0, original.everything));
  if (!reading.fault.empty()) return reading.fault;
  if (!reading.opened)
    return length < original.walk.decisive ? "" : "refused, with its header: " + reading.refusal;
  const walk::Walk now = walk_of(original, cut);
  if (!now.whole && !now.open && reading.report.damage_count == 0)
    return "not whole, and no damage is reported";
  if (now.whole && !now.open && reading.report.damage_count > 0)
    return "whole, and damage is reported: " + reading.report.damage.front().what;
  // Without rundown nobody can tell which component is a NIC.
  return original.rundown && !original.everything ? "" : judge_packets(original, length, reading);
}

// Failures.
std::size_t run(const formats::CaptureFormat& format, const std::filesystem::path& path, bool everything) {
  Original original{path.filename().string(), load_file(path), {}, {}, everything, false};
  if (everything) original.name += ", everything";
  original.walk = walk_of(original, original.bytes);
  original.reading = whole::read(format, original.bytes, how(true, everything));
  original.rundown = std::ranges::count(original.walk.parts, Kind::description, &Part::kind) > 1;
  const std::size_t expected = original.walk.sorted_packets.size();
  if (!original.walk.whole || !original.reading.fault.empty() || expected == 0 ||
      original.reading.packets.size() != expected || original.reading.report.damage_count != 0) {
    std::printf("FAIL %s: undamaged: %zu packets of %zu: %s%s\n", original.name.c_str(),
                original.reading.packets.size(), expected, original.reading.refusal.c_str(),
                original.reading.fault.c_str());
    return 1;
  }
  std::size_t cuts = 0;
  std::size_t failures = 0;
  for (std::size_t length = 0; length < original.bytes.size(); length += step, ++cuts) {
    const std::string wrong = judge(format, original, length);
    if (wrong.empty()) continue;
    if (++failures <= 10)
      std::printf("FAIL %s cut to %zu bytes: %s\n", original.name.c_str(), length, wrong.c_str());
  }
  std::printf("%s: %zu packets, %zu cuts, %zu failures; %zu bytes allocated for all of it\n",
              original.name.c_str(), expected, cuts, failures, original.reading.allocated);
  return failures;
}

}  // namespace
}  // namespace anchoko

int main(int argc, char** argv) {
  const auto* format = anchoko::formats::find_format("etl");
  if (argc != 2 || format == nullptr) {
    std::fprintf(stderr, "usage: etl_cuts_test CORPUS\n");
    return 2;
  }
  const char* corpus = std::getenv("ANCHOKO_CORPUS");
  const std::filesystem::path folder =
      std::filesystem::path(corpus != nullptr && *corpus != '\0' ? corpus : argv[1]) / "etl";
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".etl") files.push_back(entry.path());
  }
  if (files.empty()) {
    std::printf("SKIP corpus-absent: no ETL files in %s\n", folder.c_str());
    return 77;
  }
  std::ranges::sort(files);
  std::size_t failures = 0;
  for (const auto& file : files) {
    for (const bool everything : {false, true}) failures += anchoko::run(*format, file, everything);
  }
  return failures == 0 ? 0 : 1;
}
