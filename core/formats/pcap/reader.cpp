#include "core/formats/pcap/reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/pcap/writer.h"
#include "core/formats/reader_base.h"
#include "core/formats/record_times.h"

namespace anchoko::formats {
namespace {

constexpr std::size_t file_header_size = 24;

struct Magic {
  ByteOrder order;
  bool nanoseconds;
  std::size_t record_header_size;
};

std::optional<Magic> read_magic(std::span<const std::byte> start) {
  if (start.size() < 4) return std::nullopt;
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    switch (load<std::uint32_t>(start.data(), order)) {
      case 0xa1b2c3d4:
        return Magic{order, false, 16};
      case 0xa1b23c4d:
        return Magic{order, true, 16};
      case 0xa1b2cd34:
        return Magic{order, false, 24};
      default:
        break;
    }
  }
  return std::nullopt;
}

// In the record header; before version 2.3 the original length came first, in 2.3 some programs wrote it so.
enum class LengthOrder { captured_first, larger_is_original, original_first };

std::optional<LengthOrder> length_order(std::uint16_t major, std::uint16_t minor) {
  if (major == 543 && minor == 0) return LengthOrder::original_first;  // DG/UX tcpdump
  if (major != 2 || minor > 4) return std::nullopt;
  if (minor < 3) return LengthOrder::original_first;
  return minor == 3 ? LengthOrder::larger_is_original : LengthOrder::captured_first;
}

// AIX tcpdump writes the interface type where others write the link type.
std::optional<LinkType> aix_link_type(std::uint32_t interface_type) {
  switch (interface_type) {
    case 6:
      return LinkType::ethernet;
    case 9:
      return LinkType::token_ring;
    case 15:
      return LinkType::fddi;
    case 24:
      return LinkType::null;
    default:
      return std::nullopt;
  }
}

struct Layout {
  ByteOrder order = ByteOrder::little;
  LengthOrder lengths = LengthOrder::captured_first;
  std::uint32_t record_header_size = 16;
  std::int64_t fraction_unit = 1000;  // nanoseconds
  std::uint32_t max_captured = 0;
  std::uint32_t padding = 0;  // bytes before each record's data that both lengths count
};

class PcapReader final : public ReaderBase {
 public:
  PcapReader(BlockBuffer buffer, const Layout& layout, InterfaceInfo interface)
      : ReaderBase(std::move(buffer)), layout_(layout) {
    interfaces_.push_back(std::move(interface));
  }

  ReadStatus next(PacketRecord& record) override;

 private:
  ReadStatus end_of_input();
  ReadStatus go_on_behind(std::string what);

