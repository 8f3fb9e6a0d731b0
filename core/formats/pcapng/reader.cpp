#include "core/formats/pcapng/reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/formats/pcapng/attachments.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/writer.h"

namespace anchoko::formats {
namespace pcapng {
namespace {

// The byte order that the magic of a section header shows.
std::optional<ByteOrder> section_order(const std::byte* magic) {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    if (load<std::uint32_t>(magic, order) == byte_order_magic) return order;
  }
  return std::nullopt;
}

bool is_known_type(std::uint32_t type) {
  return (type >= block::interface_description && type <= block::enhanced_packet) || is_attachment(type) ||
         type == block::custom_not_to_be_copied;
}

std::uint64_t load_halves(const std::byte* at, ByteOrder order) {
  return std::uint64_t{load<std::uint32_t>(at, order)} << 32 | load<std::uint32_t>(at + 4, order);
}

}  // namespace

Result<void> Reader::begin() {
  max_block_ = max_block;
  const std::byte* head = buffer_.peek(block_overhead);
  if (head == nullptr) {
    if (buffer_.failed()) return fail(buffer_.error());
    return fail(ErrorKind::failed, buffer_.name() + ": the pcapng section header is cut short: " +
                                       std::to_string(buffer_.available()) + " bytes are there");
  }
  if (!sound_block_here()) {
    if (buffer_.failed()) return fail(buffer_.error());
    return fail(ErrorKind::failed, buffer_.name() + ": the pcapng section header is damaged or cut short");
  }
  PacketRecord none;
  const Step step = read_block(none);
  if (step == ReadStatus::failed) return fail(buffer_.error());
  if (step || !section_readable_) {
    const std::string why = report_.damage.empty() ? "cannot be read" : report_.damage.front().what;
    return fail(ErrorKind::failed, buffer_.name() + ": the pcapng section header: " + why);
  }
  return {};
}

ReadStatus Reader::next(PacketRecord& record) {
  while (true) {
    if (const Step step = read_block(record)) {
      report_.bytes = buffer_.offset();
      return *step;
    }
  }
}

ReadStatus Reader::end_of_input() {
  if (buffer_.failed()) return ReadStatus::failed;
  if (buffer_.available() == 0) return end_of_records();
  return lose_rest(buffer_.offset(), "the file ends within a block header: " +
                                         std::to_string(buffer_.available()) + " bytes are there");
}

Reader::Step Reader::read_block(PacketRecord& record) {
  const std::byte* head = buffer_.peek(block_overhead);
  if (head == nullptr) return end_of_input();
  Block block;
  block.offset = buffer_.offset();
  block.type = load<std::uint32_t>(head, order_);
  if (block.type == block::section_header) [[unlikely]] {
    const auto order = section_order(head + 8);
    if (!order) return resynchronise("section header without a byte-order magic");
    order_ = *order;
  }
  const auto length = load<std::uint32_t>(head + 4, order_);
  if (length < block_overhead || length % 4 != 0 || length > max_block_) [[unlikely]] {
    return resynchronise("block of type " + std::to_string(block.type) + " says it is " +
                         std::to_string(length) + " bytes long");
  }
  const std::byte* whole = buffer_.peek(length);
  if (whole == nullptr) [[unlikely]] {
    if (buffer_.failed()) return ReadStatus::failed;
    return resynchronise("the file ends within a block of " + std::to_string(length) +
                         " bytes: " + std::to_string(buffer_.available()) + " are there");
  }
  if (load<std::uint32_t>(whole + length - 4, order_) != length) [[unlikely]] {
    return resynchronise("the length at the end of a block differs from that at its beginning (" +
                         std::to_string(length) + ")");
  }
  block.body = {whole + 8, length - block_overhead};
  buffer_.consume(length);  // the bytes stay where they are until more are asked for
  return dispatch(block, record);
}

Reader::Step Reader::dispatch(const Block& block, PacketRecord& record) {
  if (block.type == block::section_header) return read_section(block);
  if (!section_readable_) {
    report_.lost_bytes += block.body.size() + block_overhead;
    return std::nullopt;
  }
  switch (block.type) {
    case block::enhanced_packet: {
      if (block.body.size() < packet_fixed) return damaged_block(block, "packet block that is too short");
      return read_packet(block, {load<std::uint32_t>(block.body.data(), order_), 0}, record);
    }
    case block::packet: {
      if (block.body.size() < packet_fixed) return damaged_block(block, "packet block that is too short");
      return read_packet(block,
                         {load<std::uint16_t>(block.body.data(), order_),
                          load<std::uint16_t>(block.body.data() + 2, order_)},
                         record);
    }
    case block::simple_packet:
      return read_simple_packet(block, record);
    case block::interface_description:
      return read_interface(block);
    case block::interface_statistics:
      return read_statistics(block);
    default:
      return read_attachment(block);
  }
}

Reader::Step Reader::read_section(const Block& block) {
  section_readable_ = false;
  if (block.body.size() < section_header_fixed)
    return damaged_block(block, "section header that is too short");
  const auto major = load<std::uint16_t>(block.body.data() + 4, order_);
  const auto minor = load<std::uint16_t>(block.body.data() + 6, order_);
  if (major != 1) {
    return damaged_block(
        block, "pcapng version " + std::to_string(major) + "." + std::to_string(minor) + " is not known");
  }
  section_readable_ = true;
  section_base_ = interfaces_.size();
  lost_blocks_ = false;
  section_os_.clear();
  OptionList options(block.body.subspan(section_header_fixed), order_);
  Option option;
  while (options.next(option)) {
    switch (option.code) {
      case option::comment:
        section_comments_.push_back(option_text(option.value));
        break;
      case option::section_hardware:
        section_comments_.push_back("hardware: " + option_text(option.value));
        break;
      case option::section_os:
        section_os_ = option_text(option.value);
        break;
      case option::section_application:
        section_comments_.push_back("written by " + option_text(option.value));
        break;
      default:
        ++report_.skipped_options;
        break;
    }
  }
  if (options.damaged()) return note_damage(block.offset, "section header with damaged options", 0);
  return std::nullopt;
}

void Reader::add_comment(InterfaceInfo& info, std::string text) const {
  const std::string_view host = host_prefix;
  const std::string_view field = link_field_prefix;
  const std::string_view layer = layer_prefix;
  if (text.starts_with(host) && info.host.empty()) {
    info.host = text.substr(host.size());
    return;
  }
  if (text.starts_with(field)) {
    std::uint32_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data() + field.size(), end, value, 16);
    if (code == std::errc() && rest == end) {
      info.link_type_extra = value & 0xffff0000;
      return;
    }
  }
  if (text == lengths_unknown) {
    info.original_lengths_unknown = true;
    return;
  }
  if (text.starts_with(layer)) {
    std::uint8_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data() + layer.size(), end, value);
    if (code == std::errc() && rest == end && value != 0) {
      info.layer = value;
      return;
    }
  }
  info.comments.push_back(std::move(text));
}

