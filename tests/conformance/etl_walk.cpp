#include "tests/conformance/etl_walk.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "core/base/byte_cursor.h"

namespace anchoko::walk {
namespace {

using Bytes = std::span<const std::byte>;
constexpr std::size_t buffer_header = 72;
constexpr std::size_t event_header = 80;
constexpr std::size_t most_used = std::size_t{16} * 1024 * 1024;

std::uint16_t u16(Bytes bytes, std::size_t at) {
  return load<std::uint16_t>(bytes.data() + at, ByteOrder::little);
}
std::uint32_t u32(Bytes bytes, std::size_t at) {
  return load<std::uint32_t>(bytes.data() + at, ByteOrder::little);
}
std::uint64_t u64(Bytes bytes, std::size_t at) {
  return load<std::uint64_t>(bytes.data() + at, ByteOrder::little);
}
std::uint8_t u8(Bytes bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

// Plain LZ77 (etl-format.md 2.1).
class Inflater {
 public:
  Inflater(Bytes data, std::size_t size) : data_(data), size_(size) {}

  std::optional<std::vector<std::byte>> run() {
    std::uint32_t flags = 0;
    for (int left = 0; sound_ && out_.size() < size_; --left) {
      if (left == 0) {
        flags = take(4);
        left = 32;
      }
      if ((flags >> (left - 1) & 1) == 0) {
        out_.push_back(static_cast<std::byte>(take(1)));
      } else {
        match();
      }
    }
    if (!sound_) return std::nullopt;
    return std::move(out_);
  }

 private:
  std::uint32_t take(std::size_t count) {
    if (at_ + count > data_.size()) {
      sound_ = false;
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value |= std::uint32_t{u8(data_, at_ + i)} << (8 * i);
    at_ += count;
    return value;
  }

  std::uint64_t long_length() {
    std::uint32_t nibble = 0;
    if (nibble_at_) {
      nibble = u8(data_, *nibble_at_) >> 4;
      nibble_at_.reset();
    } else {
      nibble_at_ = at_;
      nibble = take(1) & 15;
    }
    if (nibble < 15) return nibble + 7;
    std::uint64_t length = take(1);
    if (length == 255) {
      length = take(2);
      if (length == 0) length = take(4);
      if (length < 22) sound_ = false;
      length -= 22;
    }
    return length + 15 + 7;
  }

  void match() {
    const std::uint32_t word = take(2);
    if (!sound_) return;
    const std::size_t distance = (word >> 3) + 1;
    const std::uint64_t length = ((word & 7) == 7 ? long_length() : word & 7) + 3;
    if (distance > out_.size() || length > size_ - out_.size()) sound_ = false;
    for (std::uint64_t i = 0; sound_ && i < length; ++i) out_.push_back(out_[out_.size() - distance]);
  }

  Bytes data_;
  std::size_t size_;
  std::size_t at_ = 0;
  std::optional<std::size_t> nibble_at_;
  bool sound_ = true;
  std::vector<std::byte> out_;
};

constexpr std::array<std::uint8_t, 16> ndis{0x6E, 0x00, 0xD6, 0x2E, 0x29, 0x47, 0x09, 0x46,
                                            0xB4, 0x23, 0x3E, 0xE7, 0xBC, 0xD6, 0x78, 0xEF};
constexpr std::array<std::uint8_t, 16> pktmon{0xD9, 0x80, 0x4F, 0x4D, 0xBD, 0xC8, 0x73, 0x4D,
                                              0xBB, 0x5B, 0x19, 0xC9, 0x04, 0x02, 0xC5, 0xAC};
constexpr std::array<std::uint8_t, 16> ras{0xF7, 0x21, 0x45, 0xD8, 0x35, 0x22, 0x37, 0x42,
                                           0xA7, 0xC0, 0x14, 0xE3, 0xA9, 0x67, 0x62, 0x86};

struct Copy {  // of a PktMon packet
  Part part;
  std::int64_t ticks = 0;
  std::uint64_t group = 0;
  std::uint16_t number = 0;
  std::uint16_t appearance = 0;
  std::uint16_t component = 0;
};

class Walker {
 public:
  Walker(Bytes file, bool everything) : file_(file), everything_(everything) {}

  Walk run() {
    std::size_t count = 0;
    bool sound = true;
    while (sound && at_ < file_.size()) {
      sound = buffer(count == 0);
      // What stands behind the last buffer that was written may be of an earlier file.
      if (!sound && count > 0 && (written_ == 0 || count >= written_)) walk_.open = true;
      count += sound;
    }
    choose_copies();
    // One that never ended.
    if (!pending_.empty() && !walk_.parts.empty()) walk_.parts.back().kind = Kind::maybe_packet;
    // Times decide; the order in the file where they are equal.
    std::ranges::stable_sort(packets_, {}, &std::pair<std::int64_t, Part>::first);
    for (const auto& [ticks, part] : packets_) walk_.sorted_packets.push_back(part);
    walk_.whole = sound && at_ == file_.size() && !broken_ && count > 0;
    if (written_ != 0 && count != written_) walk_.open = true;
    return std::move(walk_);
  }

 private:
  bool buffer(bool first) {
    const Bytes rest = file_.subspan(at_);
    if (rest.size() < buffer_header) return false;
    const std::size_t size = u32(rest, 0);
    if (size < buffer_header || size > rest.size()) return false;
    begin_ = at_;
    size_ = size;
    used_ = u32(rest, 0x30);
    compressed_ = (u16(rest, 0x34) & 0x40) != 0;
    cpu_ = (u16(rest, 0x34) & 0x20) != 0 ? u16(rest, 0x28) & 0x7FF : u8(rest, 0x28);
    std::vector<std::byte> inflated;
    Bytes content = rest.subspan(buffer_header, size - buffer_header);
    if (used_ < buffer_header || used_ > most_used || (!compressed_ && used_ > size)) {
      broken_ = true;
      content = {};
    } else if (compressed_) {
      auto out = Inflater(content, used_ - buffer_header).run();
      if (!out) broken_ = true;
      inflated = out ? std::move(*out) : std::vector<std::byte>();
      content = inflated;
    } else {
      content = content.first(used_ - buffer_header);
    }
    body_kind_ = Kind::other;
    if (first) {
      written_ = content.size() >= 32 + 0x28 ? u32(content, 32 + 0x24) : 0;
      if (content.size() < 32 + 0x118 - 8 || u8(content, 3) != 0xC0) broken_ = true;
      walk_.decisive = size;
      walk_.parts.push_back({0, size, Kind::description});
      part_end_ = size;
      in_header_ = true;
      events(content);
      in_header_ = false;
    } else {
      walk_.parts.push_back({at_, buffer_header, Kind::other});
      part_end_ = at_ + buffer_header;
      events(content);
      if (part_end_ < at_ + size) walk_.parts.push_back({part_end_, at_ + size - part_end_, body_kind_});
    }
    at_ += size;
    return true;
  }

  void events(Bytes content) {
    std::size_t at = 0;
    while (at < content.size()) {
      const std::size_t size = event_size(content.subspan(at));
      if (size == 0) return;
      const Kind kind = event(content.subspan(at, size), at);
      const std::size_t end = std::min(at + (size + 7) / 8 * 8, content.size());
      add_part(at, end - at, kind);
      at = end;
    }
  }

  // 0: nothing follows, or nothing sound.
  std::size_t event_size(Bytes rest) {
    if (rest.size() < 4) {
      broken_ = true;
      return 0;
    }
    if (u32(rest, 0) == 0xFFFFFFFF) {
      if (std::ranges::any_of(rest, [](std::byte byte) { return byte != std::byte{0xff}; })) broken_ = true;
      return 0;
    }
    const auto kind = u8(rest, 2);
    const auto mark = u8(rest, 3);
    const bool fixed = mark == 0xC0;
    if (!fixed && (mark & 0xF0) != 0x90 && mark != 0xB0) {
      broken_ = true;
      return 0;
    }
    const bool behind = fixed && ((kind >= 1 && kind <= 4) || kind == 0x10 || kind == 0x11);
    if (behind && rest.size() < 6) {
      broken_ = true;
      return 0;
    }
    const std::size_t size = u16(rest, behind ? 4 : 0);
    if (size < 4 || size > rest.size()) {
      broken_ = true;
      return 0;
    }
    if (size < least_size(fixed, kind)) walk_.open = true;
    if (fixed && (kind == 0 || (kind >= 5 && kind <= 9) || kind > 0x15)) walk_.open = true;
    return size;
  }

  static std::size_t least_size(bool fixed, std::uint8_t kind) {
    if (!fixed) return 8;
    switch (kind) {
      case 0x01:
      case 0x02:
        return 0x20;
      case 0x03:
      case 0x04:
        return 0x18;
      case 0x0A:
      case 0x14:
        return 0x30;
      case 0x0B:
      case 0x15:
        return 0x38;
      case 0x10:
      case 0x11:
        return 0x10;
      default:
        return 8;
    }
  }

  void add_part(std::size_t at, std::size_t size, Kind kind) {
    if (in_header_) return;
    if (compressed_) {
      // One part for all: what is most telling of what is in it.
      constexpr auto rank = [](Kind one) {
        return one == Kind::description ? 3 : one == Kind::maybe_packet ? 2 : one == Kind::packet ? 1 : 0;
      };
      if (rank(kind) > rank(body_kind_)) body_kind_ = kind;
      return;
    }
    walk_.parts.push_back({begin_ + buffer_header + at, size, kind});
    part_end_ = begin_ + buffer_header + at + size;
  }

  Part packet_part(std::size_t at, std::size_t size) const {
    if (compressed_)
      return {begin_ + buffer_header, size_ - buffer_header, Kind::packet, 0, buffer_header, 0};
    const std::size_t offset = begin_ + buffer_header + at;
    return {offset, size, Kind::packet, 0, offset - begin_, begin_ + size_ - offset - size};
  }

  Kind event(Bytes event, std::size_t at) {
    if (u8(event, 3) != 0xC0 || (u8(event, 2) != 0x12 && u8(event, 2) != 0x13)) return Kind::other;
    if (event.size() < event_header) {
      broken_ = true;
      return Kind::other;
    }
    const auto is = [&](const auto& guid) { return std::memcmp(event.data() + 0x18, guid.data(), 16) == 0; };
    const auto data = user_data(event);
    if (!data) {
      (is(ndis) || is(pktmon) || is(ras) ? broken_ : walk_.open) = true;
      return Kind::maybe_packet;
    }
    const auto id = u16(event, 0x28);
    if (is(ndis)) return ndis_event(event, *data, id, at);
    if (is(pktmon)) return pktmon_event(event, *data, id, at);
    return is(ras) ? ras_event(event, *data, id, at) : Kind::other;
  }

  static std::optional<Bytes> user_data(Bytes event) {
    std::size_t at = event_header;
    for (bool more = (u16(event, 4) & 1) != 0; more;) {
      if (at + 8 > event.size()) return std::nullopt;
      const std::size_t size = u16(event, at);
      if (size < 8 || at + size > event.size()) return std::nullopt;
      more = (u16(event, at + 4) & 1) != 0;
      at += size;
    }
    return event.subspan(at);
  }

  static std::int64_t ticks(Bytes event) { return static_cast<std::int64_t>(u64(event, 0x10)); }

  // What follows a text with its terminator.
  static std::optional<Bytes> behind_text(Bytes data) {
    for (std::size_t at = 0; at + 2 <= data.size(); at += 2) {
      if (u16(data, at) == 0) return data.subspan(at + 2);
    }
    return std::nullopt;
  }
  // What follows a length and as many bytes, each of `unit`.
  static std::optional<Bytes> behind_counted(Bytes data, std::size_t unit) {
    if (data.size() < 4 || u32(data, 0) > (data.size() - 4) / unit) return std::nullopt;
    return data.subspan(4 + unit * u32(data, 0));
  }

  Kind whole_packet(Bytes event, std::size_t at, bool sound) {
    if (!sound) {
      broken_ = true;
      return Kind::other;
    }
    packets_.emplace_back(ticks(event), packet_part(at, event.size()));
    return Kind::packet;
  }

  Kind ras_event(Bytes event, Bytes data, std::uint16_t id, std::size_t at) {
    if (id != 5001 && id != 5002) return Kind::other;
    auto rest = behind_text(data);
    if (rest) rest = behind_text(*rest);
    return whole_packet(event, at, rest && behind_counted(*rest, 1));
  }

  Kind ndis_event(Bytes event, Bytes data, std::uint16_t id, std::size_t at) {
    constexpr std::uint64_t start_bit = 0x40000000;
    constexpr std::uint64_t end_bit = 0x80000000;
    const std::uint64_t bits = u64(event, 0x30) & (start_bit | end_bit);
    if (id == 1002) return Kind::maybe_packet;
    if (id == 1003) {
      auto rest = data.size() < 12 ? std::nullopt : std::optional(data.subspan(12));
      for (int i = 0; rest && i < 3; ++i) rest = behind_text(*rest);
      if (rest) rest = behind_counted(*rest, 8);
      if (rest) rest = behind_counted(*rest, 1);
      if (rest) rest = behind_counted(*rest, 1);
      // A port may get its name from another of its packets.
      return whole_packet(event, at, rest.has_value()) == Kind::packet ? Kind::maybe_packet : Kind::other;
    }
    if (id != 1001) return Kind::other;
    if (data.size() < 12 || !behind_counted(data.subspan(8), 1)) {
      broken_ = true;
      return Kind::other;
    }
    const bool one_copy = u32(data, 0) == u32(data, 4) && u32(data, 8) > 0;
    const Key key{cpu_, u32(data, 4), u64(event, 0x30) >> 32 & 3};
    return fragment(event, at, key, bits == (start_bit | end_bit), bits == start_bit, bits == end_bit) &&
                   one_copy
               ? Kind::packet
               : Kind::maybe_packet;
  }

  // Whether it fits to the fragments before it.
  using Key = std::tuple<std::size_t, std::uint32_t, std::uint64_t>;
  bool fragment(Bytes event, std::size_t at, const Key& key, bool alone, bool starts, bool ends) {
    // Fragments may be put together in the file's order or that of their times.
    const bool in_order = ticks(event) >= last_fragment_;
    last_fragment_ = ticks(event);
    const auto pending = pending_.find(key);
    Part part = packet_part(at, event.size());
    if (alone || (pending == pending_.end() && !starts)) {
      packets_.emplace_back(ticks(event), part);
      return alone && pending == pending_.end() && (in_order || pending_.empty());
    }
    if (pending == pending_.end()) {
      pending_.emplace(key, std::pair(ticks(event), begin_));
      return true;
    }
    if (starts) return false;
    if (!ends) return in_order;
    part.ahead = part.offset - pending->second.second;
    packets_.emplace_back(pending->second.first, part);
    pending_.erase(pending);
    return in_order;
  }

  Kind pktmon_event(Bytes event, Bytes data, std::uint16_t id, std::size_t at) {
    if (id == 20) {
      // Two of one number may be taken as one likes, and so may one without names.
      const bool known = data.size() >= 8 && components_.emplace(u16(data, 0), u16(data, 2)).second;
      if (!known) components_certain_ = false;
      return Kind::description;
    }
    if (id == 170 && !everything_) return Kind::other;
    if (id != 160 && id != 170) return Kind::description;
    if (data.size() < 34 || u16(data, 32) > data.size() - 34) {
      broken_ = true;
      return Kind::other;
    }
    copies_.push_back({packet_part(at, event.size()), ticks(event), u64(data, 0), u16(data, 8), u16(data, 10),
                       u16(data, 16)});
    return u16(data, 32) == data.size() - 34 ? Kind::packet : Kind::maybe_packet;
  }

  // Section 8.1: those at a NIC, and of those that are counted the first.
  void choose_copies() {
    std::map<std::pair<std::uint64_t, std::uint16_t>, const Copy*> lowest;
    bool certain = components_certain_ && (!components_.empty() || copies_.empty());
    const auto at_nic = [&](const Copy& copy) {
      const auto found = components_.find(copy.component);
      constexpr std::array nics{2, 6, 7, 9, 14};
      if (found == components_.end()) certain = false;
      return found != components_.end() && std::ranges::find(nics, found->second) != nics.end();
    };
    for (const Copy& copy : copies_) {
      if (!at_nic(copy) || copy.appearance == 0) continue;
      const Copy*& kept = lowest[{copy.group, copy.number}];
      if (kept != nullptr && kept->appearance == copy.appearance) certain = false;
      if (kept == nullptr || copy.appearance < kept->appearance) kept = &copy;
    }
    for (const Copy& copy : copies_) {
      if (!everything_ && !at_nic(copy)) continue;
      if (!everything_ && copy.appearance != 0 && lowest[{copy.group, copy.number}] != &copy) continue;
      packets_.emplace_back(copy.ticks, copy.part);
    }
    if (!certain && !everything_ && !walk_.parts.empty() && !copies_.empty())
      walk_.parts.back().kind = Kind::maybe_packet;
  }

  Bytes file_;
  bool everything_;
  std::size_t at_ = 0;
  Walk walk_;
  bool broken_ = false;
  std::size_t written_ = 0;
  // The buffer that is being walked.
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
  bool compressed_ = false;
  std::size_t cpu_ = 0;
  bool in_header_ = false;
  std::size_t part_end_ = 0;
  Kind body_kind_ = Kind::other;
  std::vector<std::pair<std::int64_t, Part>> packets_;
  std::map<Key, std::pair<std::int64_t, std::size_t>> pending_;  // time and buffer of first fragments
  std::int64_t last_fragment_ = INT64_MIN;
  std::vector<Copy> copies_;
  std::map<std::uint16_t, std::uint16_t> components_;  // type of each
  bool components_certain_ = true;
};

}  // namespace

Walk walk_etl(std::span<const std::byte> file) {
  return Walker(file, false).run();
}

Walk walk_whole_etl(std::span<const std::byte> file) {
  return Walker(file, true).run();
}

}  // namespace anchoko::walk
