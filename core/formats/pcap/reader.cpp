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

struct Head {
  std::uint32_t seconds;
  std::uint32_t fraction;
  std::uint32_t captured;
  std::uint32_t original;

  Head(const std::byte* at, const Layout& layout)
      : seconds(load<std::uint32_t>(at, layout.order)),
        fraction(load<std::uint32_t>(at + 4, layout.order)),
        captured(load<std::uint32_t>(at + 8, layout.order)),
        original(load<std::uint32_t>(at + 12, layout.order)) {
    if (layout.lengths != LengthOrder::captured_first &&
        (layout.lengths == LengthOrder::original_first || captured > original)) {
      std::swap(captured, original);
    }
  }
};

// What a writer in order does not write. Some do, in all their records: nothing of this alone is damage.
namespace oddity {
constexpr unsigned longer_than_original = 1;
constexpr unsigned longer_than_snaplen = 2;
constexpr unsigned huge_original = 4;
constexpr unsigned whole_second = 8;  // or more, in the place of its fraction
constexpr unsigned far_time = 16;
constexpr unsigned empty = 32;
}  // namespace oddity

class PcapReader final : public ReaderBase {
 public:
  PcapReader(BlockBuffer buffer, const Layout& layout, InterfaceInfo interface)
      : ReaderBase(std::move(buffer)),
        layout_(layout),
        fractions_(static_cast<std::uint32_t>(1'000'000'000 / layout.fraction_unit)),
        snaplen_(interface.snaplen == 0 ? UINT32_MAX : interface.snaplen) {
    interfaces_.push_back(std::move(interface));
  }

  ReadStatus next(PacketRecord& record) override;

 private:
  ReadStatus end_of_input();
  ReadStatus go_on_behind(std::string what);
  unsigned oddities_of(const Head& head, const RecordTimes& times) const;
  std::size_t sound(const std::byte* at) const;
  bool is_believed(const Head& head, unsigned oddities);
  bool sound_record_behind();
  bool is_hole();
  bool zeros_to_the_end();
  ReadStatus lose_zeros() {
    return lose_rest(buffer_.offset(), "zeros from here to the end, where records should be");
  }

  Layout layout_;
  std::uint32_t fractions_;  // of a second
  std::uint32_t snaplen_;
  RecordTimes times_;
  std::uint64_t none_before_ = 0;  // no sound record was found before this offset
  bool any_record_ = false;
  unsigned usual_ = 0;  // oddities of the first record: they may be those of the writer
};

unsigned PcapReader::oddities_of(const Head& head, const RecordTimes& times) const {
  unsigned odd = 0;
  if (head.captured > head.original) odd |= oddity::longer_than_original;
  if (head.captured > snaplen_) odd |= oddity::longer_than_snaplen;
  if (head.original > layout_.max_captured) odd |= oddity::huge_original;
  if (head.fraction >= fractions_) odd |= oddity::whole_second;
  if (!times.plausible(head.seconds)) odd |= oddity::far_time;
  // Of itself that is usual; a stretch of zeros is that, and more.
  if (head.original == 0 && head.captured == 0 && odd != 0) odd |= oddity::empty;
  return odd;
}

// Records carry no mark. One that is odd may be real (a clock that was set, a writer with ways of its own),
// or bytes within a packet that are taken for a header: what follows it tells. Behind a real one stands a
// record that is not odd in another way, or the file ends.
bool PcapReader::is_believed(const Head& head, unsigned oddities) {
  constexpr int followers = 2;
  RecordTimes times = times_;
  times.note(head.seconds);
  // Bytes that are no header are rarely odd in one way only.
  const bool strange = (oddities & (oddities - 1)) != 0;
  const unsigned allowed = strange ? usual_ : usual_ | oddities;
  std::size_t walked = std::size_t{layout_.record_header_size} + head.captured;
  for (int i = 0; i < followers; ++i) {
    const std::byte* at = buffer_.peek(walked + layout_.record_header_size);
    if (at == nullptr) return buffer_.available() == walked || (!strange && buffer_.available() > walked);
    const Head follower(at + walked, layout_);
    if (follower.captured > layout_.max_captured) return false;
    if ((oddities_of(follower, strange ? times_ : times) & ~allowed) != 0) return false;
    walked += std::size_t{layout_.record_header_size} + follower.captured;
  }
  return true;
}

// How long the record is that begins here; 0: none does.
std::size_t PcapReader::sound(const std::byte* at) const {
  const Head head(at, layout_);
  if (head.captured > layout_.max_captured || head.captured == 0) return 0;
  if ((oddities_of(head, times_) & ~usual_) != 0) return 0;
  return std::size_t{layout_.record_header_size} + head.captured;
}

// Where nothing better follows, as in files made to try readers out, records are read as they stand: libpcap
// does so too. A packet in which a header was misread is not longer than what is looked through.
bool PcapReader::sound_record_behind() {
  constexpr std::size_t farthest = std::size_t{512} * 1024;
  const std::uint64_t here = buffer_.offset();
  std::uint64_t next = std::max(here + 1, none_before_);
  for (; next < here + farthest; ++next) {
    const auto at = static_cast<std::size_t>(next - here);
    if (buffer_.peek(at + layout_.record_header_size) == nullptr) break;
    if (sound_chain_at(buffer_, at, layout_.record_header_size,
                       [this](const std::byte* start) { return sound(start); }))
      return true;
  }
  none_before_ = next;
  return false;
}

// Room that was set aside and never written, or lost with the power: as records, hundreds of empty packets
// and more. Of fewer zeros the records around them tell.
bool PcapReader::is_hole() {
  constexpr std::size_t least = 4096;
  const std::byte* at = buffer_.peek(least);
  return at != nullptr && std::all_of(at, at + least, [](std::byte byte) { return byte == std::byte{0}; });
}

bool PcapReader::zeros_to_the_end() {
  constexpr std::size_t step = std::size_t{64} * 1024;
  constexpr std::size_t farthest = 16 * step;  // of more, looking for a record behind them tells
  for (std::size_t looked_at = 0; looked_at < farthest; looked_at += step) {
    const std::byte* at = buffer_.peek(looked_at + step);
    const std::size_t end = std::min(looked_at + step, buffer_.available());
    if (at == nullptr) at = buffer_.peek(end);
    if (std::any_of(at + looked_at, at + end, [](std::byte byte) { return byte != std::byte{0}; }))
      return false;
    if (end < looked_at + step) return !buffer_.failed();
  }
  return false;
}

ReadStatus PcapReader::go_on_behind(std::string what) {
  return resynchronise(std::move(what), layout_.record_header_size,
                       [this](const std::byte* at) { return sound(at); });
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
  const std::byte* at = buffer_.peek(layout_.record_header_size);
  if (at == nullptr) return end_of_input();
  const Head head(at, layout_);
  const std::uint32_t captured = head.captured;
  if (captured > layout_.max_captured) {
    return go_on_behind("record says " + std::to_string(captured) + " captured bytes, the limit is " +
                        std::to_string(layout_.max_captured));
  }
  const bool zero = captured == 0 && head.original == 0 && head.seconds == 0 && head.fraction == 0;
  if (zero && is_hole()) [[unlikely]] {
    if (zeros_to_the_end()) return lose_zeros();
    if (buffer_.failed()) return ReadStatus::failed;
    return go_on_behind("zeros, where a record should be");
  }
  const unsigned oddities = oddities_of(head, times_);
  const std::size_t size = std::size_t{layout_.record_header_size} + captured;
  if ((oddities & ~usual_) != 0) [[unlikely]] {
    if (any_record_ && zero && zeros_to_the_end()) return lose_zeros();
    if (any_record_ && !is_believed(head, oddities & ~usual_) && sound_record_behind()) {
      if (buffer_.failed()) return ReadStatus::failed;
      return go_on_behind(
          "what stands here is no record header: its fields contradict the records around it");
    }
  }
  const std::byte* whole = buffer_.peek(size);
  if (whole == nullptr) {
    if (buffer_.failed()) return ReadStatus::failed;
    return go_on_behind(
        "the file ends within a record: " + std::to_string(buffer_.available() - layout_.record_header_size) +
        " of " + std::to_string(captured) + " captured bytes are there");
  }
  const std::uint32_t padding = std::min(layout_.padding, captured);
  record.data = {whole + layout_.record_header_size + padding, captured - padding};
  record.original_length = head.original >= padding ? head.original - padding : 0;
  record.interface = 0;
  // A fraction of a second or more is added as it is: both fields are 32 bits, so that nothing can overflow.
  record.timestamp_ns =
      std::int64_t{head.seconds} * 1'000'000'000 + std::int64_t{head.fraction} * layout_.fraction_unit;
  record.has_timestamp = true;
  record.direction = PacketDirection::unknown;
  record.options = {};
  times_.note(head.seconds);
  if (!any_record_) [[unlikely]] {
    any_record_ = true;
    usual_ = oddities & ~oddity::empty;
  }
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
  return {"pcap",
          "pcap, micro- and nanoseconds (libpcap, tcpdump)",
          "pcap cap dmp",
          detect_pcap,
          open_plainly<open_pcap>,
          create_pcap_writer};
}

}  // namespace anchoko::formats
