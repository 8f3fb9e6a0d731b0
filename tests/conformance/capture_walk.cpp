#include "tests/conformance/capture_walk.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/base/byte_cursor.h"
#include "tests/conformance/etl_walk.h"

namespace anchoko::walk {
namespace {

using Bytes = std::span<const std::byte>;
constexpr std::size_t max_data = 262144;

// Walks records that follow each other without gaps. `record(rest)` answers the part that begins there, its
// offset left open, or nothing where none is sound.
template <typename Record>
Walk chain(Bytes file, std::size_t header, Record record) {
  Walk walk;
  if (file.size() < header) return walk;
  walk.parts.push_back({0, header, Kind::description});
  walk.decisive = header;
  std::size_t at = header;
  while (at < file.size()) {
    const Bytes rest = file.subspan(at);
    std::optional<Part> part = record(rest);
    if (!part || part->size > rest.size()) return walk;
    part->offset = at;
    walk.parts.push_back(*part);
    at += part->size;
  }
  walk.whole = true;
  return walk;
}

// The AIX kind (version 2.2) and others of before 2.3 have the original length in front.
Walk walk_pcap(Bytes file) {
  if (file.size() < 24) return {};
  auto order = ByteOrder::little;
  std::size_t header = 16;
  for (const auto one : {ByteOrder::little, ByteOrder::big}) {
    const auto magic = load<std::uint32_t>(file.data(), one);
    if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d && magic != 0xa1b2cd34) continue;
    order = one;
    header = magic == 0xa1b2cd34 ? 24 : 16;
  }
  const auto major = load<std::uint16_t>(file.data() + 4, order);
  const auto minor = load<std::uint16_t>(file.data() + 6, order);
  return chain(file, 24, [=](Bytes rest) -> std::optional<Part> {
    if (rest.size() < header) return std::nullopt;
    const auto first = load<std::uint32_t>(rest.data() + 8, order);
    const auto second = load<std::uint32_t>(rest.data() + 12, order);
    const bool old = major != 2 || minor < 3;
    const std::size_t captured = old ? second : minor == 3 ? std::min(first, second) : first;
    if (captured > max_data) return std::nullopt;
    return Part{0, header + captured, Kind::packet};
  });
}

// Blocks of one kind after the other; interfaces are counted, packets must belong to one.
class PcapngWalk {
 public:
  std::optional<Part> block(Bytes rest) {
    if (rest.size() < 12) return std::nullopt;
    auto type = load<std::uint32_t>(rest.data(), order_);
    if (type == section_header) {
      if (load<std::uint32_t>(rest.data() + 8, order_) != byte_order_magic)
        order_ = order_ == ByteOrder::little ? ByteOrder::big : ByteOrder::little;
      if (load<std::uint32_t>(rest.data() + 8, order_) != byte_order_magic) return std::nullopt;
      interfaces_ = 0;
    }
    const std::size_t size = load<std::uint32_t>(rest.data() + 4, order_);
    if (size < 12 || size % 4 != 0 || size > rest.size()) return std::nullopt;
    if (load<std::uint32_t>(rest.data() + size - 4, order_) != size) return std::nullopt;
    const auto kind = kind_of(type, rest.subspan(8, size - 12));
    if (!kind) return std::nullopt;
    return Part{0, size, *kind};
  }

 private:
  static constexpr std::uint32_t section_header = 0x0a0d0d0a;
  static constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;

  std::uint32_t number(Bytes body, std::size_t at) const {
    return load<std::uint32_t>(body.data() + at, order_);
  }
  std::optional<Kind> kind_of(std::uint32_t type, Bytes body) {
    switch (type) {
      case section_header:
        if (body.size() < 16 || load<std::uint16_t>(body.data() + 4, order_) != 1) return std::nullopt;
        return Kind::description;
      case 1:
        if (body.size() < 8) return std::nullopt;
        if (interfaces_++ == 0) snaplen_ = number(body, 4);
        return Kind::description;
      case 2:
      case 6: {
        if (body.size() < 20) return std::nullopt;
        const auto interface = type == 6 ? number(body, 0) : load<std::uint16_t>(body.data(), order_);
        if (interface >= interfaces_ || number(body, 12) > body.size() - 20) return std::nullopt;
        return Kind::packet;
      }
      case 3:
        if (body.size() < 4 || interfaces_ == 0) return std::nullopt;
        if (std::min(number(body, 0), snaplen_ == 0 ? UINT32_MAX : snaplen_) > body.size() - 4)
          return std::nullopt;
        return Kind::packet;
      case 5:
        if (body.size() < 12 || number(body, 0) >= interfaces_) return std::nullopt;
        return Kind::other;
      default:
        return Kind::other;
    }
  }