void Reader::set_interface_option(InterfaceInfo& info, const Option& option, std::int64_t& offset_seconds,
                                  std::uint8_t& resolution) {
  const auto value = option.value;
  switch (option.code) {
    case option::comment:
      add_comment(info, option_text(value));
      return;
    case option::interface_name:
      info.name = option_text(value);
      return;
    case option::interface_description:
      info.description = option_text(value);
      return;
    case option::interface_os:
      info.os = option_text(value);
      return;
    case option::interface_hardware:
      info.hardware = option_text(value);
      return;
    case option::interface_time_resolution:
      if (!value.empty()) resolution = static_cast<std::uint8_t>(value[0]);
      return;
    case option::interface_time_offset:
      if (value.size() == 8)
        offset_seconds = static_cast<std::int64_t>(load<std::uint64_t>(value.data(), order_));
      return;
    case option::interface_filter:  // a type byte: 0 text, 1 BPF instructions
      if (!value.empty() && value[0] == std::byte{0}) {
        info.filter = option_text(value.subspan(1));
        return;
      }
      break;
    default:
      break;
  }
  if (!interface_option_sound(option) ||
      !append_converted(info.other_options, option, order_, interface_value_kind(option.code))) {
    ++report_.skipped_options;
  }
}

Reader::Step Reader::read_interface(const Block& block) {
  if (interfaces_.size() >= max_interfaces) {
    return damaged_block(block, "interface description number " + std::to_string(interfaces_.size() + 1) +
                                    ": more are not read");
  }
  InterfaceInfo info;
  info.file_order = order_;
  Source source;
  std::uint8_t resolution = 6;
  std::int64_t offset_seconds = 0;
  // A description too short to be understood still takes a number: those that follow keep theirs.
  const bool sound = block.body.size() >= interface_fixed;
  if (sound) {
    info.link_type = canonical_link_type(load<std::uint16_t>(block.body.data(), order_));
    info.snaplen = load<std::uint32_t>(block.body.data() + 4, order_);
    OptionList options(block.body.subspan(interface_fixed), order_);
    Option option;
    while (options.next(option)) set_interface_option(info, option, offset_seconds, resolution);
    if (options.damaged()) note_damage(block.offset, "interface description with damaged options", 0);
    source.max_captured = max_captured_length(info.link_type);
  }
  if (info.os.empty()) info.os = section_os_;
  source.resolution = TimeResolution(resolution, offset_seconds);
  source.snaplen = info.snaplen;
  info.timestamp_digits = source.resolution.digits();
  if (source.max_captured > max_block / 2) max_block_ = max_block_of_large_records;
  interfaces_.push_back(std::move(info));
  sources_.push_back(source);
  if (!sound) return damaged_block(block, "interface description that is too short");
  if (lost_blocks_) {
    return note_damage(block.offset,
                       "an interface is described after damage: records may be attributed to the wrong one",
                       0);
  }
  return std::nullopt;
}

