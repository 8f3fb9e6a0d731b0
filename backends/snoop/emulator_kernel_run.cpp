#include "backends/snoop/emulator_kernel.h"

namespace anchoko::snoop::emulated {
namespace {

using Kind = KernelTest::Kind;

// One packet: a load beyond it is remembered, for it rejects the packet whatever the result.
class Evaluation {
 public:
  Evaluation(const Packet& packet, Medium medium, const Release& release)
      : packet_(packet), ipnet_(medium == Medium::ipnet) {
    tagged_ = !ipnet_ && release.tags && load(12, 2) == ethertype_tag;
    network_ = ipnet_ ? ipnet_header : tagged_ ? 18 : 14;
  }

  bool accepts(const KernelTest& test) {
    const bool hit = evaluate(test);
    return hit && !beyond_;
  }

 private:
  bool evaluate(const KernelTest& test);
  bool type_is(std::uint32_t type);
  bool protocol_is(const IpProtocol& protocol);
  bool address_is(const Address& address, Direction direction);
  bool ether_is(const lab::MacAddress& mac, Direction direction);
  std::uint32_t load(std::size_t at, std::size_t size) {
    // pfmod loads words of 16 bits.
    const std::size_t word = at & ~std::size_t{1};
    const auto value = number_at(packet_.bytes, at, size);
    if (!value || !number_at(packet_.bytes, word, 2)) beyond_ = true;
    return value.value_or(0);
  }

  const Packet& packet_;
  bool ipnet_, tagged_ = false, beyond_ = false;
  std::size_t network_ = 0;
};

bool Evaluation::type_is(std::uint32_t type) {
  if (ipnet_) {
    const auto family = load(1, 1);
    return (type == ethertype_ip4 && family == 2) || (type == ethertype_ip6 && family == 26);
  }
  return load(tagged_ && type != ethertype_tag ? 16 : 12, 2) == type;
}

bool Evaluation::protocol_is(const IpProtocol& protocol) {
  bool hit = false;
  if (protocol.ip4) hit = (load(network_ + 9, 1) == *protocol.ip4) & type_is(ethertype_ip4);
  if (protocol.ip6) hit |= (load(network_ + 6, 1) == *protocol.ip6) & type_is(ethertype_ip6);
  return hit;
}

bool Evaluation::address_is(const Address& address, Direction direction) {
  const auto at = [&](std::size_t place) {
    bool same = true;
    for (std::size_t i = 0; i < (address.six ? 4U : 1U); ++i)
      same &= load(network_ + place + 4 * i, 4) == address.word(i);
    return same;
  };
  bool hit = false;
  if (direction != Direction::destination) hit |= at(address.six ? 8 : 12);
  if (direction != Direction::source) hit |= at(address.six ? 24 : 16);
  return type_is(address.six ? ethertype_ip6 : ethertype_ip4) && hit;
}

bool Evaluation::ether_is(const lab::MacAddress& mac, Direction direction) {
  const auto at = [&](std::size_t place) {
    bool same = true;
    for (std::size_t i = 0; i < mac.size(); ++i) same &= load(place + i, 1) == mac.at(i);
    return same;
  };
  bool hit = false;
  if (direction != Direction::destination) hit |= at(6);
  if (direction != Direction::source) hit |= at(0);
  return hit;
}

bool Evaluation::evaluate(const KernelTest& test) {
  const auto in_net = [&](std::size_t at) {
    return (load(network_ + at, 4) & test.network.mask) == test.network.address;
  };
  bool hit = false;
  switch (test.kind) {
    case Kind::all:
      hit = true;
      for (const auto& part : test.parts) hit &= evaluate(part);
      return hit;
    case Kind::any:
      for (const auto& part : test.parts) hit |= evaluate(part);
      return hit;
    case Kind::constant:
      return test.value != 0;
    case Kind::type:
      return type_is(test.value);
    case Kind::protocol:
      return protocol_is(test.protocol);
    case Kind::address:
      return address_is(test.address, test.direction);
    case Kind::ether:
      return ether_is(test.mac, test.direction);
    case Kind::net:
      if (test.direction != Direction::destination) hit |= in_net(12);
      if (test.direction != Direction::source) hit |= in_net(16);
      return hit;
    case Kind::proto:
      return load(network_ + 9, 1) == test.value;
    case Kind::broadcast:
      return load(0, 4) == 0xffffffff;
    case Kind::multicast:
      return (load(0, 1) & 1) != 0;
    case Kind::vlan:
      return load(12, 2) == ethertype_tag && (load(14, 2) & 0xfff) != 0;
    case Kind::zone:
      return (load(16, 4) == test.value) | (load(20, 4) == test.value);
  }
  return false;
}

}  // namespace

bool kernel_accepts(const KernelTest& test, const Packet& packet, Medium medium, const Release& release) {
  return Evaluation(packet, medium, release).accepts(test);
}

}  // namespace anchoko::snoop::emulated
