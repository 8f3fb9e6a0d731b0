#include "core/formats/etl/rule_text.h"

#include <array>
#include <charconv>

#include "core/base/byte_cursor.h"
#include "core/base/hex.h"
#include "core/formats/etl/logfile_header.h"

namespace anchoko::formats::etl {
namespace {

constexpr std::uint8_t truncate = 0x11;
// An interface's alias has at most 256 units (IF_MAX_STRING_SIZE); more costs memory and helps nobody.
constexpr std::size_t max_name_bytes = 2 * 256;
constexpr std::size_t max_value_bytes = 256;

const char* name_of(std::uint8_t id) {
  static constexpr std::array names{"rule 0",
                                    "rule 1",
                                    "frame control",
                                    "multi-layer",
                                    "interface index",
                                    "rule 5",
                                    "ethertype",
                                    "source MAC",
                                    "destination MAC",
                                    "MAC",
                                    "source IPv4 address",
                                    "destination IPv4 address",
                                    "IPv4 address",
                                    "source IPv6 address",
                                    "destination IPv6 address",
                                    "IPv6 address",
                                    "IP protocol",
                                    "truncate",
                                    "bytes behind the MAC header",
                                    "bytes behind the IP header"};
  return id < names.size() ? names[id] : "rule of unknown kind";
}

const char* directive_of(std::uint8_t directive) {
  static constexpr std::array words{"off", "<=", ">=", "==", "mask", "in list", "in range"};
  const std::size_t index = directive & 0x7f;
  return index < words.size() ? words[index] : "?";
}

std::string value_text(std::uint8_t id, std::span<const std::byte> value) {
  if (id >= 7 && id <= 9 && value.size() == 6) return hex(value, ":");
  if (id >= 0x0a && id <= 0x0c && value.size() == 4) return ip_text(value);
  if (id >= 0x0d && id <= 0x0f && value.size() == 16) return ip_text(value);
  const bool number = id == 3 || id == 4 || id == 0x10 || id == truncate;
  if (number && value.size() == 1) return std::to_string(std::to_integer<unsigned>(value[0]));
  if (number && value.size() == 2) return std::to_string(load<std::uint16_t>(value.data(), little));
  if (number && value.size() == 4) return std::to_string(load_le32(value.data()));
  return hex(value, " ");
}

}  // namespace

std::string name_text(std::span<const std::byte> bytes, std::size_t& used) {
  used = 0;
  while (bytes.size() - used >= 2) {
    const auto unit = load<std::uint16_t>(bytes.data() + used, little);
    used += 2;
    if (unit == 0) break;
  }
  std::size_t taken = 0;
  if (used <= max_name_bytes + 2) return utf16_text(bytes.first(used), taken);
  return utf16_text(bytes.first(max_name_bytes), taken) + "…";
}

std::string hex_number(std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return {digits.data(), end};
}

std::string ip_text(std::span<const std::byte> ip) {
  std::string text;
  if (ip.size() == 4) {
    for (const auto byte : ip)
      text += (text.empty() ? "" : ".") + std::to_string(std::to_integer<unsigned>(byte));
    return text;
  }
  // The first longest row of at least two zero groups is left out (RFC 5952).
  std::size_t row_start = ip.size();
  std::size_t row_length = 2;
  for (std::size_t i = 0; i < ip.size(); i += 2) {
    std::size_t length = 0;
    while (i + length < ip.size() && load<std::uint16_t>(ip.data() + i + length, ByteOrder::big) == 0)
      length += 2;
    if (length > row_length) {
      row_start = i;
      row_length = length;
    }
  }
  for (std::size_t i = 0; i < ip.size(); i += 2) {
    if (i == row_start) {
      text += "::";
      i += row_length - 2;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += hex_number(load<std::uint16_t>(ip.data() + i, ByteOrder::big));
  }
  return text;
}

// u8 id, u8 directive, u16 length, the value.
std::string rule_text(std::span<const std::byte> data) {
  if (data.size() < 4) return "a rule that is cut short";
  const auto id = static_cast<std::uint8_t>(data[0]);
  const auto directive = static_cast<std::uint8_t>(data[1]);
  const std::size_t length = load<std::uint16_t>(data.data() + 2, little);
  const auto value = data.subspan(4, std::min(length, data.size() - 4));
  std::string text = name_of(id);
  text += (directive & 0x80) != 0 ? " not " : " ";
  text += directive_of(directive);
  if (value.size() > max_value_bytes) return text + " " + hex(value.first(max_value_bytes), " ") + " …";
  if (!value.empty()) text += " " + value_text(id, value);
  return text;
}

std::optional<std::uint32_t> truncation_of(std::span<const std::byte> data) {
  if (data.size() < 6 || static_cast<std::uint8_t>(data[0]) != truncate) return std::nullopt;
  if ((static_cast<std::uint8_t>(data[1]) & 0x7f) == 0) return std::nullopt;  // off
  const auto length = load<std::uint16_t>(data.data() + 2, little);
  if (length == 2) return load<std::uint16_t>(data.data() + 4, little);
  if (length == 4 && data.size() >= 8) return load_le32(data.data() + 4);
  return std::nullopt;
}

std::string wifi_metadata_text(std::span<const std::byte> data) {
  constexpr std::size_t size = 48;
  if (data.size() < size || data[0] != std::byte{0x80}) return {};
  static constexpr std::array phys{"", "", "", "", "a", "b", "g", "n", "ac", "ad", "ax"};
  const auto phy = load_le32(data.data() + 8);
  const auto frequency = load_le32(data.data() + 12);
  const auto strength = static_cast<std::int32_t>(load_le32(data.data() + 20));
  std::string text = "received";
  if (phy < phys.size() && *phys[phy] != 0) text += std::string(" 802.11") + phys[phy];
  if (frequency != 0) text += (frequency > 1000 ? " " : " channel ") + std::to_string(frequency);
  if (frequency > 1000) text += " MHz";
  text += " " + std::to_string(strength) + " dBm";
  if (const auto rate = std::to_integer<unsigned>(data[24]); rate != 0)
    text += " rate " + std::to_string(rate);
  return text;
}

}  // namespace anchoko::formats::etl
