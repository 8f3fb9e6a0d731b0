// The order of loads is libpcap's (its code generator without the optimiser; seen with `tcpdump -O
// -d`, 1.10.3): a load beyond the captured bytes rejects the record, so order is part of the meaning.
#include "core/filter/emitter.h"

#include <string>

#include "core/filter/mutant.h"
#include "core/packet/ethertype.h"

namespace anchoko::filter {
namespace {

constexpr std::uint32_t ethertype_appletalk = 0x809b;
constexpr std::uint32_t ethertype_aarp = 0x80f3;
constexpr std::uint32_t ethertype_netware = 0x8137;
constexpr std::uint32_t highest_length = 1500;  // above: an ethertype
constexpr std::uint32_t sap_ip = 0x06;
constexpr std::uint32_t sap_spanning_tree = 0x42;
constexpr std::uint32_t sap_netware = 0xe0;
constexpr std::uint32_t sap_netbeui = 0xf0;
constexpr std::uint32_t sap_iso = 0xfe;
constexpr std::uint32_t organisation_ethernet = 0x000000;
constexpr std::uint32_t organisation_appletalk = 0x080007;

// libpcap asks for both SAPs of these.
bool asks_both_saps(std::uint32_t number) {
  return !mutant(37) && (number == sap_ip || number == sap_netbeui || number == sap_iso);
}

std::uint32_t ppp_protocol(std::uint32_t number) {
  switch (number) {
    case ethertype_ip:
      return 0x0021;
    case ethertype_ip6:
      return 0x0057;
    case 0x6003:
      return 0x0027;  // DECnet
    case ethertype_appletalk:
      return 0x0029;
    case 0x0600:
      return 0x0025;  // Xerox NS
    case sap_iso:
      return 0x0023;
    case sap_spanning_tree:
      return 0x0031;
    case sap_netware:
      return 0x002b;
    default:
      return number;
  }
}

}  // namespace

void Emitter::no_meaning(const std::string& what) const {
  throw CompileStop{
      make_error(ErrorKind::usage, what + " means nothing on link type " + link_type_name(type_))};
}

void Emitter::note_base(Base base) {
  if (base == Base::link_payload)
    code_.prelude = layout_.radiotap ? Prelude::radiotap_payload : Prelude::wifi_payload;
  if (base == Base::link_header && code_.prelude == Prelude::none) code_.prelude = Prelude::radiotap_header;
}

std::uint32_t Emitter::emit(Test test, Ways ways) {
  note_base(test.base);
  test.on_true = ways.yes;
  test.on_false = ways.no;
  code_.tests.push_back(test);
  return static_cast<std::uint32_t>(code_.tests.size() - 1);
}

std::uint32_t Emitter::bytes(Base base, std::uint32_t offset, std::uint32_t width, std::uint32_t value,
                             Ways ways, std::uint32_t mask) {
  Test test;
  test.base = base;
  test.offset = offset;
  test.width = width;
  test.value = value;
  test.mask = mask;
  return emit(test, ways);
}

std::uint32_t Emitter::any_bit(Base base, std::uint32_t offset, std::uint32_t width, std::uint32_t bits,
                               Ways ways) {
  Test test;
  test.compare = Test::Compare::any_bit;
  test.base = base;
  test.offset = offset;
  test.width = width;
  test.value = bits;
  return emit(test, ways);
}

std::uint32_t Emitter::add_step(Step step) {
  if (step.kind == ArithmeticKind::load) note_base(step.base);
  code_.steps.push_back(step);
  return static_cast<std::uint32_t>(code_.steps.size());
}

Code Emitter::finish(std::uint32_t entry) {
  code_.entry = entry;
  return std::move(code_);
}

std::uint32_t Emitter::ethertype(std::uint32_t number, Depth depth, Ways ways) {
  if (depth.mpls > 0) return behind_label(number, depth, ways);
  switch (layout_.style) {
    case LinkStyle::ethernet:
      return ethernet_type(number, depth, ways);
    case LinkStyle::llc:
      return llc_type(number, depth, ways);
    case LinkStyle::cooked:
      return cooked_type(number, depth, ways);
    case LinkStyle::cooked2:
      return bytes(Base::record, layout_.type_offset, 2, number, ways);
    case LinkStyle::ppp:
      return bytes(Base::record, layout_.type_offset, 2, ppp_protocol(number), ways);
    case LinkStyle::loopback: {
      // For IPv6 the families of Darwin, of NetBSD, OpenBSD and BSD/OS, and of FreeBSD, as libpcap asks of a
      // file.
      const bool swapped = type_ == LinkType::null && order_ == ByteOrder::little;
      const auto family = [&](std::uint32_t value, Ways w) {
        return bytes(Base::record, 0, 4, swapped && !mutant(39) ? value << 24 : value, w);
      };
      if (number == ethertype_ip) return family(2, ways);
      if (number != ethertype_ip6) return ways.no;
      return family(30, ways.otherwise(family(24, ways.otherwise(family(28, ways)))));
    }
    case LinkStyle::raw:
      if (number == ethertype_ip) return bytes(Base::record, 0, 1, 0x40, ways, 0xf0);
      if (number == ethertype_ip6) return bytes(Base::record, 0, 1, 0x60, ways, 0xf0);
      return ways.no;
    case LinkStyle::ipv4_only:
      return number == ethertype_ip ? ways.yes : ways.no;
    case LinkStyle::ipv6_only:
      return number == ethertype_ip6 ? ways.yes : ways.no;
    case LinkStyle::ipnet:
      // Address families of Solaris.
      if (number == ethertype_ip) return bytes(Base::record, layout_.type_offset, 1, 2, ways);
      if (number == ethertype_ip6) return bytes(Base::record, layout_.type_offset, 1, 26, ways);
      return ways.no;
    case LinkStyle::wifi: {
      // A data frame, neither management nor control.
      const std::uint32_t type = llc_type(number, depth, ways);
      const std::uint32_t data = any_bit(header_base(), 0, 1, 0x08, {type, ways.no});
      return any_bit(header_base(), 0, 1, 0x04, {ways.no, data});
    }
  }
  return ways.no;
}

// Behind an MPLS label only the version of IP tells: bottom of the stack, then the first half byte.
std::uint32_t Emitter::behind_label(std::uint32_t number, Depth depth, Ways ways) {
  if (number != ethertype_ip && number != ethertype_ip6) no_meaning("what follows 'mpls' here");
  const std::uint32_t version = in_payload(depth, 0, 1, number == ethertype_ip ? 0x40 : 0x60, ways, 0xf0);
  return bytes(payload_base(), payload(depth) - 2, 1, 0x01, {version, ways.no}, 0x01);
}

std::uint32_t Emitter::snap(std::uint32_t organisation, std::uint32_t number, Depth depth, Ways ways) {
  const std::uint32_t at = layout_.llc_offset + 4 * depth.vlan;
  const std::uint32_t head = bytes(payload_base(), at, 4, 0xaaaa0300U | organisation >> 16, ways);
  return bytes(payload_base(), at + 4, 4, organisation << 16 | number, {head, ways.no});
}

std::uint32_t Emitter::ethernet_type(std::uint32_t number, Depth depth, Ways ways) {
  const std::uint32_t type_at = layout_.type_offset + 4 * depth.vlan;
  const std::uint32_t llc_at = layout_.llc_offset + 4 * depth.vlan;
  const auto type = [&](std::uint32_t value, Ways w) { return bytes(Base::record, type_at, 2, value, w); };
  const auto is_length = [&](std::uint32_t then) {
    Test test;
    test.compare = Test::Compare::greater;
    test.offset = type_at;
    test.width = 2;
    test.value = highest_length;
    return emit(test, {ways.no, then});
  };
  if (asks_both_saps(number)) return is_length(bytes(Base::record, llc_at, 2, number << 8 | number, ways));
  if (number == sap_netware) {
    const std::uint32_t raw = bytes(Base::record, llc_at, 2, 0xffff, ways);
    const std::uint32_t sap = bytes(Base::record, llc_at, 1, sap_netware, {ways.yes, raw});
    return type(
        ethertype_netware,
        {ways.yes, is_length(snap(organisation_ethernet, ethertype_netware, depth, {ways.yes, sap}))});
  }
  if (number == ethertype_appletalk || number == ethertype_aarp) {
    const std::uint32_t organisation =
        number == ethertype_appletalk ? organisation_appletalk : organisation_ethernet;
    return type(number, {ways.yes, is_length(snap(organisation, number, depth, ways))});
  }
  if (number <= highest_length) return is_length(bytes(Base::record, llc_at, 1, number, ways));
  return type(number, ways);
}

std::uint32_t Emitter::llc_type(std::uint32_t number, Depth depth, Ways ways) {
  const std::uint32_t llc_at = layout_.llc_offset + 4 * depth.vlan;
  if (asks_both_saps(number)) return bytes(payload_base(), llc_at, 2, number << 8 | number, ways);
  if (number == ethertype_appletalk) return snap(organisation_appletalk, number, depth, ways);
  if (number <= highest_length) return bytes(payload_base(), llc_at, 1, number, ways);
  return bytes(payload_base(), layout_.type_offset + 4 * depth.vlan, 2, number, ways);
}

std::uint32_t Emitter::cooked_type(std::uint32_t number, Depth depth, Ways ways) {
  constexpr std::uint32_t kind_802_3 = 1;
  constexpr std::uint32_t kind_802_2 = 4;
  const auto type = [&](std::uint32_t value, Ways w) {
    return bytes(Base::record, layout_.type_offset, 2, value, w);
  };
  const std::uint32_t llc_at = layout_.llc_offset;
  if (asks_both_saps(number)) {
    return type(kind_802_2, {bytes(Base::record, llc_at, 2, number << 8 | number, ways), ways.no});
  }
  if (number == sap_netware) {
    const std::uint32_t in_snap = snap(organisation_ethernet, ethertype_netware, depth, ways);
    const std::uint32_t in_llc =
        type(kind_802_2, {bytes(Base::record, llc_at, 1, sap_netware, {ways.yes, in_snap}), ways.no});
    return type(ethertype_netware, {ways.yes, type(kind_802_3, {ways.yes, in_llc})});
  }
  if (number == ethertype_appletalk || number == ethertype_aarp) {
    const std::uint32_t organisation =
        number == ethertype_appletalk ? organisation_appletalk : organisation_ethernet;
    return type(number, {ways.yes, type(kind_802_2, {snap(organisation, number, depth, ways), ways.no})});
  }
  if (number <= highest_length)
    return type(kind_802_2, {bytes(Base::record, llc_at, 1, number, ways), ways.no});
  return type(number, ways);
}

std::uint32_t Emitter::mac_at(std::uint32_t offset, const MacBytes& address, Ways ways) {
  const std::uint32_t high = static_cast<std::uint32_t>(address[0] << 8 | address[1]);
  std::uint32_t low = 0;
  for (std::size_t i = 2; i < 6; ++i) low = low << 8 | address[i];
  return bytes(header_base(), offset + 2, 4, low, {bytes(header_base(), offset, 2, high, ways), ways.no});
}

std::uint32_t Emitter::mac(const MacBytes& address, bool source, Ways ways) {
  if (layout_.style == LinkStyle::wifi) return wifi_mac(source, &address, ways);
  if (!layout_.mac_source || !layout_.mac_destination) no_meaning("a MAC address");
  return mac_at(source ? *layout_.mac_source : *layout_.mac_destination, address, ways);
}

std::uint32_t Emitter::link_multicast(Ways ways) {
  if (layout_.style == LinkStyle::wifi) return wifi_mac(false, nullptr, ways);
  if (!layout_.mac_destination) no_meaning("'multicast' of the link layer");
  return any_bit(Base::record, *layout_.mac_destination, 1, 0x01, ways);
}

// Which of its addresses an 802.11 frame means depends on its type and on the To DS and From DS bits. No
// address given: the group bit is asked for.
std::uint32_t Emitter::wifi_mac(bool source, const MacBytes* address, Ways ways) {
  const Base base = header_base();
  const auto here = [&](std::uint32_t offset, Ways w) {
    return address != nullptr ? mac_at(offset, *address, w) : any_bit(base, offset, 1, 0x01, w);
  };
  const auto bit = [&](std::uint32_t at, std::uint32_t mask, Ways w) {
    return any_bit(base, at, 1, mask, w);
  };
  const std::uint32_t to_ds = mutant(38) ? 0x02 : 0x01;
  const std::uint32_t from_ds = mutant(38) ? 0x01 : 0x02;
  constexpr std::uint32_t data = 0x08;
  constexpr std::uint32_t control = 0x04;
  const std::uint32_t address1 = 4;
  const std::uint32_t address2 = 10;
  const std::uint32_t address3 = 16;
  const std::uint32_t address4 = 24;
  std::uint32_t of_data = 0;
  if (source) {
    const std::uint32_t both = bit(1, to_ds, {here(address4, ways), ways.no});
    const std::uint32_t from_only = bit(1, to_ds, {both, here(address3, {ways.yes, both})});
    const std::uint32_t from = bit(1, from_ds, {from_only, ways.no});
    of_data = bit(1, from_ds, {from, here(address2, {ways.yes, from})});
  } else {
    const std::uint32_t to = bit(1, to_ds, {here(address3, ways), ways.no});
    of_data = bit(1, to_ds, {to, here(address1, {ways.yes, to})});
  }
  const std::uint32_t is_data = bit(0, data, {of_data, ways.no});
  const std::uint32_t is_management =
      bit(0, data, {is_data, here(source ? address2 : address1, {ways.yes, is_data})});
  return bit(0, control, {ways.no, is_management});
}

std::uint32_t Emitter::direction(bool outbound, Ways ways) {
  switch (layout_.style) {
    case LinkStyle::cooked:
      return bytes(Base::record, 0, 2, 4, outbound ? ways : ways.swapped());
    case LinkStyle::cooked2:
      return bytes(Base::record, mutant(40) ? 11 : 10, 1, 4, outbound ? ways : ways.swapped());
    case LinkStyle::ipnet:
      return bytes(Base::record, 2, 2, outbound ? 1 : 2, ways);
    default:
      break;
  }
  // Our extension: libpcap refuses this on a file.
  Test test;
  test.source = Test::Source::direction;
  test.value = outbound ? 2 : 1;
  return emit(test, ways);
}

}  // namespace anchoko::filter
