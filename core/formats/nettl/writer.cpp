#include "core/formats/nettl/writer.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/nettl/payload.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::formats {
namespace nettl {
namespace {

// As Wireshark's writer chooses.
constexpr std::uint16_t btlan = 210;
constexpr std::uint16_t pci_fddi = 176;
constexpr std::uint16_t pci_token_ring = 187;
constexpr std::uint16_t ns_ls_ip = 9;
constexpr std::uint16_t ns_ls_ipv6 = 244;
constexpr std::uint16_t ns_ls_sctp = 268;

constexpr Unheld one_host{"hosts", "hosts beyond the first, and the ends of names longer than 8 characters"};

std::optional<std::uint16_t> usual_subsystem(LinkType link_type) {
  switch (link_type) {
    case LinkType::ethernet:
      return btlan;
    case LinkType::fddi:
      return pci_fddi;
    case LinkType::token_ring:
      return pci_token_ring;
    case LinkType::raw:
    case LinkType::ipv4:
      return ns_ls_ip;
    case LinkType::ipv6:
      return ns_ls_ipv6;
    default:
      if (link_type == link_type_sctp) return ns_ls_sctp;
      return std::nullopt;
  }
}

// Whether a packet of that link type, put behind the subsystem's pad, is read as what it was.
bool holds(Content content, LinkType link_type) {
  switch (content) {
    case Content::ethernet:
      return link_type == LinkType::ethernet;
    case Content::token_ring:
      return link_type == LinkType::token_ring;
    case Content::fddi:
      return link_type == LinkType::fddi;
    case Content::ip:
      return link_type == LinkType::raw;
    case Content::sctp:
      return link_type == link_type_sctp;
    default:
      return false;
  }
}

std::optional<std::int32_t> number_behind(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return std::nullopt;
  text.remove_prefix(word.size());
  std::int32_t value = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || rest != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool has_other_options(std::span<const std::byte> options) {
  pcapng::OptionList list(options, ByteOrder::little);
  pcapng::Option option;
  while (list.next(option)) {
    if (option.code != pcapng::option::packet_id) return true;
  }
  return false;
}

std::uint32_t kind_of(PacketDirection direction) {
  switch (direction) {
    case PacketDirection::inbound:
      return kind::pdu_in;
    case PacketDirection::outbound:
      return kind::pdu_out;
    default:
      return kind::pdu;
  }
}

// The pad is zeros, but for SCTP: binary data (3), in (1) or out (2).
void write_pad(const Subsystem& subsystem, PacketDirection direction, std::byte* at) {
  std::fill_n(at, subsystem.pad, std::byte{0});
  if (subsystem.content != Content::sctp) return;
  store<std::uint32_t>(at, 3, ByteOrder::big);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(direction), ByteOrder::big);
}

}  // namespace

// Reads names as interface_name() makes them: "lan2 IGELAN", "NS_LS_IP", "NS_LS_IP device 3".
Writer::Target Writer::choose_target(const InterfaceInfo& interface) const {
  const std::string_view name = interface.name;
  const auto space = name.find(' ');
  const std::string_view first = name.substr(0, space);
  const std::string_view rest = space == std::string_view::npos ? std::string_view() : name.substr(space + 1);
  const auto lan = number_behind(first, "lan");
  const Subsystem named = find_subsystem(lan ? rest : first);
  Target target;
  target.link_type = interface.link_type;
  if (named.name != nullptr && holds(named.content, interface.link_type)) {
    target.subsystem = named;
    // Above the link level the name does not tell device 0 from none: 0 it is.
    const std::int32_t unnamed = interface_name(named, 0) == name ? 0 : -1;
    target.device = lan.value_or(number_behind(rest, "device ").value_or(unnamed));
    if (interface_name(named, target.device) == name) return target;
  }
  target.subsystem = find_subsystem(*usual_subsystem(interface.link_type));
  target.device = lan && rest.empty() ? *lan : 0;
  const auto taken = [&] {
    return std::any_of(targets_.begin(), targets_.end(), [&](const Target& other) {
      return other.subsystem.id == target.subsystem.id && other.device == target.device;
    });
  };
  while (taken()) ++target.device;
  return target;
}

// The file header holds one host; it is that of the first interface that names one.
void Writer::describe_host(const InterfaceInfo& interface) {
  constexpr std::size_t longest = 8;
  if (!interface.host.empty()) {
    const std::string host = interface.host.substr(0, longest);
    if (header_.host.empty() && !header_written_) header_.host = host;
    if (header_.host != interface.host) count_not_held(one_host);
  }
  constexpr std::string_view system = "HP-UX ";
  const std::string_view os = interface.os;
  if (header_written_ || !os.starts_with(system) || os.size() > system.size() + longest) return;
  if (header_.release.empty()) header_.release = os.substr(system.size());
  if (header_.model.empty()) header_.model = interface.hardware;
}

Result<std::uint32_t> Writer::add_interface(const InterfaceInfo& interface) {
  if (!usual_subsystem(interface.link_type)) {
    return fail(
        ErrorKind::failed,
        "nettl writer: no subsystem holds packets of link type " + link_type_name(interface.link_type),
        "nettl holds Ethernet, Token Ring, FDDI, raw IP and SCTP");
  }
  if (failed_) return fail(error_);
  describe_host(interface);
  const Target target = choose_target(interface);
  if (!interface.name.empty() && interface_name(target.subsystem, target.device) != interface.name)
    count_not_held(not_held::interface_names);
  if (!interface.filter.empty() || !interface.comments.empty() || !interface.other_options.empty())
    count_not_held(not_held::interface_texts);
  if (interface.link_type == LinkType::ipv4 || interface.link_type == LinkType::ipv6)
    count_not_held(not_held::ip_versions);
  if (interface.statistics) count_not_held(not_held::statistics);
  if (interface.original_lengths_unknown) count_not_held(not_held::unknown_lengths);
  targets_.push_back(target);
  return static_cast<std::uint32_t>(targets_.size() - 1);
}

bool Writer::write_header() {
  if (header_.release.empty()) header_.release = "B.11.11";
  if (header_.model.empty()) header_.model = "9000/800";
  header_.trace_name = "/tmp/anchoko.TRC000";
  header_.time_zone = "UTC";
  header_written_ = true;
  std::byte* at = reserve(file_header_size);
  if (at == nullptr) return false;
  write_file_header(header_, at);
  return commit_bytes(file_header_size);
}

bool Writer::accept(const PacketRecord& record) {
  if (failed_) return false;
  if (record.interface >= targets_.size()) return refuse("a record names an interface that was not added");
  const std::uint32_t pad = targets_[record.interface].subsystem.pad;
  if (!length_fits(record.data.size(), max_record_data - pad) || !time_fits(record)) return false;
  if (record.original_length > UINT32_MAX - pad)
    return refuse("a record says it was " + std::to_string(record.original_length) +
                  " bytes long on the wire");
  return header_written_ || write_header();
}

void Writer::count_losses(const PacketRecord& record) {
  if (!record.options.empty() && has_other_options(record.options)) count_not_held(not_held::packet_options);
  if (!record.has_timestamp) {
    count_not_held(not_held::missing_times);
  } else if (record.timestamp_ns % 1000 != 0) {
    count_not_held(not_held::fine_times);
  }
}

bool Writer::write(const PacketRecord& record) {
  if (!accept(record)) [[unlikely]]
    return false;
  count_losses(record);
  const Target& target = targets_[record.interface];
  const std::uint32_t pad = target.subsystem.pad;
  const std::int64_t time_us = record.has_timestamp ? record.timestamp_ns / 1000 : 0;
  RecordHeader header;
  header.subsystem = target.subsystem.id;
  header.device = target.device;
  header.kind = kind_of(record.direction);
  header.captured = static_cast<std::uint32_t>(record.data.size()) + pad;
  header.original = record.original_length + pad;
  header.seconds = static_cast<std::uint32_t>(time_us / 1'000'000);
  header.microseconds = static_cast<std::uint32_t>(time_us % 1'000'000);
  const std::size_t size = record_header_size_11 + header.captured;
  std::byte* at = reserve(size);
  if (at == nullptr) return false;
  write_record_header(header, at);
  write_pad(target.subsystem, record.direction, at + record_header_size_11);
  std::copy(record.data.begin(), record.data.end(), at + record_header_size_11 + pad);
  return commit_bytes(size);
}

Result<void> Writer::flush() {
  if (!failed_ && !header_written_) write_header();
  return WriterBase::flush();
}

Result<void> Writer::finish() {
  if (!failed_ && !header_written_) write_header();
  return WriterBase::finish();
}

}  // namespace nettl

Result<std::unique_ptr<RecordWriter>> create_nettl_writer(std::unique_ptr<OutputFile> output) {
  return std::make_unique<nettl::Writer>(std::move(output));
}

}  // namespace anchoko::formats
