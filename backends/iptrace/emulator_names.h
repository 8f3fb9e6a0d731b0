// What names of hosts, ports and protocols an emulated AIX knows, and which release it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/lab/emulated_host.h"

namespace anchoko::iptrace::emulated {

struct Address {
  bool v6 = false;
  std::array<std::byte, 16> bytes{};  // the first four of an IPv4 address
  bool operator==(const Address&) const = default;
};

// 43 is AIX 4.3, 72 is 7.2. `release` of host.conf reads 7.2, 7.2.0.0 or 7200-05-03-2136.
int release_level(const lab::EmulatedHost& host);

// Dotted-decimal as inet_addr reads it (also 10.1, 0x0a.1, 012.1), or a name: of the host itself, or out of
// `hosts NAME=ADDRESS…` of host.conf. IPv6 literals only if the fact says so.
std::optional<Address> find_host(const lab::EmulatedHost& host, const std::string& text);
std::optional<std::uint16_t> find_port(const std::string& text);
std::optional<std::uint8_t> find_protocol(const std::string& text);
std::string_view protocol_name(std::uint8_t number);  // empty: none

// All of it decimal digits, up to `most`.
std::optional<std::uint64_t> decimal(std::string_view text, std::uint64_t most);

}  // namespace anchoko::iptrace::emulated
