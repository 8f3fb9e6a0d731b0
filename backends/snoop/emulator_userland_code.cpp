#include "backends/snoop/emulator_userland_code.h"

namespace anchoko::snoop::emulated {

void UserlandCode::load(Op base, Op load) {
  emit(base);
  emit(load);
  emit(Op::pop_base);
}

void UserlandCode::test(const Field& field) {
  emit(Op::constant, field.at);
  load(field.base, field.load);
  emit(Op::constant, field.value);
  emit(Op::equal);
}

void UserlandCode::all_of(const std::vector<Field>& fields) {
  std::vector<std::size_t> failed;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) failed.push_back(branch(Op::branch_false));
    test(fields[i]);
  }
  land(failed);
}

// `emit(true)` for the source, `emit(false)` for the destination.
template <typename Emit>
void UserlandCode::by_direction(Direction direction, Emit emit) {
  if (direction != Direction::destination) emit(true);
  if (direction == Direction::any) {
    const auto done = branch(Op::branch_true);
    emit(false);
    land({done});
  } else if (direction == Direction::destination) {
    emit(false);
  }
}

void UserlandCode::type_test(std::uint32_t type) {
  if (medium_ == Medium::ipnet && (type == ethertype_ip4 || type == ethertype_ip6)) {
    // 4.5: compared with 4 and 6, while the header holds 2 and 26.
    const bool broken = release_.ipnet_families_broken;
    const std::uint32_t family = type == ethertype_ip4 ? (broken ? 4 : 2) : (broken ? 6 : 26);
    test({Op::link_base, 1, Op::load1, family});
  } else if (medium_ == Medium::ipnet) {
    emit(Op::constant, 0);
  } else if (is_tunnel(medium_)) {
    emit(Op::constant, 0);
    load(Op::network_base, Op::load1);
    emit(Op::constant, 0xf0);
    emit(Op::bit_and);
    emit(Op::constant, type == ethertype_ip4 ? 0x40 : type == ethertype_ip6 ? 0x60 : 0x100);
    emit(Op::equal);
  } else if (type == ethertype_tag && is_ethernet(medium_)) {
    test({Op::link_base, 12, Op::load2, type});
  } else {
    test({Op::type_base, 0, Op::load2, type});
  }
}

void UserlandCode::type_either(std::uint32_t one, std::uint32_t other) {
  type_test(one);
  const auto done = branch(Op::branch_true);
  type_test(other);
  land({done});
}

void UserlandCode::type_range(std::uint32_t first, std::uint32_t last) {
  emit(Op::constant, 0);
  load(Op::type_base, Op::load2);
  emit(Op::constant, first);
  emit(Op::greater_equal);
  const auto failed = branch(Op::branch_false);
  emit(Op::constant, 0);
  load(Op::type_base, Op::load2);
  emit(Op::constant, last);
  emit(Op::less_equal);
  land({failed});
}

void UserlandCode::network_byte(std::uint32_t at, std::uint32_t value) {
  test({Op::network_base, at, Op::load1, value});
}

void UserlandCode::protocol_test(std::optional<std::uint32_t> ip4, std::optional<std::uint32_t> ip6) {
  const auto one = [&](std::uint32_t type, std::uint32_t at, std::uint32_t protocol) {
    type_test(type);
    const auto failed = branch(Op::branch_false);
    network_byte(at, protocol);
    land({failed});
  };
  if (ip4) one(ethertype_ip4, 9, *ip4);
  std::vector<std::size_t> done;
  if (ip4 && ip6) done.push_back(branch(Op::branch_true));
  if (ip6) one(ethertype_ip6, 6, *ip6);
  land(done);
}

void UserlandCode::address(const Address& address, Direction direction) {
  type_test(address.six ? ethertype_ip6 : ethertype_ip4);
  const auto failed = branch(Op::branch_false);
  by_direction(direction, [&](bool source) {
    if (!address.six) return test({Op::network_base, source ? 12U : 16U, Op::load4, address.word(0)});
    std::vector<Field> words;
    for (std::uint32_t i = 0; i < 4; ++i)
      words.push_back({Op::network_base, (source ? 8 : 24) + 4 * i, Op::load4, address.word(i)});
    all_of(words);
  });
  land({failed});
}

bool UserlandCode::ether(const lab::MacAddress& mac, Direction direction) {
  if (medium_ == Medium::infiniband) return false;
  if (!is_ethernet(medium_)) {
    emit(Op::constant, 1);  // "always true on other non-Ethernet links"
    return true;
  }
  std::uint64_t value = 0;
  for (const auto byte : mac) value = value << 8 | byte;
  by_direction(direction, [&](bool source) {
    const std::uint32_t at = source ? 6 : 0;
    all_of({{Op::link_base, at, Op::load4, static_cast<std::uint32_t>(value >> 16)},
            {Op::link_base, at + 4, Op::load2, static_cast<std::uint32_t>(value & 0xffff)}});
  });
  return true;
}

