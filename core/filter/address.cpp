#include "core/filter/address.h"

#include <array>
#include <cstdio>
#include <vector>

namespace anchoko::filter {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Groups between colons; an IPv4 tail counts as two. Nothing when a group is malformed.
std::optional<std::vector<std::uint16_t>> parse_groups(std::string_view text) {
  std::vector<std::uint16_t> groups;
  if (text.empty()) return groups;
  std::size_t at = 0;
  while (true) {
    const std::size_t colon = text.find(':', at);
    const std::string_view group = text.substr(at, colon == std::string_view::npos ? colon : colon - at);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto tail = parse_partial_ipv4(group);
      // getaddrinfo takes no leading zeros here, unlike libpcap's own reader of IPv4 addresses.
      for (std::size_t i = 0; i + 1 < group.size(); ++i) {
        const bool starts_number = i == 0 || group[i - 1] == '.';
        if (starts_number && group[i] == '0' && group[i + 1] != '.') return std::nullopt;
      }
      if (!tail || tail->bits != 32) return std::nullopt;
      groups.push_back(static_cast<std::uint16_t>(tail->value >> 16));
      groups.push_back(static_cast<std::uint16_t>(tail->value & 0xffff));
    } else {
      if (group.empty() || group.size() > 4) return std::nullopt;
      unsigned value = 0;
      for (const char c : group) {
        const int digit = hex_digit(c);
        if (digit < 0) return std::nullopt;
        value = value * 16 + static_cast<unsigned>(digit);
      }
      groups.push_back(static_cast<std::uint16_t>(value));
    }
    if (colon == std::string_view::npos) return groups;
    at = colon + 1;
  }
}

}  // namespace

std::optional<PartialIpv4> parse_partial_ipv4(std::string_view text) {
  PartialIpv4 result;
  std::size_t at = 0;
  while (result.bits < 32) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return std::nullopt;
    unsigned octet = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      octet = octet * 10 + static_cast<unsigned>(text[at++] - '0');
      if (octet > 255) return std::nullopt;
    }
    result.value = result.value << 8 | octet;
    result.bits += 8;
    if (at == text.size()) return result;
    if (text[at++] != '.') return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Ipv6Bytes> parse_ipv6(std::string_view text) {
  std::vector<std::uint16_t> groups;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto all = parse_groups(text);
    if (!all || all->size() != 8) return std::nullopt;
    groups = *all;
  } else {
    if (text.find("::", gap + 1) != std::string_view::npos) return std::nullopt;
    const auto head = parse_groups(text.substr(0, gap));
    const auto tail = parse_groups(text.substr(gap + 2));
    if (!head || !tail || text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;
    if (head->size() + tail->size() > 7) return std::nullopt;
    groups = *head;
    groups.resize(8 - tail->size());
    groups.insert(groups.end(), tail->begin(), tail->end());
  }
  Ipv6Bytes bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
  }
  return bytes;
}

std::string print_ipv4(std::uint32_t address) {
  return std::to_string(address >> 24) + "." + std::to_string(address >> 16 & 0xff) + "." +
         std::to_string(address >> 8 & 0xff) + "." + std::to_string(address & 0xff);
}

std::string print_ipv6(const Ipv6Bytes& address) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
  std::size_t gap = 8;
  std::size_t gap_length = 1;  // one zero group is not shortened
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > gap_length) {
      gap = i;
      gap_length = length;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      text += "::";
      i += gap_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    std::array<char, 8> group{};
    std::snprintf(group.data(), group.size(), "%x", groups[i]);
    text += group.data();
  }
  return text;
}

}  // namespace anchoko::filter
