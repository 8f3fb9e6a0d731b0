#include "tests/conformance/whole_reading.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "core/formats/test_bytes.h"
#include "tests/conformance/allocation_count.h"

namespace anchoko::whole {

using formats::ReadStatus;

namespace {

class Input final : public InputFile {
 public:
  Input(const Bytes& bytes, const How& how) : bytes_(bytes), how_(how) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({buffer.size(), bytes_.size() - position_, how_.step});
    if (count > 0) std::memcpy(buffer.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  bool is_regular() const override { return how_.regular; }
  Result<void> seek(std::uint64_t offset) override {
    if (!how_.regular) return InputFile::seek(offset);
    position_ = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_.size()));
    return {};
  }

 private:
  const Bytes& bytes_;
  const How& how_;
  std::size_t position_ = 0;
  std::string name_ = "memory";
};

// What is compressed inside may hold more than the bytes of the file: of a packet, and of answers for a byte.
// A buffer gives 16 MiB at most.
std::size_t largest_packet(std::string_view format, std::size_t size) {
  return format == "etl" ? std::max<std::size_t>(size, 262144) : size;
}
std::size_t most_answers(std::string_view format, std::size_t size) {
  return format == "etl" ? (size / 72 + 1) * (std::size_t{16} * 1024 * 1024 / 8) : size + 1;
}

void read_on(formats::RecordReader& reader, std::string_view format, std::size_t size, Reading& out) {
  PacketRecord record;
  // Every answer but the last uses at least a byte up.
  for (std::size_t calls = 0; calls <= most_answers(format, size); ++calls) {
    const ReadStatus status = reader.next(record);
    if (status == ReadStatus::failed) {
      out.fault = "answers that the input could not be read";
      return;
    }
    if (status == ReadStatus::end) {
      if (reader.next(record) != ReadStatus::end) out.fault = "goes on after the end";
      return;
    }
    if (status != ReadStatus::record) continue;
    if (record.data.size() > largest_packet(format, size)) {
      out.fault = "a packet larger than the file";
      return;
    }
    if (record.interface >= reader.interfaces().size()) {
      out.fault = "a packet of an interface that is not there";
      return;
    }
    const InterfaceInfo& interface = reader.interfaces()[record.interface];
    out.packets.push_back({formats::test::copy(record.data), record.original_length, record.timestamp_ns,
                           record.direction, interface.link_type, interface.name});
  }
  out.fault = "does not come to an end";
}

void judge_report(std::size_t size, Reading& out) {
  const auto& report = out.report;
  if (report.records != out.packets.size()) out.fault = "counts other records than it delivers";
  if (report.lost_bytes > size) out.fault = "lost more bytes than there are";
  if (report.bytes > size) out.fault = "consumed more bytes than there are";
  if (report.bytes != size) out.fault = "ended with " + std::to_string(report.bytes) + " bytes consumed";
  if (report.damage.size() != std::min<std::uint64_t>(report.damage_count, 100))
    out.fault = "damage is counted and not told";
  for (const auto& damage : report.damage) {
    if (damage.offset > size || damage.what.empty()) out.fault = "damage is told without place or words";
  }
}

}  // namespace

Reading read(const formats::CaptureFormat& format, const Bytes& file, const How& how) {
  Reading out;
  auto input = std::make_unique<Input>(file, how);
  const std::size_t before = allocation_count();
  auto reader = format.open(std::move(input), how.options);
  if (!reader) {
    out.refusal = reader.error().message;
    if (out.refusal.empty()) out.fault = "refuses a file without a message";
    out.allocated = allocation_count() - before;
    return out;
  }
  out.opened = true;
  read_on(**reader, format.name, file.size(), out);
  out.allocated = allocation_count() - before;
  out.report = (*reader)->report();
  if (out.fault.empty()) judge_report(file.size(), out);
  if (out.fault.empty() && out.allocated > how.allocation_limit)
    out.fault = "allocates " + std::to_string(out.allocated) + " bytes";
  return out;
}

}  // namespace anchoko::whole