void Reader::set_packet_options(std::span<const std::byte> bytes, std::uint16_t drops, PacketRecord& record) {
  record.options = {};
  record.direction = PacketDirection::unknown;
  if (bytes.empty() && drops == 0) [[likely]]
    return;
  const PacketOptions converted = convert_packet_options(bytes, order_, scratch_);
  report_.skipped_options += converted.skipped;
  if (converted.direction == 1) record.direction = PacketDirection::inbound;
  if (converted.direction == 2) record.direction = PacketDirection::outbound;
  record.options = converted.options;
  if (drops == 0 || drops == 0xffff) return;  // all ones: not known
  if (record.options.data() != scratch_.data()) scratch_.assign(record.options.begin(), record.options.end());
  std::byte value[8];
  store<std::uint64_t>(value, drops, ByteOrder::little);
  append_option(scratch_, option::packet_drop_count, std::span<const std::byte>(value));
  record.options = scratch_;
}

Reader::Step Reader::read_packet(const Block& block, PacketFields fields, PacketRecord& record) {
  const std::byte* fixed = block.body.data();
  const std::size_t index = section_base_ + fields.interface;
  const std::uint64_t units = load_halves(fixed + 4, order_);
  const auto captured = load<std::uint32_t>(fixed + 12, order_);
  if (index >= interfaces_.size()) [[unlikely]] {
    return damaged_block(
        block, "packet of interface " + std::to_string(fields.interface) + ", which is not described");
  }
  const Source& source = sources_[index];
  const std::size_t room = block.body.size() - packet_fixed;
  if (captured > room || captured > source.max_captured) [[unlikely]] {
    return damaged_block(block, "packet says " + std::to_string(captured) + " captured bytes, the limit is " +
                                    std::to_string(std::min<std::size_t>(room, source.max_captured)));
  }
  const Time time = source.resolution.to_ns(units);
  if (!time.sound) [[unlikely]] {
    return damaged_block(block, "packet with a time stamp out of range: " + std::to_string(units) + " units");
  }
  if (time.rounded) ++report_.rounded_times;
  record.data = {fixed + packet_fixed, captured};
  record.original_length = load<std::uint32_t>(fixed + 16, order_);
  record.interface = static_cast<std::uint32_t>(index);
  record.timestamp_ns = time.ns;
  record.has_timestamp = true;
  set_packet_options(block.body.subspan(packet_fixed + std::min(room, padded(captured))), fields.drops,
                     record);
  ++report_.records;
  return ReadStatus::record;
}

Reader::Step Reader::read_simple_packet(const Block& block, PacketRecord& record) {
  if (block.body.size() < 4) return damaged_block(block, "simple packet block that is too short");
  if (section_base_ >= interfaces_.size()) return damaged_block(block, "simple packet without an interface");
  const Source& source = sources_[section_base_];
  const auto original = load<std::uint32_t>(block.body.data(), order_);
  const std::size_t room = block.body.size() - 4;
  const std::uint32_t captured = source.snaplen == 0 ? original : std::min(original, source.snaplen);
  if (captured > room || captured > source.max_captured) {
    return damaged_block(block, "packet says " + std::to_string(captured) + " captured bytes, the limit is " +
                                    std::to_string(std::min<std::size_t>(room, source.max_captured)));
  }
  record.data = block.body.subspan(4, captured);
  record.original_length = original;
  record.interface = static_cast<std::uint32_t>(section_base_);
  record.timestamp_ns = 0;
  record.has_timestamp = false;
  record.direction = PacketDirection::unknown;
  record.options = {};
  ++report_.records;
  return ReadStatus::record;
}

