#include "core/formats/pcapng/writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/pcapng/attachments.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/description.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/record_limits.h"

namespace anchoko::formats {
namespace pcapng {
namespace {

constexpr auto little = ByteOrder::little;

// How the upper bits of a pcap link type field tell the length of frame check sequences: in 16-bit words.
constexpr std::uint32_t fcs_length_present = 0x04000000;

std::uint32_t fcs_flags_of(const InterfaceInfo& interface) {
  if ((interface.link_type_extra & fcs_length_present) == 0) return 0;
  return ((interface.link_type_extra >> 28) * 2) << flags_fcs_shift & flags_fcs_mask;
}

std::int64_t unit_of(std::uint8_t digits) {
  std::int64_t unit = 1;
  for (int i = digits; i < 9; ++i) unit *= 10;
  return unit;
}

// In whole units; negative when the time is finer than the unit. The usual divisors are constants: no
// division.
std::int64_t whole_units(std::int64_t ns, std::int64_t unit_ns) {
  std::int64_t units = ns;
  if (unit_ns == 1000) {
    units = ns / 1000;
  } else if (unit_ns != 1) {
    units = ns / unit_ns;
  }
  return units * unit_ns == ns ? units : -1;
}

// Flags that the writer adds to options without any.
constexpr std::size_t flags_option_size = 8;

bool has_flags(std::span<const std::byte> options) {
  OptionList list(options, little);
  Option option;
  while (list.next(option)) {
    if (option.code == option::packet_flags && option.value.size() == 4) return true;
  }
  return false;
}

// The options with `bits` added to their flags, which keep their place.
void merge_flags(std::span<const std::byte> options, std::uint32_t bits, std::vector<std::byte>& out) {
  out.assign(options.begin(), options.end());
  OptionList list(options, little);
  Option option;
  std::size_t at = 0;
  for (; list.next(option); at = list.walked()) {
    if (option.code != option::packet_flags || option.value.size() != 4) continue;
    const auto own = load<std::uint32_t>(option.value.data(), little);
    // A record that tells its own check sequence length is right about it.
    if ((own & flags_fcs_mask) != 0) bits &= ~flags_fcs_mask;
    store<std::uint32_t>(out.data() + at + 4, own | bits, little);
    return;
  }
}

}  // namespace

bool fits_simple_packet(const InterfaceInfo& interface, const PacketRecord& record) {
  const std::uint32_t length =
      interface.snaplen == 0 ? record.original_length : std::min(record.original_length, interface.snaplen);
  return record.options.empty() && record.direction == PacketDirection::unknown &&
         record.data.size() == length;
}

Result<void> Writer::append_block(std::uint32_t type, std::span<const std::byte> body) {
  const std::size_t size = body.size() + block_overhead;
  if (failed_) return result();
  if (body.size() % 4 != 0 || size > max_block) {
    refuse("a block of " + std::to_string(size) + " bytes cannot be written");
    return result();
  }
  std::byte* at = reserve(size);
  if (at == nullptr) return result();
  store<std::uint32_t>(at, type, little);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(size), little);
  std::copy(body.begin(), body.end(), at + 8);
  store<std::uint32_t>(at + size - 4, static_cast<std::uint32_t>(size), little);
  commit_bytes(size);
  return result();
}

Result<void> Writer::begin(const SectionInfo& section) {
  return append_block(block::section_header, section_body(section));
}

Result<std::uint32_t> Writer::add_interface(const InterfaceInfo& interface) {
  if (interface.timestamp_digits > 9) {
    return fail(ErrorKind::failed, "pcapng writer: time stamps finer than nanoseconds cannot be written");
  }
  if (targets_.size() >= max_interfaces) {
    return fail(
        ErrorKind::failed,
        "pcapng writer: more than " + std::to_string(max_interfaces) + " interfaces cannot be read again",
        "merge fewer files at a time");
  }
  Target target;
  target.unit_ns = unit_of(interface.timestamp_digits);
  target.snaplen_limit = interface.snaplen == 0 ? UINT32_MAX : interface.snaplen;
  target.max_captured = max_captured_length(interface.link_type);
  target.fcs_flags = fcs_flags_of(interface);
  target.description_offset = bytes_written();
  target.info = interface;
  if (auto done = append_block(block::interface_description, interface_body(interface)); !done) {
    return fail(std::move(done.error()));
  }
  targets_.push_back(std::move(target));
  return static_cast<std::uint32_t>(targets_.size() - 1);
}

// The interface's description promised shorter records: it is corrected to "no limit", or libpcap would
// refuse the file.
bool Writer::lift_snaplen(Target& target) {
  if (cut_simple_packets_ && &target == &targets_.front()) {
    return refuse("a record is longer than the snap length that earlier simple packets depend on");
  }
  std::array<std::byte, 4> none{};
  const std::uint64_t position = target.description_offset + 8 + 4;
  if (position >= flushed_) {
    std::copy(none.begin(), none.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(position - flushed_));
  } else if (!write_out(used_)) {  // the field may lie across the border
    return false;
  } else if (auto done = output_->rewrite(position, none); !done) {
    done.error().hint =
        "a record is longer than the snap length its interface states; write to a file, which can be "
        "corrected";
    return fail_with(std::move(done.error()));
  }
  target.snaplen_limit = UINT32_MAX;
  target.info.snaplen = 0;
  return true;
}

bool Writer::accept(const PacketRecord& record) {
  if (failed_) return false;
  if (record.interface >= targets_.size()) return refuse("a record names an interface that was not added");
  Target& target = targets_[record.interface];
  if (record.data.size() > target.max_captured) {
    return refuse("a record of " + std::to_string(record.data.size()) +
                  " bytes is longer than readers accept (" + std::to_string(target.max_captured) + ")");
  }
  if (record.options.size() % 4 != 0 || record.options.size() > max_block / 2) {
    return refuse("a record's options are damaged");
  }
  return record.data.size() <= target.snaplen_limit || lift_snaplen(target);
}

bool Writer::write(const PacketRecord& record) {
  if (!accept(record)) [[unlikely]]
    return false;
  Target& target = targets_[record.interface];
  if (!record.has_timestamp) [[unlikely]]
    return write_simple(record, target);
  return write_enhanced(record, target);
}

bool Writer::write_enhanced(const PacketRecord& record, Target& target) {
  const std::int64_t units = whole_units(record.timestamp_ns, target.unit_ns);
  if (units < 0) [[unlikely]] {
    return refuse("the time stamp " + std::to_string(record.timestamp_ns) +
                  " ns is before 1970 or finer than its interface's resolution");
  }
  std::span<const std::byte> options = record.options;
  std::uint32_t flags = static_cast<std::uint32_t>(record.direction) | target.fcs_flags;
  if (flags != 0 && has_flags(options)) {
    merge_flags(record.options, flags, merged_);
    options = merged_;
    flags = 0;
  }
  const std::size_t captured = record.data.size();
  const std::size_t data_end = 28 + padded(captured);
  const std::size_t list_size = options.size() + (flags != 0 ? flags_option_size : 0);
  const std::size_t options_size = list_size == 0 ? 0 : list_size + 4;
  const std::size_t size = data_end + options_size + 4;
  std::byte* at = reserve(size);
  if (at == nullptr) return false;
  const auto time = static_cast<std::uint64_t>(units);
  store<std::uint32_t>(at, block::enhanced_packet, little);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(size), little);
  store<std::uint32_t>(at + 8, record.interface, little);
  store<std::uint32_t>(at + 12, static_cast<std::uint32_t>(time >> 32), little);
  store<std::uint32_t>(at + 16, static_cast<std::uint32_t>(time), little);
  store<std::uint32_t>(at + 20, static_cast<std::uint32_t>(captured), little);
  store<std::uint32_t>(at + 24, record.original_length, little);
  // The last word first: its end is padding, which must be zero; for no data it is the length field written
  // above.
  if (captured != 0) {
    store<std::uint32_t>(at + data_end - 4, 0, little);
    std::memcpy(at + 28, record.data.data(), captured);
  }
  if (!options.empty()) std::memcpy(at + data_end, options.data(), options.size());
  if (flags != 0) {
    std::byte* const list_end = at + data_end + options.size();
    store<std::uint16_t>(list_end, option::packet_flags, little);
    store<std::uint16_t>(list_end + 2, 4, little);
    store<std::uint32_t>(list_end + 4, flags, little);
  }
  if (list_size != 0) store<std::uint32_t>(at + data_end + list_size, 0, little);
  store<std::uint32_t>(at + size - 4, static_cast<std::uint32_t>(size), little);
  target.last_ns = std::max(target.last_ns, record.timestamp_ns);
  return commit_bytes(size);
}

