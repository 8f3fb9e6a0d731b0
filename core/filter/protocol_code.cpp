#include "core/filter/protocol_code.h"

#include "core/filter/mutant.h"

namespace anchoko::filter {

namespace {

constexpr std::uint32_t protocol_fragment = 44;

}  // namespace

std::uint32_t protocol_number(Proto proto) {
  switch (proto) {
    case Proto::icmp:
      return 1;
    case Proto::igmp:
      return 2;
    case Proto::tcp:
      return 6;
    case Proto::udp:
      return 17;
    case Proto::esp:
      return 50;
    case Proto::ah:
      return 51;
    case Proto::icmp6:
      return 58;
    case Proto::pim:
      return 103;
    case Proto::vrrp:
      return 112;
    case Proto::sctp:
      return 132;
    default:
      return 0;
  }
}

std::uint32_t emit_protocol(Emitter& e, Proto proto, Depth d, Ways ways) {
  switch (proto) {
    case Proto::ip:
      return e.ethertype(ethertype_ip, d, ways);
    case Proto::ip6:
      return e.ethertype(ethertype_ip6, d, ways);
    case Proto::arp:
      return e.ethertype(ethertype_arp, d, ways);
    case Proto::rarp:
      return e.ethertype(ethertype_rarp, d, ways);
    case Proto::icmp:
    case Proto::igmp:
    case Proto::vrrp:
      return emit_number(e, Proto::ip, protocol_number(proto), d, ways);
    case Proto::icmp6:
      return emit_number(e, Proto::ip6, protocol_number(proto), d, ways);
    default:
      return emit_number(e, Proto::none, protocol_number(proto), d, ways);
  }
}

std::uint32_t emit_number(Emitter& e, Proto proto, std::uint32_t value, Depth d, Ways ways) {
  switch (proto) {
    case Proto::ether:
      return e.ethertype(value, d, ways);
    case Proto::ip:
      return e.ethertype(ethertype_ip, d, {e.in_payload(d, 9, 1, value, ways), ways.no});
    // Also behind one fragment header, whichever fragment it is.
    case Proto::ip6: {
      const std::uint32_t inner = e.in_payload(d, 40, 1, value, ways);
      const std::uint32_t fragment =
          mutant(20) ? ways.no : e.in_payload(d, 6, 1, protocol_fragment, {inner, ways.no});
      return e.ethertype(ethertype_ip6, d, {e.in_payload(d, 6, 1, value, {ways.yes, fragment}), ways.no});
    }
    default:
      return emit_number(e, Proto::ip, value, d, {ways.yes, emit_number(e, Proto::ip6, value, d, ways)});
  }
}

std::uint32_t emit_later_fragment(Emitter& e, Depth d, Ways ways) {
  return e.any_bit(e.payload_base(), e.payload(d) + 6, 2, 0x1fff, ways);
}

}  // namespace anchoko::filter
