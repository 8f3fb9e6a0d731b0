#include "core/filter/primitives.h"

#include <charconv>
#include <utility>

#include "core/filter/address.h"
#include "core/filter/names.h"

namespace anchoko::filter {
namespace {

using Built = std::expected<Primitive, PrimitiveProblem>;

std::unexpected<PrimitiveProblem> problem(const Token& token, std::string message, std::string hint = {}) {
  return std::unexpected(PrimitiveProblem{token, std::move(message), std::move(hint)});
}

std::string type_word(AddressType type) {
  switch (type) {
    case AddressType::none:
    case AddressType::host:
      return "host";
    case AddressType::net:
      return "net";
    case AddressType::port:
      return "port";
    case AddressType::portrange:
      return "portrange";
    case AddressType::proto:
      return "proto";
  }
  return {};
}

Primitive start(const Qualifiers& q) {
  Primitive p;
  p.proto = q.proto;
  // libpcap generates the same code for `src or dst` as for no direction at all.
  p.direction = q.direction == Direction::src_or_dst ? Direction::unspecified : q.direction;
  return p;
}

bool carries_ports(Proto proto) {
  return proto == Proto::none || proto == Proto::tcp || proto == Proto::udp || proto == Proto::sctp;
}

Built address_v4(const Qualifiers& q, const ValueText& text) {
  const Token& token = text.value;
  if (q.proto == Proto::ether)
    return problem(token, "'ether' goes with a MAC address, not with an IP address");
  if (q.proto != Proto::none && q.proto != Proto::ip && q.proto != Proto::arp && q.proto != Proto::rarp) {
    return problem(token, "'" + q.proto_name + "' cannot qualify an IPv4 address",
                   q.proto == Proto::ip6
                       ? "use 'ip'"
                       : "write '" + q.proto_name + " and host " + std::string(token.text) + "'");
  }
  Primitive p = start(q);
  p.kind = PrimitiveKind::host;
  if (token.kind == TokenKind::number) {
    p.ipv4 = token.number;
    // `net 10` means 10.0.0.0/8: libpcap moves a short number to the left.
    while (q.type == AddressType::net && p.ipv4 != 0 && (p.ipv4 & 0xff000000) == 0) {
      p.ipv4 <<= 8;
      p.ipv4_mask <<= 8;
    }
  } else {
    const auto address = parse_partial_ipv4(token.text);
    if (!address)
      return problem(token, "'" + std::string(token.text) + "' is not an IPv4 address",
                     "each number is 0 to 255, in decimal");
    p.ipv4 = address->value << (32 - address->bits);
    p.ipv4_mask = 0xffffffffU << (32 - address->bits);
  }
  if (text.prefix || text.mask) {
    const Token& given = text.prefix ? *text.prefix : *text.mask;
    if (q.type != AddressType::net)
      return problem(given, "a prefix length or mask goes with 'net' only",
                     "write 'net " + std::string(token.text) + "...'");
    if (text.prefix) {
      if (given.number > 32) return problem(given, "an IPv4 prefix length is 0 to 32");
      p.ipv4_mask = given.number == 0 ? 0 : 0xffffffffU << (32 - given.number);
    } else {
      const auto mask = parse_partial_ipv4(given.text);
      if (!mask) return problem(given, "'" + std::string(given.text) + "' is not a network mask");
      p.ipv4_mask = mask->value << (32 - mask->bits);
    }
    if ((p.ipv4 & ~p.ipv4_mask) != 0) {
      const std::string network = print_ipv4(p.ipv4 & p.ipv4_mask);
      const std::string tail =
          text.prefix ? "/" + std::string(given.text) : " mask " + std::string(given.text);
      return problem(token, "the address has bits outside of its mask", "the network is " + network + tail);
    }
  }
  if (p.ipv4_mask != 0xffffffff) p.kind = PrimitiveKind::net;
  return p;
}

Built address_v6(const Qualifiers& q, const ValueText& text) {
  const Token& token = text.value;
  if (q.proto != Proto::none && q.proto != Proto::ip6) {
    return problem(token, "'" + q.proto_name + "' cannot qualify an IPv6 address",
                   q.proto == Proto::ip
                       ? "use 'ip6'"
                       : "write '" + q.proto_name + " and host " + std::string(token.text) + "'");
  }
  const auto bytes = parse_ipv6(token.text);
  if (!bytes) return problem(token, "'" + std::string(token.text) + "' is not an IPv6 address");
  Primitive p = start(q);
  p.kind = PrimitiveKind::host;
  p.is_ipv6 = true;
  p.ipv6 = *bytes;
  if (!text.prefix) return p;
  const std::uint32_t length = text.prefix->number;
  if (length > 128) return problem(*text.prefix, "an IPv6 prefix length is 0 to 128");
  if (q.type != AddressType::net && length != 128) {
    return problem(*text.prefix, "a prefix length goes with 'net' only",
                   "write 'net " + std::string(token.text) + "/...'");
  }
  p.ipv6_prefix = static_cast<std::uint8_t>(length);
  if (length != 128) p.kind = PrimitiveKind::net;
  Ipv6Bytes network = p.ipv6;
  for (std::uint32_t bit = length; bit < 128; ++bit) {
    network[bit / 8] = static_cast<std::uint8_t>(network[bit / 8] & ~(0x80U >> (bit % 8)));
  }
  if (network != p.ipv6) {
    return problem(token, "the address has bits outside of its prefix",
                   "the network is " + print_ipv6(network) + "/" + std::to_string(length));
  }
  return p;
}

Built address(const Qualifiers& q, const ValueText& text) {
  const Token& token = text.value;
  switch (token.kind) {
    case TokenKind::ipv4:
    case TokenKind::number:
      return address_v4(q, text);
    case TokenKind::ipv6:
      return address_v6(q, text);
    case TokenKind::mac:
      return problem(token, "MAC addresses ('ether host' of pcap-filter) are not supported yet");
    default:
      break;
  }
  if (q.type == AddressType::net)
    return problem(token, "network names are not looked up", "give the address, as in 'net 192.0.2.0/24'");
  return problem(token,
                 "'" + std::string(token.text) + "' is not an address, and host names are not looked up",
                 "give the address; a keyword is spelled in lower case");
}

struct NamedPort {
  std::uint16_t port = 0;
  Proto only = Proto::none;
};

// A service name, or (in a range) decimal digits.
std::expected<NamedPort, std::string> named_port(std::string_view name, bool digits_too) {
  if (digits_too && !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || number > 65535)
      return std::unexpected("port " + std::string(name) + " is above 65535");
    return NamedPort{static_cast<std::uint16_t>(number), Proto::none};
  }
  const auto service = find_service(name);
  if (!service) return std::unexpected("'" + std::string(name) + "' is not a known service name");
  return NamedPort{service->port, service->tcp && service->udp ? Proto::none
                                  : service->tcp               ? Proto::tcp
                                                               : Proto::udp};
}

std::string near_service(std::string_view name) {
  const std::string near = did_you_mean(std::string(name), service_names());
  return near.empty() ? "give the port number" : "did you mean '" + near + "'?";
}

// `http` is TCP only, so `port http` is `tcp port 80` and `udp port http` is an error, as in libpcap.
std::expected<Proto, std::string> port_proto(const Qualifiers& q, Proto named) {
  if (q.proto != Proto::none && q.proto != Proto::tcp && named == Proto::tcp)
    return std::unexpected("that service is known for TCP only");
  if (q.proto != Proto::none && q.proto != Proto::udp && named == Proto::udp)
    return std::unexpected("that service is known for UDP only");
  return q.proto == Proto::none ? named : q.proto;
}

Built port(const Qualifiers& q, const ValueText& text) {
  const Token& token = text.value;
  const std::string type = type_word(q.type);
  if (!carries_ports(q.proto)) {
    return problem(token, "'" + q.proto_name + "' has no ports",
                   "'" + type + "' goes with tcp, udp, sctp or alone");
  }
  if (text.prefix || text.mask || token.kind == TokenKind::ipv4 || token.kind == TokenKind::ipv6 ||
      token.kind == TokenKind::mac) {
    return problem(token, "'" + type + "' takes a number or a service name, not an address",
                   "write 'host " + std::string(token.text) + "'");
  }
  Primitive p = start(q);
  p.kind = q.type == AddressType::port ? PrimitiveKind::port : PrimitiveKind::portrange;
  if (token.kind == TokenKind::number) {
    if (token.number > 65535) return problem(token, "port " + std::string(token.text) + " is above 65535");
    p.low = p.high = static_cast<std::uint16_t>(token.number);
    return p;
  }
  const bool range = q.type == AddressType::portrange;
  const std::size_t dash = range ? token.text.find('-') : std::string_view::npos;
  const std::string_view first = token.text.substr(0, dash);
  std::string_view last = dash == std::string_view::npos ? first : token.text.substr(dash + 1);
  // Two numbers with a dash are read as scanf("%d-%d") does: what follows the second one is passed over.
  const std::size_t digits = last.find_first_not_of("0123456789");
  const bool first_is_number = first.find_first_not_of("0123456789") == std::string_view::npos;
  if (dash != std::string_view::npos && first_is_number && digits != 0) last = last.substr(0, digits);
  const auto low = named_port(first, dash != std::string_view::npos);
  if (!low) {
    std::string hint = near_service(first);
    if (!range && token.text.find('-') != std::string_view::npos)
      hint = "a range is written 'portrange " + std::string(token.text) + "'";
    return problem(token, low.error(), hint);
  }
  const auto high = named_port(last, dash != std::string_view::npos);
  if (!high) return problem(token, high.error(), near_service(last));
  const auto proto = port_proto(q, low->only == high->only ? low->only : Proto::none);
  if (!proto) return problem(token, proto.error());
  p.proto = *proto;
  p.low = std::min(low->port, high->port);
  p.high = std::max(low->port, high->port);
  return p;
}

Built protocol_number(const Qualifiers& q, const ValueText& text) {
  const Token& token = text.value;
  if (q.proto != Proto::none && q.proto != Proto::ip && q.proto != Proto::ip6 && q.proto != Proto::ether) {
    return problem(token, "'" + q.proto_name + " proto' means nothing",
                   "'proto' goes with ip, ip6, ether or alone");
  }
  Primitive p = start(q);
  p.kind = PrimitiveKind::proto;
  p.has_number = true;
  if (token.kind == TokenKind::number && !text.prefix && !text.mask) {
    p.number = token.number;
  } else if (token.kind == TokenKind::word || token.kind == TokenKind::escaped) {
    const bool ether = q.proto == Proto::ether;
    const auto ethertype = ether ? find_ethertype(token.text) : std::nullopt;
    const auto number = ether ? std::nullopt : find_protocol(token.text);
    if (!ethertype && !number) {
      return problem(token, "'" + std::string(token.text) + "' is not a supported protocol name",
                     "give the protocol number");
    }
    p.number = ether ? *ethertype : *number;
  } else {
    return problem(token, "'proto' takes a number or a name, not an address");
  }
  // Lengths and LLC SAPs below 1536, AppleTalk and AARP are special to libpcap.
  if (q.proto == Proto::ether && (p.number <= 1500 || p.number == 0x809b || p.number == 0x80f3)) {
    return problem(token, "'ether proto' with an LLC or AppleTalk number is not supported yet");
  }
  return p;
}

}  // namespace

Built build_primitive(const Qualifiers& q, const ValueText& text) {
  if (!q.any()) {
    return problem(text.value,
                   "'" + std::string(text.value.text) + "' stands without a word that says what it is",
                   "write 'host', 'net', 'port' or 'proto' in front of it");
  }
  switch (q.type) {
    case AddressType::none:
    case AddressType::host:
    case AddressType::net:
      return address(q, text);
    case AddressType::port:
    case AddressType::portrange:
      return port(q, text);
    case AddressType::proto:
      return protocol_number(q, text);
  }
  return problem(text.value, "unexpected value");
}

}  // namespace anchoko::filter
