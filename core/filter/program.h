// The flat form of a filter. Built by compile.cpp, shortened by simplify.cpp, run by evaluate.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "core/filter/ast.h"

namespace anchoko::filter {

// Where an offset counts from.
enum class Base : std::uint8_t {
  record,
  link_header,   // radiotap: behind the radiotap header
  link_payload,  // 802.11: behind the 802.11 header, which varies in length
};

// Numbers of tests that end the run.
constexpr std::uint32_t verdict_accept = 0xffffffff;
constexpr std::uint32_t verdict_reject = 0xfffffffe;

// One test: load, mask, compare, go on at one of two others. A load beyond the captured bytes rejects the
// record, as in BPF.
struct Test {
  enum class Source : std::uint8_t {
    bytes,         // `width` bytes at base + offset, big-endian
    ipv4_payload,  // the same, plus 4 * (byte at base + header & 15)
    length,        // of the packet on the wire
    direction,     // PacketDirection as a number
    arithmetic,    // two values from steps [offset, offset + width): left compared with right
  };
  enum class Compare : std::uint8_t { equal, greater, greater_equal, any_bit };
  Source source = Source::bytes;
  Compare compare = Compare::equal;
  Base base = Base::record;
  std::uint32_t width = 1;
  std::uint32_t header = 0;
  std::uint32_t offset = 0;
  std::uint32_t mask = 0xffffffff;
  std::uint32_t value = 0;
  std::uint32_t on_true = 0;
  std::uint32_t on_false = 0;

  bool same_field(const Test& o) const {
    return source == o.source && base == o.base && width == o.width && header == o.header &&
           offset == o.offset;
  }
};

// The bits that a load of so many bytes can have.
constexpr std::uint32_t width_mask(std::uint32_t width) {
  return width >= 4 ? 0xffffffff : (1U << (8 * width)) - 1;
}

// One step of arithmetic on a stack.
struct Step {
  ArithmeticKind kind = ArithmeticKind::constant;
  bool behind_ipv4 = false;  // load: the index counts from behind the IPv4 header at `header`
  Base base = Base::record;
  std::uint8_t size = 1;  // load
  std::uint32_t header = 0;
  std::uint32_t value = 0;  // constant; load: added to the index
};

// What must be worked out before the first test, with loads that can reject the record as well.
enum class Prelude : std::uint8_t { none, wifi_payload, radiotap_header, radiotap_payload };

struct Code {
  std::vector<Test> tests;
  std::vector<Step> steps;
  std::uint32_t entry = verdict_accept;
  Prelude prelude = Prelude::none;
};

// Drops tests whose outcome follows from the tests before them. The verdict on every record stays as it is,
// short ones included: a test goes only where the same bytes have been loaded already.
Code simplify(const Code& code);

}  // namespace anchoko::filter