// The long DDP header of EtherTalk: networks at 4 and 6, nodes at 8 and 9.
void UserlandCode::apple(std::uint32_t net, std::uint32_t node, Direction direction) {
  type_test(0x809b);
  const auto failed = branch(Op::branch_false);
  by_direction(direction, [&](bool source) {
    all_of({{Op::network_base, source ? 6U : 4U, Op::load2, net},
            {Op::network_base, source ? 9U : 8U, Op::load1, node}});
  });
  land({failed});
}

// No test of the ethertype: bytes of other packets can match (4.3).
void UserlandCode::net(std::uint32_t address, std::uint32_t mask, Direction direction) {
  by_direction(direction, [&](bool source) {
    emit(Op::constant, source ? 12 : 16);
    load(Op::network_base, Op::load4);
    emit(Op::constant, mask);
    emit(Op::bit_and);
    emit(Op::constant, address);
    emit(Op::equal);
  });
}

// No test of the protocol: the first words after any IP header (4.3).
void UserlandCode::port(std::uint32_t port, Direction direction) {
  by_direction(direction, [&](bool source) {
    test({Op::transport_base, source ? 0U : 2U, Op::load2, port});
  });
}

void UserlandCode::tagged() {
  test({Op::link_base, 12, Op::load2, ethertype_tag});
  const auto failed = branch(Op::branch_false);
  emit(Op::constant, 14);
  load(Op::link_base, Op::load2);
  emit(Op::constant, 0xfff);
  emit(Op::bit_and);
  emit(Op::constant, 0);
  emit(Op::different);
  land({failed});
}

void UserlandCode::tagged_with(std::uint32_t id) {
  test({Op::link_base, 12, Op::load2, ethertype_tag});
  const auto failed = branch(Op::branch_false);
  emit(Op::constant, 14);
  load(Op::link_base, Op::load2);
  emit(Op::constant, 0xfff);
  emit(Op::bit_and);
  emit(Op::constant, id);
  emit(Op::equal);
  land({failed});
}

// The places of an ipnet header; on other media these bytes are something else (4.3).
void UserlandCode::zone(std::uint32_t id) {
  by_direction(Direction::any, [&](bool source) {
    test({Op::link_base, source ? 16U : 20U, Op::load4, id});
  });
}

void UserlandCode::broadcast() {
  test({Op::link_base, 1, Op::load4, 0xffffffff});
}

void UserlandCode::multicast() {
  emit(Op::constant, 0);
  load(Op::link_base, Op::load1);
  emit(Op::constant, 1);
  emit(Op::bit_and);
  emit(Op::constant, 1);
  emit(Op::equal);
}

void UserlandCode::first_fragment() {
  type_test(ethertype_ip4);
  const auto failed = branch(Op::branch_false);
  emit(Op::constant, 6);
  load(Op::network_base, Op::load2);
  emit(Op::constant, 0x1fff);
  emit(Op::bit_and);
  emit(Op::constant, 0);
  emit(Op::equal);
  land({failed});
}

void UserlandCode::bootp() {
  std::vector<std::size_t> failed;
  first_fragment();
  failed.push_back(branch(Op::branch_false));
  network_byte(9, 17);
  failed.push_back(branch(Op::branch_false));
  test({Op::transport_base, 0, Op::load4, 67U << 16 | 68});
  const auto done = branch(Op::branch_true);
  test({Op::transport_base, 0, Op::load4, 68U << 16 | 67});
  land({done});
  land(failed);
}

void UserlandCode::dhcp6() {
  protocol_test(std::nullopt, 17);
  const auto failed = branch(Op::branch_false);
  test({Op::transport_base, 0, Op::load4, 546U << 16 | 547});
  const auto done = branch(Op::branch_true);
  test({Op::transport_base, 0, Op::load4, 547U << 16 | 546});
  land({done});
  land({failed});
}

void UserlandCode::service(std::uint32_t number, std::optional<std::uint32_t> protocol) {
  protocol_test(protocol.value_or(6), protocol.value_or(6));
  if (!protocol) {
    const auto done = branch(Op::branch_true);
    protocol_test(17, 17);
    land({done});
  }
  const auto failed = branch(Op::branch_false);
  port(number, Direction::any);
  land({failed});
}

}  // namespace anchoko::snoop::emulated
