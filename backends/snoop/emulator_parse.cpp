#include "backends/snoop/emulator_parse.h"

#include <algorithm>
#include <bit>

namespace anchoko::snoop::emulated {

bool take_qualifier(Words& words, Qualifiers& qualifiers) {
  const Token& here = words.here();
  if (here.kind != Token::Kind::word) return false;
  if (here.text == "src" || here.text == "from") {
    qualifiers.direction = Direction::source;
  } else if (here.text == "dst" || here.text == "to") {
    qualifiers.direction = Direction::destination;
  } else if (here.text == "ether") {
    qualifiers.ether = true;
  } else if (here.text == "inet") {
    qualifiers.inet = true;
  } else if (here.text == "inet6") {
    qualifiers.inet6 = true;
  } else {
    return false;
  }
  words.take();
  return true;
}

const IpProtocol* find_ip_protocol(std::string_view word) {
  // The reference, 4.3: which of the two families each one knows.
  static constexpr IpProtocol protocols[] = {{"tcp", 6, 6},
                                             {"udp", 17, 17},
                                             {"sctp", 132, 132},
                                             {"icmp", 1, std::nullopt},
                                             {"icmp6", std::nullopt, 58},
                                             {"ospf", 89, 89},
                                             {"esp", 50, 50},
                                             {"ah", 51, 51},
                                             {"ip-in-ip", 4, std::nullopt}};
  for (const auto& one : protocols)
    if (one.word == word) return &one;
  return nullptr;
}

std::optional<std::uint32_t> ethertype_of_word(std::string_view word) {
  static constexpr std::pair<std::string_view, std::uint32_t> types[] = {
      {"ip", ethertype_ip4}, {"ip6", ethertype_ip6}, {"arp", 0x0806},
      {"rarp", 0x8035},      {"pppoed", 0x8863},     {"pppoes", 0x8864}};
  for (const auto& [name, type] : types)
    if (name == word) return type;
  return std::nullopt;
}

std::optional<Network> network_of(const std::string& text, bool swapped) {
  auto address = parse_network(text);
  if (!address) return std::nullopt;
  if (swapped) address = std::byteswap(*address);
  std::uint32_t mask = 0xff000000;
  if (*address & 0xff0000) mask = 0xffff0000;
  if (*address & 0xff00) mask = 0xffffff00;
  if (*address & 0xff) mask = 0xffffffff;
  return Network{*address, mask};
}

std::vector<Address> addresses_of(const Token& token, const Qualifiers& qualifiers, const Names& names) {
  std::vector<Address> found;
  if (token.kind == Token::Kind::ip4) {
    // inet_addr() gives its sign of failure for this one (4.1).
    if (const auto address = parse_ip4(token.text); address && address->word(0) != 0xffffffff)
      found.push_back(*address);
  } else if (token.kind == Token::Kind::ip6) {
    if (const auto address = parse_ip6(token.text)) found.push_back(*address);
  } else {
    found = names.addresses(token.text);
  }
  if (qualifiers.inet != qualifiers.inet6)
    std::erase_if(found, [&](const Address& one) { return one.six != qualifiers.inet6; });
  return found;
}

}  // namespace anchoko::snoop::emulated
