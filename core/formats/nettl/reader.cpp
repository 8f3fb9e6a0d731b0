#include "core/formats/nettl/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/formats/nettl/copies.h"
#include "core/formats/nettl/payload.h"
#include "core/formats/nettl/record.h"
#include "core/formats/nettl/ring_copies.h"
#include "core/formats/nettl/subsystems.h"
#include "core/formats/nettl/writer.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/reader_base.h"

namespace anchoko::formats {
namespace nettl {
namespace {

// No host has so many: more are a sign of damage, and would cost memory.
constexpr std::size_t max_interfaces = 4096;

class Reader final : public ReaderBase {
 public:
  Reader(BlockBuffer buffer, FileHeader file);
  ReadStatus next(PacketRecord& record) override;

 private:
  struct Source {
    std::int32_t device = -1;
    std::uint16_t subsystem = 0;
    LinkType link_type = LinkType::ethernet;
    bool operator==(const Source&) const = default;
  };

  ReadStatus end_of_input();
  ReadStatus skip_damage(std::string what);
  void deliver(const RecordHeader& header, const Subsystem& subsystem, Payload payload, PacketRecord& record);
  bool find_interface(const RecordHeader& header, const Subsystem& subsystem, LinkType link_type);
  InterfaceInfo describe(const RecordHeader& header, const Subsystem& subsystem, LinkType link_type) const;

