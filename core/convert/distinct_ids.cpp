#include "core/convert/distinct_ids.h"

#include <utility>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/formats/decorated_reader.h"
#include "core/formats/packet_id.h"

namespace anchoko::convert {
namespace {

// The finaliser of splitmix64. That two captures' ids, counted up from any beginnings, meet all the same
// takes masks that agree in all upper bits.
std::uint64_t mask_of(std::uint64_t capture) {
  std::uint64_t word = capture * 0x9e3779b97f4a7c15;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
  word = (word ^ word >> 27) * 0x94d049bb133111eb;
  return word ^ word >> 31;
}

class DistinctIds final : public formats::DecoratedReader {
 public:
  DistinctIds(std::unique_ptr<formats::RecordReader> reader, std::uint64_t mask)
      : DecoratedReader(std::move(reader)), mask_(mask) {}

  formats::ReadStatus next(PacketRecord& record) override {
    const auto status = reader_->next(record);
    if (status != formats::ReadStatus::record) return status;
    const std::byte* id = formats::find_packet_id(record);
    if (id == nullptr) return status;
    const std::ptrdiff_t place = id - record.options.data();
    options_.assign(record.options.begin(), record.options.end());
    std::byte* at = options_.data() + place;
    store<std::uint64_t>(at, load<std::uint64_t>(at, ByteOrder::little) ^ mask_, ByteOrder::little);
    record.options = options_;
    return status;
  }

 private:
  std::uint64_t mask_;
  std::vector<std::byte> options_;
};

}  // namespace

std::unique_ptr<formats::RecordReader> distinct_ids(std::unique_ptr<formats::RecordReader> reader,
                                                    std::uint64_t capture) {
  if (capture == 0) return reader;
  return std::make_unique<DistinctIds>(std::move(reader), mask_of(capture));
}

}  // namespace anchoko::convert