  Layout layout_;
  RecordTimes times_;
};

// Records carry no mark: one is taken for sound by what all writers keep to, and by a time near the last one.
ReadStatus PcapReader::go_on_behind(std::string what) {
  const std::uint32_t fractions = static_cast<std::uint32_t>(1'000'000'000 / layout_.fraction_unit);
  return resynchronise(std::move(what), layout_.record_header_size,
                       [this, fractions](const std::byte* head) -> std::size_t {
                         const auto seconds = load<std::uint32_t>(head, layout_.order);
                         auto captured = load<std::uint32_t>(head + 8, layout_.order);
                         auto original = load<std::uint32_t>(head + 12, layout_.order);
                         if (layout_.lengths != LengthOrder::captured_first) std::swap(captured, original);
                         if (captured == 0 || captured > layout_.max_captured || captured > original)
                           return 0;
                         if (original > layout_.max_captured) return 0;
                         if (load<std::uint32_t>(head + 4, layout_.order) >= fractions) return 0;
                         return times_.plausible(seconds) ? layout_.record_header_size + captured : 0;
                       });
}

ReadStatus PcapReader::end_of_input() {
  if (buffer_.failed()) return ReadStatus::failed;
  const std::size_t left = buffer_.available();
  if (left == 0) return end_of_records();
  return lose_rest(buffer_.offset(), "the file ends within a record header: " + std::to_string(left) +
                                         " of " + std::to_string(layout_.record_header_size) +
                                         " bytes are there");
}

ReadStatus PcapReader::next(PacketRecord& record) {
  const std::byte* head = buffer_.peek(layout_.record_header_size);
  if (head == nullptr) return end_of_input();
  const auto seconds = load<std::uint32_t>(head, layout_.order);
  const auto fraction = load<std::uint32_t>(head + 4, layout_.order);
  auto captured = load<std::uint32_t>(head + 8, layout_.order);
  auto original = load<std::uint32_t>(head + 12, layout_.order);
  if (layout_.lengths != LengthOrder::captured_first &&
      (layout_.lengths == LengthOrder::original_first || captured > original)) {
    std::swap(captured, original);
  }
  if (captured > layout_.max_captured) {
    return go_on_behind("record says " + std::to_string(captured) + " captured bytes, the limit is " +
                        std::to_string(layout_.max_captured));
  }
  const std::size_t size = layout_.record_header_size + captured;
  const std::byte* whole = buffer_.peek(size);
  if (whole == nullptr) {
    if (buffer_.failed()) return ReadStatus::failed;
    return go_on_behind(
        "the file ends within a record: " + std::to_string(buffer_.available() - layout_.record_header_size) +
        " of " + std::to_string(captured) + " captured bytes are there");
  }
  const std::uint32_t padding = std::min(layout_.padding, captured);
  record.data = {whole + layout_.record_header_size + padding, captured - padding};
  record.original_length = original >= padding ? original - padding : 0;
  record.interface = 0;
  // A fraction of a second or more is added as it is: both fields are 32 bits, so that nothing can overflow.
  record.timestamp_ns =
      std::int64_t{seconds} * 1'000'000'000 + std::int64_t{fraction} * layout_.fraction_unit;
  record.has_timestamp = true;
  record.direction = PacketDirection::unknown;
  record.options = {};
  times_.note(seconds);
  buffer_.consume(size);
  ++report_.records;
  report_.bytes = buffer_.offset();
  return ReadStatus::record;
}

}  // namespace

Detection detect_pcap(std::span<const std::byte> start) {
  return read_magic(start) ? Detection::mine : Detection::not_mine;
}

Result<std::unique_ptr<RecordReader>> open_pcap(std::unique_ptr<InputFile> input) {
  BlockBuffer buffer(std::move(input));
  const std::byte* header = buffer.peek(file_header_size);
  if (header == nullptr) {
    if (buffer.failed()) return fail(buffer.error());
    return fail(ErrorKind::failed, buffer.name() + ": the pcap file header is cut short: " +
                                       std::to_string(buffer.available()) + " of 24 bytes are there");
  }
  const auto magic = read_magic({header, file_header_size});
  if (!magic) return fail(ErrorKind::failed, buffer.name() + ": is not a pcap file");
  const auto major = load<std::uint16_t>(header + 4, magic->order);
  const auto minor = load<std::uint16_t>(header + 6, magic->order);
  const auto lengths = length_order(major, minor);
  if (!lengths) {
    return fail(ErrorKind::failed, buffer.name() + ": pcap version " + std::to_string(major) + "." +
                                       std::to_string(minor) + " is not known");
  }
  const auto snaplen = load<std::uint32_t>(header + 16, magic->order);
  const auto link = load<std::uint32_t>(header + 20, magic->order);

  InterfaceInfo interface;
  interface.file_order = magic->order;
  interface.link_type = canonical_link_type(link);
  interface.link_type_extra = link & 0xffff0000;
  interface.snaplen = snaplen > 0x7fffffff ? 0 : snaplen;  // libpcap takes such a number for "no limit"
  interface.timestamp_digits = magic->nanoseconds ? 9 : 6;
  Layout layout;
  layout.order = magic->order;
  layout.lengths = *lengths;
  layout.record_header_size = static_cast<std::uint32_t>(magic->record_header_size);
  layout.fraction_unit = magic->nanoseconds ? 1 : 1000;
  // As Wireshark decides: standard magic, version 2.2 and an interface type that AIX has.
  const bool standard_magic = magic->record_header_size == 16 && !magic->nanoseconds;
  if (const auto aix = aix_link_type(link); aix && major == 2 && minor == 2 && standard_magic) {
    interface.link_type = *aix;
    interface.timestamp_digits = 9;
    interface.comments.emplace_back("read as a file of AIX tcpdump: version 2.2, interface type " +
                                    std::to_string(link) + ", times in nanoseconds");
    layout.fraction_unit = 1;
    layout.padding = *aix == LinkType::fddi ? 3 : 0;
  }
  layout.max_captured = max_captured_length(interface.link_type);
  buffer.consume(file_header_size);
  return std::make_unique<PcapReader>(std::move(buffer), layout, std::move(interface));
}

CaptureFormat pcap_format() {
  return {"pcap",         "pcap, micro- and nanoseconds (libpcap, tcpdump)",
          "pcap cap dmp", detect_pcap,
          open_pcap,      create_pcap_writer};
}

}  // namespace anchoko::formats