Reader::Step Reader::read_statistics(const Block& block) {
  if (block.body.size() < statistics_fixed)
    return damaged_block(block, "interface statistics that are too short");
  const std::size_t index = section_base_ + load<std::uint32_t>(block.body.data(), order_);
  if (index >= interfaces_.size())
    return damaged_block(block, "statistics of an interface that is not described");
  auto& slot = interfaces_[index].statistics;
  if (!slot) slot.emplace();
  OptionList options(block.body.subspan(statistics_fixed), order_);
  Option option;
  while (options.next(option)) {
    if (option.value.size() != 8 || option.code == option::comment) {
      ++report_.skipped_options;
      continue;
    }
    const auto number = load<std::uint64_t>(option.value.data(), order_);
    const Time time = sources_[index].resolution.to_ns(load_halves(option.value.data(), order_));
    switch (option.code) {
      case option::statistics_start_time:
        if (time.sound) slot->start_ns = time.ns;
        break;
      case option::statistics_end_time:
        if (time.sound) slot->end_ns = time.ns;
        break;
      case option::statistics_received:
        slot->received = number;
        break;
      case option::statistics_dropped:
        slot->dropped_by_interface = number;
        break;
      case option::statistics_filter_accepted:
        slot->filter_accepted = number;
        break;
      case option::statistics_dropped_by_os:
        slot->dropped_by_os = number;
        break;
      case option::statistics_delivered:
        slot->delivered = number;
        break;
      default:
        ++report_.skipped_options;
        break;
    }
  }
  if (options.damaged()) return note_damage(block.offset, "interface statistics with damaged options", 0);
  return std::nullopt;
}

Reader::Step Reader::read_attachment(const Block& block) {
  if (!is_attachment(block.type)) {
    ++report_.skipped_blocks;
    return std::nullopt;
  }
  if (block.type == block::custom && order_ == ByteOrder::big) {
    ++report_.skipped_blocks;
    return std::nullopt;
  }
  // Looked through in either byte order: readers refuse the whole file for one such block that is damaged.
  if (!convert_attachment(block.type, block.body, order_, scratch_))
    return damaged_block(block, "damaged block of type " + std::to_string(block.type));
  attachment_ = {block.type, scratch_};
  return ReadStatus::attachment;
}

ReadStatus Reader::damaged_block(const Block& block, std::string what) {
  return note_damage(block.offset, std::move(what), block.body.size() + block_overhead);
}

// Whether a block of a known type begins at the next byte and ends as it should.
bool Reader::sound_block_here() {
  constexpr std::uint32_t search_limit = 1024 * 1024;
  const std::byte* head = buffer_.peek(block_overhead);
  if (head == nullptr) return false;
  ByteOrder order = order_;
  const auto type = load<std::uint32_t>(head, order);
  if (type == block::section_header) {
    const auto found = section_order(head + 8);
    if (!found) return false;
    order = *found;
  } else if (!is_known_type(type)) {
    return false;
  }
  const auto length = load<std::uint32_t>(head + 4, order);
  if (length < block_overhead || length % 4 != 0 || length > search_limit) return false;
  const std::byte* whole = buffer_.peek(length);
  return whole != nullptr && load<std::uint32_t>(whole + length - 4, order) == length;
}

ReadStatus Reader::resynchronise(std::string what) {
  const std::uint64_t start = buffer_.offset();
  lost_blocks_ = true;
  do {
    buffer_.consume(1);
    if (buffer_.peek(block_overhead) == nullptr) {
      buffer_.discard_rest();
      break;
    }
  } while (!sound_block_here());
  return note_skipped(start, std::move(what));
}

}  // namespace pcapng

Detection detect_pcapng(std::span<const std::byte> start) {
  if (start.size() < 4 || load_le32(start.data()) != pcapng::block::section_header)
    return Detection::not_mine;
  // Cut short before the byte-order magic: pcapng all the same, and opening says what is wrong.
  if (start.size() < pcapng::block_overhead) return Detection::mine;
  return pcapng::section_order(start.data() + 8) ? Detection::mine : Detection::not_mine;
}

Result<std::unique_ptr<RecordReader>> open_pcapng(std::unique_ptr<InputFile> input) {
  auto reader = std::make_unique<pcapng::Reader>(BlockBuffer(std::move(input)));
  if (auto begun = reader->begin(); !begun) return fail(std::move(begun.error()));
  return reader;
}

CaptureFormat pcapng_format() {
  return {"pcapng",      "pcapng (draft-ietf-opsawg-pcapng)", "pcapng ntar",
          detect_pcapng, open_plainly<open_pcapng>,           create_pcapng_writer};
}

}  // namespace anchoko::formats
