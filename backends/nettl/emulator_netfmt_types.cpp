#include "backends/nettl/emulator_netfmt_types.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "core/base/byte_cursor.h"

namespace anchoko::nettl::emulated {
namespace {

using Layer = FormatFilter::Layer;
using Test = FormatFilter::Test;

std::unexpected<Error> wrong(const std::string& text) {
  return fail(ErrorKind::usage, text);
}

std::optional<std::uint32_t> address(const std::string& text) {
  in_addr parsed{};
  if (inet_pton(AF_INET, text.c_str(), &parsed) != 1) return std::nullopt;
  std::array<std::byte, 4> bytes{};
  std::memcpy(bytes.data(), &parsed, sizeof parsed);
  return load_be32(bytes.data());
}

std::optional<std::array<std::byte, 16>> address6(const std::string& text) {
  std::array<std::byte, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

using Field = std::function<std::optional<std::uint64_t>(const ReadRecord&)>;

Field transport_word(std::uint8_t protocol, std::size_t at) {
  return [=](const ReadRecord& read) -> std::optional<std::uint64_t> {
    if (read.packet.protocol != protocol || read.packet.transport.size() < at + 2) return std::nullopt;
    return word_at(read.packet.transport, at);
  };
}

// Behind the length of an 802.3 frame.
Field service_access_point(std::size_t at) {
  return [=](const ReadRecord& read) -> std::optional<std::uint64_t> {
    const Bytes frame = Bytes(read.record.data).subspan(read.pad);
    if (!read.packet.mac_source || read.packet.type || frame.size() < 17) return std::nullopt;
    return byte_at(frame, 14 + at);
  };
}

Test equals(Field field, std::uint64_t value) {
  return [field = std::move(field), value](const ReadRecord& read) -> std::optional<bool> {
    const auto found = field(read);
    if (!found) return std::nullopt;
    return *found == value;
  };
}

Test equals6(std::size_t at, const std::array<std::byte, 16>& value) {
  return [=](const ReadRecord& read) -> std::optional<bool> {
    if (!read.packet.version6) return std::nullopt;
    return std::equal(value.begin(), value.end(), read.packet.ip.begin() + static_cast<std::ptrdiff_t>(at));
  };
}

Test any() {
  return [](const ReadRecord&) -> std::optional<bool> { return true; };
}

struct Numeric {
  std::string_view type;
  Layer layer;
  std::uint64_t most;
  bool from_memory;
  Field (*field)();
};
const std::array<Numeric, 8> numerics = {{
    {"dsap", Layer::link, 255, false, [] { return service_access_point(0); }},
    {"ssap", Layer::link, 255, false, [] { return service_access_point(1); }},
    {"type", Layer::link, 65535, false,
     [] {
       return Field([](const ReadRecord& read) -> std::optional<std::uint64_t> { return read.packet.type; });
     }},
    {"ip_proto", Layer::network, 255, true,
     [] {
       return Field(
           [](const ReadRecord& read) -> std::optional<std::uint64_t> { return read.packet.protocol; });
     }},
    {"tcp_sport", Layer::transport, 65535, true, [] { return transport_word(6, 0); }},
    {"tcp_dport", Layer::transport, 65535, true, [] { return transport_word(6, 2); }},
    {"udp_sport", Layer::transport, 65535, true, [] { return transport_word(17, 0); }},
    {"udp_dport", Layer::transport, 65535, true, [] { return transport_word(17, 2); }},
}};

struct End {
  std::optional<std::uint32_t> v4;
  std::optional<std::array<std::byte, 16>> v6;
  std::uint64_t port = 0;
};

std::optional<End> end_of(const std::string& text, char separator) {
  const auto cut = text.rfind(separator);
  if (cut == std::string::npos) return std::nullopt;
  const auto port = parse_number(text.substr(cut + 1), 65535);
  End end;
  if (separator == ':') end.v4 = address(text.substr(0, cut));
  if (separator == '|') end.v6 = address6(text.substr(0, cut));
  if (!port || (!end.v4 && !end.v6)) return std::nullopt;
  end.port = *port;
  return end;
}

// Both directions of a connection.
Test connection(const End& one, const End& other) {
  const auto is = [](const ReadRecord& read, const End& end, bool source) {
    const auto& packet = read.packet;
    if (word_at(packet.transport, source ? 0 : 2) != end.port) return false;
    if (end.v4) return (source ? packet.source : packet.destination) == end.v4;
    return equals6(source ? 8 : 24, *end.v6)(read).value_or(false);
  };
  return [=](const ReadRecord& read) -> std::optional<bool> {
    if (read.packet.transport.size() < 4) return std::nullopt;
    return (is(read, one, true) && is(read, other, false)) || (is(read, other, true) && is(read, one, false));
  };
}

Result<std::pair<Layer, Test>> simple_test(const FormatReading& reading, const Names& names,
                                           const std::string& type, const std::string& value) {
  const bool all = value == "*";
  const auto invalid = [&] { return wrong("invalid value \"" + value + "\" for " + type); };
  for (const auto& one : numerics) {
    if (!same_word(one.type, type) || (one.from_memory && !reading.port_types)) continue;
    const auto wanted = parse_number(value, one.most);
    if (!wanted && !all) return invalid();
    return std::pair(one.layer, all ? any() : equals(one.field(), *wanted));
  }
  if (same_word(type, "dest") || same_word(type, "source")) {
    const auto named = names.find(value);
    const auto wanted = parse_station(named == names.end() ? value : named->second);
    if (!wanted && !all) return invalid();
    const bool source = same_word(type, "source");
    return std::pair(Layer::link, all ? any()
                                      : equals(
                                            [source](const ReadRecord& read) {
                                              return source ? read.packet.mac_source
                                                            : read.packet.mac_destination;
                                            },
                                            *wanted));
  }
  if (same_word(type, "interface")) {
    const bool known = (value.starts_with("lan") || value.starts_with("lo")) && interface_number(value);
    if (!known && !all) return invalid();
    return std::pair(Layer::link, all ? any()
                                      : equals(
                                            [](const ReadRecord& read) {
                                              return std::optional(static_cast<std::uint64_t>(
                                                  static_cast<std::uint32_t>(read.record.device)));
                                            },
                                            *interface_number(value)));
  }
  if (same_word(type, "ip_saddr") || same_word(type, "ip_daddr")) {
    const auto wanted = address(value);
    if (!wanted && !all) return invalid();
    const bool source = same_word(type, "ip_saddr");
    return std::pair(Layer::network, all ? any()
                                         : equals(
                                               [source](const ReadRecord& read) {
                                                 return source ? read.packet.source : read.packet.destination;
                                               },
                                               *wanted));
  }
  if (same_word(type, "ip6_saddr") || same_word(type, "ip6_daddr")) {
    const auto wanted = address6(value);
    if (!wanted && !all) return invalid();
    return std::pair(Layer::network, all ? any() : equals6(same_word(type, "ip6_saddr") ? 8 : 24, *wanted));
  }
  return wrong("unknown filter type \"" + type + "\"");
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_station(std::string text) {
  std::erase(text, '-');
  if (text.starts_with("0x")) text.erase(0, 2);
  if (text.size() != 12) return std::nullopt;
  return parse_number("0x" + text, 0xffffffffffff);
}

Result<std::pair<Layer, Test>> lan_test(const FormatReading& reading, const Names& names,
                                        const std::string& type, std::span<const std::string> values) {
  if (same_word(type, "connection") || same_word(type, "connection6")) {
    const char separator = same_word(type, "connection") ? ':' : '|';
    if (values.size() == 1 && values[0] == "*") return std::pair(Layer::transport, any());
    if (values.size() != 2) return wrong("\"" + type + "\" takes two ends");
    const auto one = end_of(values[0], separator), other = end_of(values[1], separator);
    if (!one || !other) return wrong("invalid end of a connection");
    return std::pair(Layer::transport, connection(*one, *other));
  }
  if (values.size() != 1) return wrong("\"" + type + "\" takes one value");
  return simple_test(reading, names, type, values[0]);
}

}  // namespace anchoko::nettl::emulated
