#include "core/formats/iptrace/reader.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/iptrace/layout.h"
#include "core/formats/iptrace/writer.h"
#include "core/formats/other_link_types.h"
#include "core/formats/reader_base.h"
#include "core/formats/record_times.h"

namespace anchoko::formats {
namespace {

using namespace iptrace;

// A host has fewer; damaged records that name new ones must not fill the memory.
constexpr std::size_t max_interfaces = 4096;
constexpr std::size_t atm_header = 4;

enum class Version { one, two };

class IptraceReader final : public ReaderBase {
 public:
  IptraceReader(BlockBuffer buffer, Version version)
      : ReaderBase(std::move(buffer)),
        version_(version),
        data_offset_(version == Version::one ? data_offset_1 : data_offset_2) {}

  ReadStatus next(PacketRecord& record) override;

 private:
  ReadStatus end_of_input();
  ReadStatus short_record(std::size_t length);
  ReadStatus go_on_behind(std::string what);
  std::size_t sound(const std::byte* at) const;
  const char* damage_of(const std::byte* at) const;
  // None: there are too many.
  std::optional<std::uint32_t> interface_of(const std::byte* at, bool has_circuit);
  std::optional<std::uint32_t> look_up(std::uint64_t key, const std::byte* at, bool has_circuit);
  InterfaceInfo describe(const std::byte* at, bool has_circuit) const;
  void add_atm_header(PacketRecord& record, Circuit circuit, bool sent);

