// What each primitive of the userland filter becomes (reference, section 4.3). One IPv4 host costs 28 words.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "backends/snoop/emulator_code.h"
#include "backends/snoop/emulator_parse.h"

namespace anchoko::snoop::emulated {

class UserlandCode {
 public:
  UserlandCode(Medium medium, const Release& release) : medium_(medium), release_(release) {}

  Program& program() { return program_; }
  void emit(Op op, std::uint32_t operand = 0) { program_.emit(op, operand); }
  std::size_t branch(Op op) { return program_.emit_branch(op); }
  void land(const std::vector<std::size_t>& branches) {
    for (const std::size_t one : branches) program_.land(one);
  }
  void load(Op base, Op load);  // the place is on the stack

  void type_test(std::uint32_t type);
  void type_either(std::uint32_t one, std::uint32_t other);
  void type_range(std::uint32_t first, std::uint32_t last);
  void protocol_test(std::optional<std::uint32_t> ip4, std::optional<std::uint32_t> ip6);
  void network_byte(std::uint32_t at, std::uint32_t value);
  void address(const Address& address, Direction direction);
  // False: not on this medium.
  bool ether(const lab::MacAddress& mac, Direction direction);
  void apple(std::uint32_t net, std::uint32_t node, Direction direction);
  void net(std::uint32_t address, std::uint32_t mask, Direction direction);
  void port(std::uint32_t port, Direction direction);
  void tagged();
  void tagged_with(std::uint32_t id);
  void zone(std::uint32_t id);
  void broadcast();
  void multicast();
  void first_fragment();
  void bootp();
  void dhcp6();
  // Nothing: TCP or UDP.
  void service(std::uint32_t port, std::optional<std::uint32_t> protocol);
  void rpc(const RpcTest& test) { program_.emit_rpc(test); }

 private:
  struct Field {
    Op base;
    std::uint32_t at;
    Op load;
    std::uint32_t value;
  };
  void test(const Field& field);  // 8 words
  void all_of(const std::vector<Field>& fields);
  template <typename Emit>
  void by_direction(Direction direction, Emit emit);

  Medium medium_;
  const Release& release_;
  Program program_;
};

}  // namespace anchoko::snoop::emulated