  FileHeader file_;
  bool is_hpux_11_;
  std::vector<Source> sources_;  // of each interface
  std::uint32_t interface_ = 0;  // of the last packet
  // Of the first and the last packet; the last one may itself be damaged.
  std::array<std::uint32_t, 2> seconds_{};
  bool any_record_ = false;
  CopyTable copies_;
  std::vector<std::byte> options_;  // the packet's id
  std::vector<std::byte> scratch_;
};

Reader::Reader(BlockBuffer buffer, FileHeader file)
    : ReaderBase(std::move(buffer)), file_(std::move(file)), is_hpux_11_(file_.is_hpux_11()) {
  const std::array<std::byte, 8> no_id{};
  pcapng::append_option(options_, pcapng::option::packet_id, std::span<const std::byte>(no_id));
  std::string comment = "nettl trace";
  if (!file_.trace_name.empty()) comment += " " + file_.trace_name;
  if (!file_.time_zone.empty()) comment += ", time zone of the host " + file_.time_zone;
  section_comments_.push_back(std::move(comment));
}

ReadStatus Reader::end_of_input() {
  if (buffer_.failed()) return ReadStatus::failed;
  const std::size_t left = buffer_.available();
  if (left == 0) return end_of_records();
  return lose_rest(buffer_.offset(), "the file ends within a record header: " + std::to_string(left) +
                                         " of at least " + std::to_string(record_header_size) +
                                         " bytes are there");
}

ReadStatus Reader::skip_damage(std::string what) {
  return resynchronise(std::move(what), record_header_size, [this](const std::byte* at) -> std::size_t {
    const RecordHeader header = read_record_header(at);
    const auto near = std::span<const std::uint32_t>(seconds_).first(any_record_ ? seconds_.size() : 0);
    return is_convincing(header, near) ? header.length + header.captured : 0;
  });
}

InterfaceInfo Reader::describe(const RecordHeader& header, const Subsystem& subsystem,
                               LinkType link_type) const {
  InterfaceInfo info;
  info.link_type = link_type;
  info.file_order = ByteOrder::big;
  info.layer = subsystem.layer;
  info.name = interface_name(subsystem, header.device);
  info.description = "HP-UX tracing subsystem " + std::to_string(subsystem.id);
  if (header.device != -1) info.description += ", device " + std::to_string(header.device);
  info.os = file_.release.empty() ? "HP-UX" : "HP-UX " + file_.release;
  info.hardware = file_.model;
  info.host = file_.host;
  if (const char* text = remark(subsystem, link_type); text != nullptr) info.comments.emplace_back(text);
  return info;
}

bool Reader::find_interface(const RecordHeader& header, const Subsystem& subsystem, LinkType link_type) {
  const Source source{header.device, subsystem.id, link_type};
  if (!sources_.empty() && sources_[interface_] == source) [[likely]]
    return true;
  const auto found = std::find(sources_.begin(), sources_.end(), source);
  if (found == sources_.end()) {
    if (sources_.size() == max_interfaces) return false;
    interfaces_.push_back(describe(header, subsystem, link_type));
    sources_.push_back(source);
    interface_ = static_cast<std::uint32_t>(sources_.size() - 1);
  } else {
    interface_ = static_cast<std::uint32_t>(found - sources_.begin());
  }
  return true;
}

void Reader::deliver(const RecordHeader& header, const Subsystem& subsystem, Payload payload,
                     PacketRecord& record) {
  const std::int64_t time_us = std::int64_t{header.seconds} * 1'000'000 + header.microseconds;
  record.direction = direction_of(header.kind);
  const std::uint64_t id =
      copies_.identify({payload.link_type, payload.bare_protocol, payload.data, payload.original_length,
                        subsystem.layer, record.direction, time_us});
  store<std::uint64_t>(options_.data() + 4, id, ByteOrder::little);
  if (needs_assembly(payload)) assemble(payload, subsystem.content, record.direction, scratch_);
  record.data = payload.data;
  record.original_length = payload.original_length;
  record.interface = interface_;
  record.timestamp_ns = time_us * 1000;
  record.has_timestamp = true;
  record.options = options_;
}

ReadStatus Reader::next(PacketRecord& record) {
  while (true) {
    const std::byte* head = buffer_.peek(record_header_size);
    if (head == nullptr) return end_of_input();
    const RecordHeader header = read_record_header(head);
    if (!is_possible(header)) return skip_damage(describe_impossible(header));
    const std::size_t size = header.length + header.captured;
    const std::byte* whole = buffer_.peek(size);
    if (whole == nullptr) {
      if (buffer_.failed()) return ReadStatus::failed;
      return skip_damage("the file ends within a record: " + std::to_string(buffer_.available()) + " of " +
                         std::to_string(size) + " bytes are there");
    }
    const std::span<const std::byte> data{whole + header.length, header.captured};
    const Subsystem subsystem = find_subsystem(header.subsystem);
    if (!is_packet(header, subsystem, data)) {
      buffer_.consume(size);
      ++report_.skipped_blocks;
      report_.bytes = buffer_.offset();
      continue;
    }
    const Payload payload = find_payload(header, subsystem, data, is_hpux_11_);
    if (!find_interface(header, subsystem, payload.link_type)) [[unlikely]] {
      buffer_.consume(size);
      return note_damage(buffer_.offset() - size,
                         "more than " + std::to_string(max_interfaces) + " kinds of devices and subsystems",
                         size);
    }
    deliver(header, subsystem, payload, record);
    buffer_.consume(size);
    if (!any_record_) seconds_.front() = header.seconds;
    any_record_ = true;
    seconds_.back() = header.seconds;
    ++report_.records;
    report_.bytes = buffer_.offset();
    return ReadStatus::record;
  }
}

}  // namespace
}  // namespace nettl

Detection detect_nettl(std::span<const std::byte> start) {
  return nettl::is_nettl(start) ? Detection::mine : Detection::not_mine;
}

Result<std::unique_ptr<RecordReader>> open_nettl(std::unique_ptr<InputFile> input) {
  BlockBuffer buffer(std::move(input));
  const std::byte* header = buffer.peek(nettl::file_header_size);
  if (header == nullptr) {
    if (buffer.failed()) return fail(buffer.error());
    return fail(ErrorKind::failed, buffer.name() + ": the nettl file header is cut short: " +
                                       std::to_string(buffer.available()) + " of " +
                                       std::to_string(nettl::file_header_size) + " bytes are there");
  }
  if (!nettl::is_nettl({header, nettl::file_header_size}))
    return fail(ErrorKind::failed, buffer.name() + ": is not a nettl trace");
  nettl::FileHeader file = nettl::read_file_header(header);
  buffer.consume(nettl::file_header_size);
  return std::make_unique<nettl::Reader>(std::move(buffer), std::move(file));
}

std::optional<RingPart> nettl_ring_part(const std::string& path) {
  constexpr std::string_view suffix = ".TRC";
  constexpr std::size_t max_digits = 6;
  const auto at = path.rfind(suffix);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view digits = std::string_view(path).substr(at + suffix.size());
  if (digits.empty() || digits.size() > max_digits) return std::nullopt;
  RingPart part{path.substr(0, at + suffix.size())};
  const auto [rest, code] = std::from_chars(digits.data(), digits.data() + digits.size(), part.age);
  if (code != std::errc() || rest != digits.data() + digits.size()) return std::nullopt;
  return part;
}

CaptureFormat nettl_format() {
  return {"nettl",
          "nettl trace (HP-UX 9, 10, 11)",
          "TRC000 TRC00 TRC0 TRC001 TRC01 TRC1",
          detect_nettl,
          open_plainly<open_nettl>,
          create_nettl_writer,
          nettl_ring_part,
          nettl_ring_copies};
}

}  // namespace anchoko::formats