  Version version_;
  std::size_t data_offset_;
  std::unordered_map<std::uint64_t, std::uint32_t> indices_;
  std::uint64_t last_key_ = 0;
  std::uint32_t last_index_ = UINT32_MAX;
  RecordTimes times_;
  std::vector<std::byte> scratch_;
};

ReadStatus IptraceReader::end_of_input() {
  if (buffer_.failed()) return ReadStatus::failed;
  const std::size_t left = buffer_.available();
  report_.bytes = buffer_.offset();
  if (left == 0) return end_of_records();
  return lose_rest(buffer_.offset(), "the file ends within a record header: " + std::to_string(left) +
                                         " of " + std::to_string(data_offset_) + " bytes are there");
}

// Besides its length a record has little to be known by: what a header at a wrong place would not have. Null:
// it is sound.
const char* IptraceReader::damage_of(const std::byte* at) const {
  if (!name_sound(at + letters_offset)) return "record names no interface";
  if (version_ == Version::two && load_be32(at + nanoseconds_offset) >= 1'000'000'000) {
    return "record says a second or more of nanoseconds";
  }
  return nullptr;
}

// How long the record is that begins here; 0: none does.
std::size_t IptraceReader::sound(const std::byte* at) const {
  const std::size_t size = prefix + std::size_t{load_be32(at)};
  const bool fddi = at[type_offset] == std::byte{interface_type::fddi};
  const std::size_t data_offset = data_offset_ + (fddi ? fddi_padding : 0);
  if (size <= data_offset || size > data_offset + max_packet) return 0;
  const auto seconds = load_be32(at + seconds_offset);
  if (!letters_sound(at + letters_offset) || at[type_offset] == std::byte{0} || !times_.plausible(seconds))
    return 0;
  if (version_ == Version::two) {
    // Equal in real files; a clock may have ticked between the two.
    const std::int64_t gap = std::int64_t{load_be32(at + fine_seconds_offset)} - std::int64_t{seconds};
    if (gap < -1 || gap > 1 || load_be32(at + nanoseconds_offset) >= 1'000'000'000) return 0;
  }
  return size;
}

ReadStatus IptraceReader::go_on_behind(std::string what) {
  return resynchronise(std::move(what), data_offset_, [this](const std::byte* at) { return sound(at); });
}

// Either the file was cut, or the length lies and sound records follow.
ReadStatus IptraceReader::short_record(std::size_t length) {
  if (buffer_.failed()) return ReadStatus::failed;
  return go_on_behind("the file ends within a record: " + std::to_string(buffer_.available() - prefix) +
                      " of " + std::to_string(length) + " bytes are there");
}

// Of known types without a link type, or with one that does not tell them. What AIX writes of InfiniBand is
// not described anywhere: Wireshark, which names it, cannot write it as pcap either.
const char* name_of(std::uint8_t type) {
  if (type == interface_type::x25_ddn) return " (X.25)";
  if (type == interface_type::sp_switch) return " (SP switch)";
  if (type == interface_type::host_fabric) return " (host fabric interface)";
  if (type == interface_type::lapb) return " (LAPB)";
  if (type == interface_type::infiniband) return " (IP over InfiniBand)";
  return "";
}

InterfaceInfo IptraceReader::describe(const std::byte* at, bool has_circuit) const {
  const auto type = std::to_integer<std::uint8_t>(at[type_offset]);
  InterfaceInfo info;
  for (std::size_t i = 0; i < letters_size && at[letters_offset + i] != std::byte{0}; ++i) {
    info.name += std::to_integer<char>(at[letters_offset + i]);
  }
  info.name += std::to_string(std::to_integer<unsigned>(at[unit_offset]));
  info.file_order = ByteOrder::big;
  info.original_lengths_unknown = true;
  info.timestamp_digits = version_ == Version::one ? 0 : 9;
  const auto link_type = link_type_of(type);
  info.link_type = link_type.value_or(link_user0);
  const bool told_by_link_type = type != interface_type::x25_ddn && type != interface_type::sp_switch &&
                                 type != interface_type::host_fabric;
  if (!link_type || !told_by_link_type) {
    std::array<char, 8> number{};
    std::snprintf(number.data(), number.size(), "0x%02x", static_cast<unsigned>(type));
    info.comments.push_back(std::string("iptrace interface type ") + number.data() + name_of(type) +
                            (link_type ? "" : ": has no link type of its own, packets are kept as they are"));
  } else if (info.link_type == link_sunatm && !has_circuit) {
    info.link_type = link_user0;
    info.comments.emplace_back("ATM packets without a circuit number: packets are kept as they are");
  }
  return info;
}

std::optional<std::uint32_t> IptraceReader::look_up(std::uint64_t key, const std::byte* at,
                                                    bool has_circuit) {
  auto found = indices_.find(key);
  if (found == indices_.end()) {
    if (interfaces_.size() >= max_interfaces) return std::nullopt;
    found = indices_.emplace(key, static_cast<std::uint32_t>(interfaces_.size())).first;
    interfaces_.push_back(describe(at, has_circuit));
  }
  last_key_ = key;
  last_index_ = found->second;
  return last_index_;
}

std::optional<std::uint32_t> IptraceReader::interface_of(const std::byte* at, bool has_circuit) {
  // The letters up to a zero byte: what stands behind it is left-over memory.
  std::uint32_t letters = load_be32(at + letters_offset);
  for (std::uint32_t mask = 0xff000000; mask != 0; mask >>= 8) {
    if ((letters & mask) != 0) continue;
    letters &= ~(mask | (mask - 1));
    break;
  }
  const auto unit = std::to_integer<std::uint64_t>(at[unit_offset]);
  const auto type = std::to_integer<std::uint64_t>(at[type_offset]);
  const std::uint64_t key =
      std::uint64_t{letters} << 32 | unit << 16 | type << 8 | std::uint64_t{has_circuit};
  if (key == last_key_ && last_index_ != UINT32_MAX) [[likely]]
    return last_index_;
  return look_up(key, at, has_circuit);
}

// LINKTYPE_SUNATM: a byte of flags, whose upper bit says "sent" and whose lower ones the kind of traffic,
// which iptrace does not tell; then the circuit.
void IptraceReader::add_atm_header(PacketRecord& record, Circuit circuit, bool sent) {
  scratch_.resize(atm_header + record.data.size());
  scratch_[0] = sent ? std::byte{0x80} : std::byte{0};
  scratch_[1] = std::byte{circuit.vpi};
  store<std::uint16_t>(scratch_.data() + 2, circuit.vci, ByteOrder::big);
  if (!record.data.empty()) {
    std::memcpy(scratch_.data() + atm_header, record.data.data(), record.data.size());
  }
  record.data = scratch_;
}

ReadStatus IptraceReader::next(PacketRecord& record) {
  const std::byte* at = buffer_.peek(data_offset_);
  if (at == nullptr) return end_of_input();
  const std::uint32_t length = load_be32(at);
  const bool fddi = at[type_offset] == std::byte{interface_type::fddi};
  const std::size_t data_offset = data_offset_ + (fddi ? fddi_padding : 0);
  const std::size_t size = prefix + std::size_t{length};
  if (size < data_offset || size > data_offset + max_packet) [[unlikely]] {
    return go_on_behind("record says " + std::to_string(length) + " bytes, of " +
                        std::to_string(data_offset - prefix) + " to " +
                        std::to_string(data_offset - prefix + max_packet) + " that are possible");
  }
  if (const char* damage = damage_of(at); damage != nullptr) [[unlikely]]
    return go_on_behind(damage);
  at = buffer_.peek(size);
  if (at == nullptr) [[unlikely]]
    return short_record(length);
  const std::uint64_t offset = buffer_.offset();
  const bool sent = at[sent_offset] != std::byte{0};
  std::optional<Circuit> circuit;
  if (at[type_offset] == std::byte{interface_type::atm}) [[unlikely]] {
    circuit = parse_circuit(std::span<const std::byte, circuit_size>(at + circuit_offset, circuit_size));
  }
  const auto interface = interface_of(at, circuit.has_value());
  buffer_.consume(size);
  if (!interface) [[unlikely]]
    return note_damage(offset, "record names one interface more than can be", size);
  std::uint32_t seconds = load_be32(at + seconds_offset);
  std::uint32_t nanoseconds = 0;
  if (version_ == Version::two) {
    seconds = load_be32(at + fine_seconds_offset);
    nanoseconds = load_be32(at + nanoseconds_offset);
  }
  record.data = {at + data_offset, size - data_offset};
  if (circuit) [[unlikely]]
    add_atm_header(record, *circuit, sent);
  record.original_length = static_cast<std::uint32_t>(record.data.size());
  record.interface = *interface;
  record.timestamp_ns = std::int64_t{seconds} * 1'000'000'000 + std::int64_t{nanoseconds};
  record.has_timestamp = true;
  record.direction = sent ? PacketDirection::outbound : PacketDirection::inbound;
  record.options = {};
  times_.note(seconds);
  ++report_.records;
  report_.bytes = buffer_.offset();
  return ReadStatus::record;
}

std::optional<Version> read_magic(std::span<const std::byte> start) {
  if (start.size() < file_header_size) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(start.data()), file_header_size);
  if (text == magic_1) return Version::one;
  if (text == magic_2) return Version::two;
  return std::nullopt;
}

}  // namespace

Detection detect_iptrace(std::span<const std::byte> start) {
  return read_magic(start) ? Detection::mine : Detection::not_mine;
}

Result<std::unique_ptr<RecordReader>> open_iptrace(std::unique_ptr<InputFile> input) {
  BlockBuffer buffer(std::move(input));
  const std::byte* header = buffer.peek(file_header_size);
  if (header == nullptr && buffer.failed()) return fail(buffer.error());
  const auto version = header != nullptr ? read_magic({header, file_header_size}) : std::optional<Version>();
  if (!version) return fail(ErrorKind::failed, buffer.name() + ": is not an iptrace file");
  buffer.consume(file_header_size);
  return std::make_unique<IptraceReader>(std::move(buffer), *version);
}

CaptureFormat iptrace_format() {
  return {"iptrace",      "iptrace 1.0 and 2.0 (AIX)", "iptrace trc",
          detect_iptrace, open_plainly<open_iptrace>,  create_iptrace_writer};
}

}  // namespace anchoko::formats
