// The kernel part of a live filter: pf_compile() and pfmod (reference, section 4.5).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/snoop/emulator_parse.h"

namespace anchoko::snoop::emulated {

// Tests of a packet. All of them are evaluated, whatever stands around them.
struct KernelTest {
  enum class Kind {
    all,
    any,
    constant,
    type,
    protocol,
    address,
    ether,
    net,
    proto,
    broadcast,
    multicast,
    vlan,
    zone
  };
  Kind kind = Kind::constant;
  std::vector<KernelTest> parts;  // of all and any
  std::uint32_t value = 0;        // type, proto, zone; constant: 0 or 1
  IpProtocol protocol{};
  Address address{};
  lab::MacAddress mac{};
  Network network{};
  Direction direction = Direction::any;
  std::size_t words = 0;
};

struct KernelParse {
  std::optional<KernelTest> test;         // of what was read; nothing was: none
  std::optional<std::size_t> stopped_at;  // place of the first word that pf_compile() does not know
  bool has_or = false;
  bool never = false;  // an operand is missing, or `vlan-id` stands in it: every packet is rejected
  std::optional<std::string> error;
};

KernelParse parse_kernel(std::string_view expression, Medium medium, const Release& release,
                         const Names& names);

constexpr std::size_t kernel_words = 2047;

bool kernel_accepts(const KernelTest& test, const Packet& packet, Medium medium, const Release& release);

}  // namespace anchoko::snoop::emulated
