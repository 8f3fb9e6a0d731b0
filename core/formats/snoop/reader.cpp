#include "core/formats/snoop/reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/reader_base.h"
#include "core/formats/record_times.h"
#include "core/formats/snoop/layout.h"
#include "core/formats/snoop/writer.h"

namespace anchoko::formats {
namespace {

using snoop::Form;

// How a pcap link type field tells a frame check sequence of two 16-bit words.
constexpr std::uint32_t fcs_of_4_bytes = 0x24000000;

struct Head {
  std::uint32_t original;
  std::uint32_t captured;
  std::uint32_t record;
  std::uint32_t drops;
  std::uint32_t seconds;
  std::uint32_t microseconds;

  explicit Head(const std::byte* at)
      : original(load_be32(at)),
        captured(load_be32(at + 4)),
        record(load_be32(at + 8)),
        drops(load_be32(at + 12)),
        seconds(load_be32(at + 16)),
        microseconds(load_be32(at + 20)) {}

  bool lengths_sound() const {
    return captured <= snoop::max_packet && original <= snoop::max_packet &&
           record >= snoop::record_header_size + captured &&
           record <= snoop::record_header_size + captured + snoop::max_padding;
  }
  std::uint32_t padding() const {  // of sound lengths
    return record - captured - std::uint32_t{snoop::record_header_size};
  }
};

class SnoopReader final : public ReaderBase {
 public:
  SnoopReader(BlockBuffer buffer, Form form, bool shomiti)
      : ReaderBase(std::move(buffer)), form_(form), shomiti_(shomiti) {}
  void add_interface(InterfaceInfo interface) { interfaces_.push_back(std::move(interface)); }

  ReadStatus next(PacketRecord& record) override;

 private:
  ReadStatus end_of_input();
  ReadStatus short_record(const Head& head);
  ReadStatus bad_lengths(const Head& head);
  ReadStatus go_on_behind(std::string what);
  std::size_t sound(const std::byte* at) const;
  std::size_t end_of(const Head& head, const std::byte* whole);
  const char* read_form(PacketRecord& record) const;
  void add_drops(PacketRecord& record, std::uint32_t drops);

