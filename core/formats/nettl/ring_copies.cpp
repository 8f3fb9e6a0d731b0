#include "core/formats/nettl/ring_copies.h"

#include <utility>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/formats/decorated_reader.h"
#include "core/formats/nettl/copies.h"
#include "core/formats/nettl/payload.h"
#include "core/formats/packet_id.h"

namespace anchoko::formats {
namespace {

class RingCopies final : public DecoratedReader {
 public:
  using DecoratedReader::DecoratedReader;

  ReadStatus next(PacketRecord& record) override {
    const ReadStatus status = reader_->next(record);
    if (status != ReadStatus::record) return status;
    const std::byte* id = find_packet_id(record);
    if (id == nullptr) return status;
    const std::ptrdiff_t place = id - record.options.data();
    options_.assign(record.options.begin(), record.options.end());
    store<std::uint64_t>(options_.data() + place, copies_.identify(sight_of(record)), ByteOrder::little);
    record.options = options_;
    return status;
  }

 private:
  nettl::Sight sight_of(const PacketRecord& record) const {
    const InterfaceInfo& interface = interfaces()[record.interface];
    const auto bare = nettl::without_exported_header(interface.link_type, record.data);
    const std::size_t header = record.data.size() - bare.data.size();
    const auto original =
        record.original_length > header ? record.original_length - static_cast<std::uint32_t>(header) : 0;
    return {interface.link_type,       bare.protocol, bare.data, original, interface.layer, record.direction,
            record.timestamp_ns / 1000};
  }

  nettl::CopyTable copies_;
  std::vector<std::byte> options_;
};

}  // namespace

std::unique_ptr<RecordReader> nettl_ring_copies(std::unique_ptr<RecordReader> ring) {
  return std::make_unique<RingCopies>(std::move(ring));
}

}  // namespace anchoko::formats