bool Writer::write_simple(const PacketRecord& record, const Target& target) {
  if (record.interface != 0 || !fits_simple_packet(target.info, record)) {
    return refuse("a record without a time stamp cannot be written as a simple packet");
  }
  cut_simple_packets_ |= record.data.size() < record.original_length;
  const std::size_t data_end = 12 + padded(record.data.size());
  const std::size_t size = data_end + 4;
  std::byte* at = reserve(size);
  if (at == nullptr) return false;
  store<std::uint32_t>(at + data_end - 4, 0, little);
  store<std::uint32_t>(at, block::simple_packet, little);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(size), little);
  store<std::uint32_t>(at + 8, record.original_length, little);
  std::copy(record.data.begin(), record.data.end(), at + 12);
  store<std::uint32_t>(at + size - 4, static_cast<std::uint32_t>(size), little);
  return commit_bytes(size);
}

Result<void> Writer::attach(const Attachment& attachment) {
  if (!is_attachment(attachment.block_type)) {
    return fail(ErrorKind::failed, "pcapng writer: a block of type " + std::to_string(attachment.block_type) +
                                       " is not carried over");
  }
  return append_block(attachment.block_type, attachment.body);
}

Result<void> Writer::add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) {
  if (interface >= targets_.size())
    return fail(ErrorKind::failed, "pcapng writer: statistics of an unknown interface");
  const Target& target = targets_[interface];
  const std::int64_t time =
      statistics.end_ns.value_or(std::max(target.last_ns, statistics.start_ns.value_or(0)));
  return append_block(block::interface_statistics,
                      statistics_body(interface, statistics, time, target.unit_ns));
}

}  // namespace pcapng

Result<std::unique_ptr<RecordWriter>> create_pcapng_writer(std::unique_ptr<OutputFile> output) {
  return std::make_unique<pcapng::Writer>(std::move(output));
}

}  // namespace anchoko::formats
