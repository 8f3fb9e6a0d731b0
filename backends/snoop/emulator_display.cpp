#include "backends/snoop/emulator_display.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <ctime>

#include "core/base/hex.h"

namespace anchoko::snoop::emulated {
namespace {

struct Layer {
  std::string name, text;
};

// The layers of one packet, from the outermost.
struct Layers {
  std::string source, destination;
  std::vector<Layer> list;
};

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
  char text[256];
  va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

std::string mac_text(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes)
    text += (text.empty() ? "" : ":") + format("%x", std::to_integer<unsigned>(byte));
  return text;
}

Address address_at(std::span<const std::byte> bytes, std::size_t at, bool six) {
  Address address;
  address.six = six;
  for (std::size_t i = 0; i < (six ? 16U : 4U); ++i)
    address.bytes.at(i) = std::to_integer<std::uint8_t>(bytes[at + i]);
  return address;
}

void add_transport(Layers& layers, std::span<const std::byte> bytes, std::size_t at, std::uint32_t protocol) {
  const auto field = [&](std::size_t place, std::size_t size) {
    return number_at(bytes, at + place, size).value_or(0);
  };
  if (protocol == 6) {
    layers.list.push_back(
        {"TCP",
         format("D=%u S=%u Ack=%u Seq=%u Len=%zu Win=%u", field(2, 2), field(0, 2), field(8, 4), field(4, 4),
                bytes.size() - std::min<std::size_t>(bytes.size(), at + (field(12, 1) >> 4) * 4),
                field(14, 2))});
  } else if (protocol == 17) {
    layers.list.push_back({"UDP", format("D=%u S=%u LEN=%u", field(2, 2), field(0, 2), field(4, 2))});
  } else if (protocol == 1 || protocol == 58) {
    layers.list.push_back(
        {protocol == 1 ? "ICMP" : "ICMPv6", format("Type=%u Code=%u", field(0, 1), field(1, 1))});
  }
}

}  // namespace

std::string Display::shown(const Address& address) const {
  if (!options_.numeric)
    if (const auto name = names_.name_of(address)) return *name;
  return emulated::text_of(address);
}

std::string Display::time_of(const Record& record) {
  const std::int64_t time = std::int64_t{record.seconds} * 1'000'000 + record.microseconds;
  if (!any_) first_ = previous_ = time;
  any_ = true;
  if (options_.time_style == 'a') {
    const std::time_t seconds = record.seconds;
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return format("%d:%02d:%02d.%05u", parts.tm_hour, parts.tm_min, parts.tm_sec, record.microseconds / 10);
  }
  const std::int64_t since = time - (options_.time_style == 'r' ? first_ : previous_);
  previous_ = time;
  return format("%3lld.%05lld", static_cast<long long>(since / 1'000'000),
                static_cast<long long>(since % 1'000'000 / 10));
}

std::string Display::hex_dump(const Record& record) const {
  std::string text;
  std::span<const std::byte> bytes = record.bytes;
  const std::size_t from = std::min<std::size_t>(options_.hex->offset, bytes.size());
  bytes = bytes.subspan(from);
  if (options_.hex->length && *options_.hex->length > 0)
    bytes = bytes.first(std::min<std::size_t>(*options_.hex->length, bytes.size()));
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const auto line = bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at));
    std::string digits, characters;
    for (std::size_t i = 0; i < line.size(); ++i) {
      digits += hex(line.subspan(i, 1)) + (i % 2 ? " " : "");
      const auto c = std::to_integer<unsigned char>(line[i]);
      characters += c >= ' ' && c < 127 ? static_cast<char>(c) : '.';
    }
    text += format("\t%4zu: %-40s   %s\n", from + at, digits.c_str(), characters.c_str());
  }
  return text + "\n";
}

std::string Display::text_of(const Record& record, std::uint32_t number) {
  const Packet packet{record.bytes, record.original};
  const Layout layout(medium_, release_);
  Layers layers{"?", "?", {}};
  if (is_ethernet(medium_) && record.bytes.size() >= 14) {
    const std::span<const std::byte> bytes = record.bytes;
    layers.destination = mac_text(bytes.first(6));
    layers.source = mac_text(bytes.subspan(6, 6));
    const auto at = layout.ethertype_at(packet);
    const auto type = at ? number_at(bytes, *at, 2) : std::nullopt;
    layers.list.push_back({"ETHER", format("Type=%04X, size = %u bytes", type.value_or(0), record.original)});
    if (type == 0x0806)
      layers.list.push_back({"ARP", number_at(bytes, *at + 8, 2) == 1U ? "C Who is it" : "R reply"});
  }
  const auto family = layout.family(packet);
  const auto network = layout.network_at(packet);
  const bool six = family == 6;
  if (network && (six || family == 4) && record.bytes.size() >= *network + (six ? 40U : 20U)) {
    const auto source = address_at(record.bytes, *network + (six ? 8U : 12U), six);
    const auto destination = address_at(record.bytes, *network + (six ? 24U : 16U), six);
    layers.source = shown(source);
    layers.destination = shown(destination);
    const auto protocol = number_at(record.bytes, *network + (six ? 6U : 9U), 1).value_or(0);
    layers.list.push_back(
        {six ? "IPv6" : "IP",
         format("D=%s S=%s LEN=%u, ID/next=%u", emulated::text_of(destination).c_str(),
                emulated::text_of(source).c_str(),
                number_at(record.bytes, *network + (six ? 4U : 2U), 2).value_or(0), protocol)});
    if (const auto transport = layout.transport_at(packet))
      add_transport(layers, record.bytes, *transport, protocol);
  }
  std::string before = format("%3u %s ", number, time_of(record).c_str());
  if (options_.show_drops) before += format("drops: %u ", record.drops);
  if (options_.show_length) before += format("length: %4u ", record.original);
  std::string text;
  if (layers.list.empty()) layers.list.push_back({"", "truncated"});
  const bool all = options_.all_layers || options_.verbose;
  if (all) text += "________________________________\n";
  for (std::size_t i = all ? 0 : layers.list.size() - 1; i < layers.list.size(); ++i)
    text += before + format("%12s -> %-12s ", layers.source.c_str(), layers.destination.c_str()) +
            layers.list[i].name + " " + layers.list[i].text + "\n";
  if (options_.hex) text += "\n" + hex_dump(record);
  return text;
}

}  // namespace anchoko::snoop::emulated