  Form form_;
  bool shomiti_;
  std::uint32_t drops_ = 0;
  RecordTimes times_;
  std::string pending_damage_;  // of a record whose packet is whole: to be told behind it
  std::vector<std::byte> options_;
};

ReadStatus SnoopReader::end_of_input() {
  if (buffer_.failed()) return ReadStatus::failed;
  const std::size_t left = buffer_.available();
  // A snoop that writes to its standard output ends it with a line feed when a signal stops it.
  if (left == 1 && *buffer_.peek(1) == std::byte{'\n'}) buffer_.consume(1);
  report_.bytes = buffer_.offset();
  if (buffer_.available() == 0) return end_of_records();
  if (interfaces_.empty()) {
    return lose_rest(buffer_.offset(), "the file ends within its header: " + std::to_string(left) +
                                           " of 4 bytes of the link type are there");
  }
  return lose_rest(buffer_.offset(), "the file ends within a record header: " + std::to_string(left) +
                                         " of 24 bytes are there");
}

// How long the record is that begins here; 0: none does.
std::size_t SnoopReader::sound(const std::byte* at) const {
  const Head head(at);
  const bool sound = head.lengths_sound() && head.captured != 0 && head.captured <= head.original &&
                     head.microseconds < 1'000'000 && times_.plausible(head.seconds);
  return sound ? head.record : 0;
}

ReadStatus SnoopReader::go_on_behind(std::string what) {
  return resynchronise(std::move(what), snoop::record_header_size,
                       [this](const std::byte* at) { return sound(at); });
}

// Where a record ends that has unusually much padding: where the next record begins within it, its length
// lies.
std::size_t SnoopReader::end_of(const Head& head, const std::byte* whole) {
  const std::size_t data_end = snoop::record_header_size + head.captured;
  for (std::size_t end = data_end; end < data_end + snoop::shomiti_trailer; ++end) {
    if (end + snoop::record_header_size > head.record) break;
    if (sound(whole + end) == 0) continue;
    pending_damage_ = "record says it is " + std::to_string(head.record) +
                      " bytes long, but another one begins behind " + std::to_string(end);
    return end;
  }
  return head.record;
}

ReadStatus SnoopReader::bad_lengths(const Head& head) {
  if (head.captured > snoop::max_packet || head.original > snoop::max_packet) {
    const bool captured = head.captured > snoop::max_packet;
    return go_on_behind("record says " + std::to_string(captured ? head.captured : head.original) +
                        (captured ? " captured" : " original") + " bytes, the limit is " +
                        std::to_string(snoop::max_packet));
  }
  return go_on_behind("record says it is " + std::to_string(head.record) + " bytes long, with " +
                      std::to_string(head.captured) + " captured bytes");
}

// Either the file was cut, or the length lies and sound records follow.
ReadStatus SnoopReader::short_record(const Head& head) {
  if (buffer_.failed()) return ReadStatus::failed;
  const std::size_t there = buffer_.available() - snoop::record_header_size;
  return go_on_behind(
      "the file ends within a record: " + std::to_string(std::min<std::size_t>(there, head.captured)) +
      " of " + std::to_string(head.captured) + " captured bytes are there");
}

// What the bytes before the packet tell. Not null: why the record is damaged.
const char* SnoopReader::read_form(PacketRecord& record) const {
  const std::byte* at = record.data.data();
  const std::size_t size = record.data.size();
  if (form_ == Form::ipnet) {
    // Version, family, hook: 0 in, 1 out, 2 within the machine (sys/dlpi.h).
    if (size < snoop::ipnet_header || at[0] != std::byte{1}) return nullptr;
    const auto hook = load_be16(at + 2);
    if (hook == 0) record.direction = PacketDirection::inbound;
    if (hook == 1) record.direction = PacketDirection::outbound;
    return nullptr;
  }
  if (form_ == Form::atm) {
    if (size < snoop::atm_header) return "record is too short for its ATM header";
    const bool sent = (at[0] & std::byte{0x80}) != std::byte{0};
    record.direction = sent ? PacketDirection::outbound : PacketDirection::inbound;
    return nullptr;
  }
  // Four bytes, of which the last is the length of what follows: eight bytes that are known, maybe more.
  const std::size_t header = size < 12 ? 0 : 4 + std::to_integer<std::size_t>(at[3]);
  if (header < 12 || header > size) return "record is too short for its radio header";
  record.data = record.data.subspan(header);
  record.original_length -= std::min(record.original_length, static_cast<std::uint32_t>(header));
  return nullptr;
}

void SnoopReader::add_drops(PacketRecord& record, std::uint32_t drops) {
  if (drops > drops_) {
    std::array<std::byte, 8> increase{};
    store<std::uint64_t>(increase.data(), drops - drops_, ByteOrder::little);
    options_.clear();
    pcapng::append_option(options_, pcapng::option::packet_drop_count, std::span<const std::byte>(increase));
    record.options = options_;
  }
  drops_ = drops;
  auto& statistics = interfaces_.front().statistics;
  if (!statistics) statistics.emplace();
  statistics->dropped_by_os = drops;
}

ReadStatus SnoopReader::next(PacketRecord& record) {
  if (!pending_damage_.empty()) [[unlikely]] {
    // Nothing was lost: the packet was whole. It may have been the last one.
    if (buffer_.peek(1) != nullptr)
      return note_damage(buffer_.offset(), std::exchange(pending_damage_, {}), 0);
    return note_early_end(buffer_.offset(), std::exchange(pending_damage_, {}), 0);
  }
  const std::byte* at = buffer_.peek(snoop::record_header_size);
  if (at == nullptr || interfaces_.empty()) return end_of_input();
  const Head head(at);
  if (!head.lengths_sound()) [[unlikely]]
    return bad_lengths(head);
  const std::uint64_t offset = buffer_.offset();
  const std::byte* whole = buffer_.peek(head.record);
  std::size_t size = head.record;
  if (whole == nullptr) [[unlikely]] {
    // A packet that lacks padding only is whole.
    const std::size_t data_end = snoop::record_header_size + head.captured;
    if (buffer_.failed() || buffer_.available() < data_end || buffer_.available() - data_end > 64) {
      return short_record(head);
    }
    size = buffer_.available();
    whole = buffer_.peek(size);
    pending_damage_ = "the file ends within the padding of a record: " + std::to_string(size - data_end) +
                      " of " + std::to_string(head.padding()) + " bytes are there";
  } else if (head.padding() >= snoop::shomiti_trailer && !shomiti_) [[unlikely]] {
    size = end_of(head, whole);
  }
  record.data = {whole + snoop::record_header_size, head.captured};
  record.original_length = head.original;
  record.interface = 0;
  // A fraction of a second or more is added as it is: nothing can overflow. Times are unsigned as in RFC
  // 1761.
  record.timestamp_ns = std::int64_t{head.seconds} * 1'000'000'000 + std::int64_t{head.microseconds} * 1000;
  record.has_timestamp = true;
  record.direction = PacketDirection::unknown;
  record.options = {};
  buffer_.consume(size);
  if (form_ != Form::plain) {
    if (const char* damage = read_form(record); damage != nullptr) [[unlikely]] {
      pending_damage_.clear();
      return note_damage(offset, damage, size);
    }
  }
  if (head.drops != drops_) [[unlikely]]  // zero may mean that nobody counted (RFC 1761)
    add_drops(record, head.drops);
  times_.note(head.seconds);
  ++report_.records;
  report_.bytes = buffer_.offset();
  return ReadStatus::record;
}

// The padding of the first record is the only sign of a Shomiti file: not even the version tells, which is 2
// for its software captures. A second record must not contradict: the first one's lengths may be damaged.
bool is_shomiti(BlockBuffer& buffer) {
  std::size_t at = 0;
  for (int record = 0; record < 2; ++record) {
    const std::byte* header = buffer.peek(at + snoop::record_header_size);
    if (header == nullptr) return record > 0 && buffer.available() >= at;
    const Head head(header + at);
    if (!head.lengths_sound() || head.padding() < snoop::shomiti_trailer) return false;
    at += head.record;
  }
  return true;
}

}  // namespace

Detection detect_snoop(std::span<const std::byte> start) {
  const bool mine = start.size() >= snoop::magic.size() &&
                    std::equal(snoop::magic.begin(), snoop::magic.end(), start.begin());
  return mine ? Detection::mine : Detection::not_mine;
}

Result<std::unique_ptr<RecordReader>> open_snoop(std::unique_ptr<InputFile> input) {
  BlockBuffer buffer(std::move(input));
  const std::byte* header = buffer.peek(snoop::version_end);
  if (header == nullptr) {
    if (buffer.failed()) return fail(buffer.error());
    return fail(ErrorKind::failed, buffer.name() + ": the snoop file header is cut short: " +
                                       std::to_string(buffer.available()) + " of 12 bytes are there");
  }
  if (detect_snoop({header, snoop::version_end}) != Detection::mine) {
    return fail(ErrorKind::failed, buffer.name() + ": is not a snoop file");
  }
  const auto version = load_be32(header + snoop::magic.size());
  if (version < 1 || version > 5) {
    return fail(ErrorKind::failed,
                buffer.name() + ": snoop version " + std::to_string(version) + " is not known");
  }
  buffer.consume(snoop::version_end);
  std::uint32_t dlpi_type = 4;  // version 1 knows Ethernet only
  if (version > 1) {
    // The link type is written with the first packet.
    const std::byte* field = buffer.peek(4);
    if (field == nullptr) {
      if (buffer.failed()) return fail(buffer.error());
      return std::make_unique<SnoopReader>(std::move(buffer), Form::plain, false);
    }
    dlpi_type = load_be32(field);
    buffer.consume(4);
  }
  const bool shomiti = is_shomiti(buffer);
  snoop::Link link = snoop::link_of(dlpi_type, shomiti);
  InterfaceInfo interface;
  interface.link_type = link.type;
  interface.link_type_extra = link.has_fcs ? fcs_of_4_bytes : 0;
  interface.file_order = ByteOrder::big;
  interface.timestamp_digits = 6;
  if (!link.comment.empty()) interface.comments.push_back(std::move(link.comment));
  auto reader = std::make_unique<SnoopReader>(std::move(buffer), link.form, shomiti);
  reader->add_interface(std::move(interface));
  return reader;
}

CaptureFormat snoop_format() {
  return {"snoop",
          "snoop (Solaris, illumos; RFC 1761), Shomiti and Finisar",
          "snoop",
          detect_snoop,
          open_plainly<open_snoop>,
          create_snoop_writer};
}

}  // namespace anchoko::formats
