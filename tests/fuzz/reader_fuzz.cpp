// What a fuzzer gives us is a capture file of one format, chosen when this is compiled (ANCHOKO_FUZZ_FORMAT,
// a name of formats.def). It is read to its end twice, whole and in small pieces; nothing may crash, and what
// holds for every input is checked. Linked with libFuzzer (tests/fuzz/run), or with replay.cpp, which runs
// kept inputs.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "core/formats/capture_format.h"
#include "core/formats/test_bytes.h"

namespace {

using namespace anchoko;
using formats::ReadStatus;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", ANCHOKO_FUZZ_FORMAT, what);
  std::abort();
}

const formats::CaptureFormat& format() {
  static const auto* found = formats::find_format(ANCHOKO_FUZZ_FORMAT);
  require(found != nullptr, "there is no such format");
  return *found;
}

// Of everything that was read. Every byte of a packet is used, so that a sanitizer sees where it lies.
class Digest {
 public:
  void add(std::uint64_t value) { state_ = (state_ ^ value) * 0x100000001b3; }
  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    for (const auto byte : bytes) add(static_cast<std::uint64_t>(byte));
  }
  bool operator==(const Digest&) const = default;

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

void judge_report(const formats::ReadReport& report, std::size_t size, std::uint64_t records) {
  require(report.records == records, "counts other records than it delivers");
  require(report.bytes == size, "the end is not where the file ends");
  require(report.lost_bytes <= size, "more bytes are lost than there were");
  require(report.damage.size() == std::min<std::uint64_t>(report.damage_count, 100),
          "damage is counted and not told");
  for (const auto& damage : report.damage)
    require(damage.offset <= size && !damage.what.empty(), "damage is told without place or words");
}

// What is compressed inside may hold more than the bytes of the file: of a packet, and of answers for a byte
// (a buffer gives 16 MiB at most).
constexpr bool compressed_inside = std::string_view(ANCHOKO_FUZZ_FORMAT) == "etl";
std::size_t largest_packet(std::size_t size) {
  return compressed_inside ? std::max<std::size_t>(size, 262144) : size;
}
std::size_t most_answers(std::size_t size) {
  return compressed_inside ? (size / 72 + 1) * (std::size_t{16} * 1024 * 1024 / 8) : size + 1;
}

// `step`: bytes that the input hands out at a time.
Digest read(const formats::test::Bytes& file, std::size_t step) {
  Digest digest;
  auto reader = format().open(std::make_unique<formats::test::MemoryInput>(file, step), {});
  if (!reader) {
    require(!reader.error().message.empty(), "refuses a file without a message");
    return digest;
  }
  PacketRecord record;
  std::uint64_t records = 0;
  for (std::size_t calls = 0;; ++calls) {
    require(calls <= most_answers(file.size()), "does not come to an end");
    const ReadStatus status = (*reader)->next(record);
    require(status != ReadStatus::failed, "the input could not be read");
    digest.add(static_cast<std::uint64_t>(status));
    if (status == ReadStatus::end) break;
    if (status == ReadStatus::attachment) digest.add((*reader)->attachment().body);
    if (status != ReadStatus::record) continue;
    ++records;
    require(record.data.size() <= largest_packet(file.size()), "a packet larger than the file");
    require(record.interface < (*reader)->interfaces().size(), "a packet of an interface that is not there");
    digest.add(record.data);
    digest.add(record.options);
    digest.add(record.original_length);
    digest.add(static_cast<std::uint64_t>(record.timestamp_ns));
    digest.add(static_cast<std::uint64_t>(record.direction));
  }
  require((*reader)->next(record) == ReadStatus::end, "goes on after the end");
  judge_report((*reader)->report(), file.size(), records);
  return digest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const formats::test::Bytes file(bytes.begin(), bytes.end());
  static_cast<void>(format().detect(bytes.first(std::min<std::size_t>(size, 64))));
  require(read(file, SIZE_MAX) == read(file, 37), "read in pieces, it says something else");
  return 0;
}
