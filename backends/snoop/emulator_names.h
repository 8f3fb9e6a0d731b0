// Names and literals of addresses, ports and services as the played host resolves them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lab/emulated_host.h"

namespace anchoko::snoop::emulated {

struct Address {
  bool six = false;
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four

  std::uint32_t word(std::size_t index) const;  // 32 bits, the first one 0
  bool operator==(const Address&) const = default;
};

std::optional<Address> parse_ip4(const std::string& text);
std::optional<Address> parse_ip6(const std::string& text);
// Parts of any width in hexadecimal, as ether_aton() takes them.
std::optional<lab::MacAddress> parse_ether(const std::string& text);
// As inet_network(): one to four parts, short forms stand at the right; decimal, octal or hexadecimal.
std::optional<std::uint32_t> parse_network(const std::string& text);
std::string text_of(const Address& address);

std::optional<std::uint16_t> port_of_service(std::string_view name);
std::optional<std::uint32_t> rpc_program(std::string_view name);

// The host's own interfaces, and the file `hosts` in its folder when there is one ("ADDRESS NAME…").
class Names {
 public:
  Names() = default;
  explicit Names(const lab::EmulatedHost& host);

  void add(const std::string& name, const std::string& address);
  const std::vector<Address>& addresses(const std::string& name) const;
  std::optional<std::string> name_of(const Address& address) const;
  std::optional<lab::MacAddress> ether_of(const Address& address) const;

 private:
  std::map<std::string, std::vector<Address>> names_;
  std::vector<std::pair<Address, lab::MacAddress>> ethers_;
};

}  // namespace anchoko::snoop::emulated
