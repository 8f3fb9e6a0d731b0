#include "core/formats/iptrace/writer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/other_link_types.h"

namespace anchoko::formats {
namespace iptrace {
namespace {

constexpr auto big = ByteOrder::big;
constexpr std::size_t atm_header = 4;

constexpr Unheld bare_ip{"bare_ip", "bare IP packets: written as those of a loopback interface"};
constexpr Unheld names{"interface_names", "names of interfaces: a substitute is written"};
constexpr Unheld unknown_directions{"unknown_directions",
                                    "packets of unknown direction: written as received"};
constexpr Unheld traffic_types{"atm_traffic_types", "kinds of traffic in ATM headers"};

const char* usual_letters(std::uint8_t type) {
  switch (type) {
    case interface_type::token_ring:
      return "tr";
    case interface_type::fddi:
      return "fi";
    case interface_type::loopback:
      return "lo";
    case interface_type::atm:
      return "at";
    default:
      return "en";
  }
}

}  // namespace

std::optional<Name> split_name(std::string_view name) {
  // The longest unit, so that "en10" is unit 10 of "en".
  for (std::size_t digits = std::min<std::size_t>(name.size(), 3); digits > 0; --digits) {
    const std::string_view letters = name.substr(0, name.size() - digits);
    const std::string_view number = name.substr(name.size() - digits);
    Name result;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), result.unit);
    if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) continue;
    if (digits > 1 && number.front() == '0') continue;
    if (letters.empty() || letters.size() > letters_size) continue;
    std::copy(letters.begin(), letters.end(), result.letters.begin());
    if (!letters_sound(std::as_bytes(std::span(result.letters)).data())) return std::nullopt;
    return result;
  }
  return std::nullopt;
}

Result<void> Writer::begin(const SectionInfo& section) {
  if (std::byte* at = reserve(file_header_size); at != nullptr) {
    std::memcpy(at, magic_2.data(), file_header_size);
    commit_bytes(file_header_size);
  }
  return WriterBase::begin(section);
}

bool Writer::taken(const Name& name, std::uint8_t type) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) {
    return source.interface_type == type && source.name == name;
  });
}

std::optional<Name> Writer::substitute(std::uint8_t type) const {
  for (unsigned unit = 0; unit <= UINT8_MAX; ++unit) {
    Name name;
    std::memcpy(name.letters.data(), usual_letters(type), 2);
    name.unit = static_cast<std::uint8_t>(unit);
    if (!taken(name, type)) return name;
  }
  return std::nullopt;
}

Result<std::uint32_t> Writer::add_interface(const InterfaceInfo& interface) {
  if (failed_) return fail(error_);
  Source source;
  source.link_type = interface.link_type;
  source.interface_type = interface_type_of(interface.link_type);
  if (source.interface_type) {
    auto name = split_name(interface.name);
    if (!name || taken(*name, *source.interface_type)) {
      name = substitute(*source.interface_type);
      if (!name) return fail(ErrorKind::failed, "iptrace writer: more interfaces than can be named");
      if (!interface.name.empty()) count_not_held(names);
    }
    source.name = *name;
  }
  sources_.push_back(source);
  if (interface.snaplen != 0) count_not_held(not_held::snaplens);
  if (interface.link_type_extra != 0) count_not_held(not_held::check_sequences);
  if (interface.link_type == LinkType::ipv4 || interface.link_type == LinkType::ipv6)
    count_not_held(not_held::ip_versions);
  if (source.interface_type == interface_type::loopback && !interface.name.starts_with("lo"))
    count_not_held(bare_ip);
  count_interface_texts(interface);
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

bool Writer::accept(const PacketRecord& record) {
  if (failed_) return false;
  if (record.interface >= sources_.size()) return refuse("a record names an interface that was not added");
  const Source& source = sources_[record.interface];
  if (!source.interface_type) {
    return refuse("link type " + link_type_name(source.link_type) + " has no place in an iptrace file");
  }
  if (!length_fits(record.data.size(), max_packet) || !time_fits(record)) return false;
  if (source.link_type == link_sunatm && record.data.size() < atm_header) {
    return refuse("a record is too short for its ATM header");
  }
  return true;
}

void Writer::count_lost(const PacketRecord& record) {
  if (!record.has_timestamp) count_not_held(not_held::missing_times);
  if (record.direction == PacketDirection::unknown) count_not_held(unknown_directions);
  if (record.original_length != record.data.size()) count_not_held(not_held::original_lengths);
  if (!record.options.empty()) count_not_held(not_held::packet_options);
}

// "VPI.VCI", from the header of LINKTYPE_SUNATM.
bool Writer::write_circuit(std::byte* text, const PacketRecord& record) {
  const auto flags = record.data[0];
  const std::string circuit = std::to_string(std::to_integer<unsigned>(record.data[1])) + "." +
                              std::to_string(load_be16(record.data.data() + 2));
  if (circuit.size() > circuit_size) return refuse("the ATM circuit " + circuit + " does not fit");
  if ((flags & std::byte{0x7f}) != std::byte{0}) count_not_held(traffic_types);
  std::memcpy(text, circuit.data(), circuit.size());
  return true;
}

bool Writer::write(const PacketRecord& record) {
  if (!accept(record)) [[unlikely]]
    return false;
  const Source& source = sources_[record.interface];
  count_lost(record);
  const bool atm = source.link_type == link_sunatm;
  const auto data = record.data.subspan(atm ? atm_header : 0);
  const std::size_t data_offset =
      data_offset_2 + (*source.interface_type == interface_type::fddi ? fddi_padding : 0);
  const std::size_t size = data_offset + data.size();
  std::byte* at = reserve(size);
  if (at == nullptr) return false;
  std::memset(at, 0, data_offset);
  const std::int64_t time = record.has_timestamp ? record.timestamp_ns : 0;
  const auto seconds = static_cast<std::uint32_t>(time / 1'000'000'000);
  store<std::uint32_t>(at, static_cast<std::uint32_t>(size - prefix), big);
  store<std::uint32_t>(at + seconds_offset, seconds, big);
  at[unit_offset] = std::byte{source.name.unit};
  std::memcpy(at + letters_offset, source.name.letters.data(), letters_size);
  at[type_offset] = std::byte{*source.interface_type};
  at[sent_offset] = std::byte{record.direction == PacketDirection::outbound};
  store<std::uint32_t>(at + fine_seconds_offset, seconds, big);
  store<std::uint32_t>(at + nanoseconds_offset, static_cast<std::uint32_t>(time % 1'000'000'000), big);
  if (atm && !write_circuit(at + circuit_offset, record)) return false;
  if (!data.empty()) std::memcpy(at + data_offset, data.data(), data.size());
  return commit_bytes(size);
}

}  // namespace iptrace

Result<std::unique_ptr<RecordWriter>> create_iptrace_writer(std::unique_ptr<OutputFile> output) {
  return std::make_unique<iptrace::Writer>(std::move(output));
}

}  // namespace anchoko::formats
