// Addresses as pcap-filter reads and we print them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/filter/ast.h"

namespace anchoko::filter {

// One to four decimal numbers with dots. `bits` is 8 per number given; the value is not yet shifted to the
// left.
struct PartialIpv4 {
  std::uint32_t value = 0;
  unsigned bits = 0;
};
std::optional<PartialIpv4> parse_partial_ipv4(std::string_view text);

std::optional<Ipv6Bytes> parse_ipv6(std::string_view text);  // RFC 4291 text, without zone

std::string print_ipv4(std::uint32_t address);
std::string print_ipv6(const Ipv6Bytes& address);  // RFC 5952

}  // namespace anchoko::filter
