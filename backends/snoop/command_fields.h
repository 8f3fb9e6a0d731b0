// Fields of packets as snoop reads them, said in our filter language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/filter/ast.h"

namespace anchoko::snoop {

// What kinds of frames can reach a place of the filter, by the words in front of it.
namespace frames {
inline constexpr unsigned ip = 1;
inline constexpr unsigned ip6 = 2;
inline constexpr unsigned arp = 4;
inline constexpr unsigned rarp = 8;
inline constexpr unsigned other = 16;
inline constexpr unsigned all = 31;
}  // namespace frames

struct Guard {
  unsigned frames = frames::all;
  // IPv6 packets among them carry the transport header directly behind the IPv6 header.
  bool direct = false;
};

struct Field {
  enum class Base { ether, network, transport, length };
  Base base = Base::length;
  std::uint32_t offset = 0;
  int size = 1;
  std::optional<std::uint32_t> mask;
  filter::ArithmeticExpr computed = {};  // of base ether: the offset, where it is not a constant
};

// Of the start of the frame or of the network header.
filter::ArithmeticExpr value_of(const Field& field, const Guard& guard);
filter::ArithmeticExpr constant(std::uint32_t value);
filter::ArithmeticExpr computed(filter::ArithmeticKind kind, filter::ArithmeticExpr left,
                                filter::ArithmeticExpr right);

filter::FilterExpr ethertype_is(std::uint32_t type);
filter::FilterExpr relation(filter::ArithmeticExpr left, filter::Relation sign, std::uint32_t value);

// Null where the guard leaves open what header the field lies in; the frames are those of the guard.
filter::FilterExpr compare_field(const Field& field, filter::Relation sign, std::uint32_t value,
                                 const Guard& guard);

// The first next-header of IPv6, and the protocol of IPv4.
filter::FilterExpr carries(std::uint32_t protocol, bool in_ip, bool in_ip6);

}  // namespace anchoko::snoop