  ByteOrder order_ = ByteOrder::little;
  std::uint32_t interfaces_ = 0;
  std::uint32_t snaplen_ = 0;
};

Walk walk_pcapng(Bytes file) {
  PcapngWalk blocks;
  Walk walk = chain(file, 0, [&](Bytes rest) { return blocks.block(rest); });
  if (!walk.parts.empty()) walk.parts.erase(walk.parts.begin());  // the header is a block here
  if (walk.parts.empty() || file.size() < 4 || load_le32(file.data()) != 0x0a0d0d0a) walk.whole = false;
  return walk;
}

// Version 1 has no link type; 12 bytes are an empty capture; a stream that was stopped ends with a newline.
Walk walk_snoop(Bytes file) {
  if (file.size() < 12) return {};
  if (file.size() == 12) return {{{0, 12, Kind::description}}, 12, true};
  const std::size_t header = load_be32(file.data() + 8) == 1 ? 12 : 16;
  if (file.size() > header && file.back() == std::byte{'\n'}) {
    const Walk without = walk_snoop(file.first(file.size() - 1));
    if (without.whole) return without;
  }
  Walk walk = chain(file, header, [](Bytes rest) -> std::optional<Part> {
    if (rest.size() < 24) return std::nullopt;
    const std::size_t included = load_be32(rest.data() + 4);
    const std::size_t size = load_be32(rest.data() + 8);
    if (included > max_data || size < 24 + included) return std::nullopt;
    return Part{0, size, Kind::packet, size - 24 - included};
  });
  walk.decisive += 12;  // much padding in the first record means another program, and other link types
  return walk;
}

Walk walk_iptrace(Bytes file) {
  if (file.size() < 11) return {};
  const bool first = file[8] == std::byte{'1'};
  return chain(file, 11, [=](Bytes rest) -> std::optional<Part> {
    const std::size_t fixed = first ? 22 : 32;
    if (rest.size() < 8 + fixed) return std::nullopt;
    const std::size_t body = load_be32(rest.data());
    const std::size_t pad = rest[28] == std::byte{0x0f} ? 3 : 0;  // FDDI
    if (body < fixed + pad || body > fixed + pad + max_data) return std::nullopt;
    return Part{0, 8 + body, Kind::packet};
  });
}

// What stands before the packet; nothing: descriptions do not name the subsystem.
std::optional<std::size_t> nettl_pad(std::uint16_t subsystem) {
  switch (subsystem) {
    case 2:
      return 26;
    case 34:
    case 35:
      return 24;
    case 174:
    case 176:
    case 177:
      return 3;
    case 268:
      return 8;
    case 6:
    case 8:
    case 9:
    case 164:
    case 244:
    case 253:
      return 0;
    default:
      return std::nullopt;
  }
}

std::optional<Kind> nettl_kind(Bytes record, std::size_t header, std::size_t captured) {
  constexpr std::uint16_t driver = 11;
  const auto subsystem = load_be16(record.data() + 2);
  const auto bits = load_be32(record.data() + 12);
  const bool pdu = (bits & 0x30000000) != 0;
  if (subsystem == driver) {
    if (captured < 22) return pdu ? std::nullopt : std::optional(Kind::maybe_packet);
    const std::size_t inner = load_be16(record.data() + header + 4);
    const bool consistent = captured == inner + 22 || captured == inner + 24;
    return consistent && (pdu || bits == 0) ? Kind::packet : Kind::maybe_packet;
  }
  const auto pad = nettl_pad(subsystem);
  if (!pdu) return Kind::other;
  if (!pad) return Kind::maybe_packet;
  if (captured < *pad) return std::nullopt;
  return Kind::packet;
}

Walk walk_nettl(Bytes file) {
  return chain(file, 128, [](Bytes rest) -> std::optional<Part> {
    if (rest.size() < 64) return std::nullopt;
    const std::size_t header = load_be16(rest.data());
    const std::size_t captured = load_be32(rest.data() + 32);
    if (header < 64 || captured > max_data || header + captured > rest.size()) return std::nullopt;
    const auto kind = nettl_kind(rest, header, captured);
    if (!kind) return std::nullopt;
    return Part{0, header + captured, *kind};
  });
}

struct Known {
  std::string_view format;
  Walk (*walk)(Bytes file);
};
constexpr Known formats[] = {
    {"pcap", walk_pcap},       {"pcapng", walk_pcapng}, {"snoop", walk_snoop},
    {"iptrace", walk_iptrace}, {"nettl", walk_nettl},   {"etl", walk_etl},
};

}  // namespace

Walk walk(std::string_view format, std::span<const std::byte> file) {
  const auto known = std::ranges::find(formats, format, &Known::format);
  return known == std::end(formats) ? Walk{} : known->walk(file);
}

bool knows(std::string_view format) {
  return std::ranges::find(formats, format, &Known::format) != std::end(formats);
}

}  // namespace anchoko::walk
