#include "backends/snoop/command_fields.h"

#include <utility>
#include <vector>

namespace anchoko::snoop {
namespace {

using filter::Arithmetic;
using filter::ArithmeticExpr;
using filter::ArithmeticKind;
using filter::FilterExpr;
using filter::Proto;

constexpr std::uint32_t link_header = 14;
constexpr std::uint32_t ip6_header = 40;

ArithmeticExpr load(Proto proto, ArithmeticExpr offset, int size) {
  Arithmetic one;
  one.kind = ArithmeticKind::load;
  one.proto = proto;
  one.size = static_cast<std::uint8_t>(size);
  one.left = std::move(offset);
  return std::make_shared<const Arithmetic>(std::move(one));
}

ArithmeticExpr masked(ArithmeticExpr value, const Field& field) {
  return field.mask ? computed(ArithmeticKind::bit_and, std::move(value), constant(*field.mask)) : value;
}

ArithmeticExpr network(const Field& field, const Guard& guard) {
  switch (guard.frames) {
    case frames::ip:
      return load(Proto::ip, constant(field.offset), field.size);
    case frames::ip6:
      return load(Proto::ip6, constant(field.offset), field.size);
    case frames::arp:
      return load(Proto::arp, constant(field.offset), field.size);
    case frames::rarp:
      return load(Proto::rarp, constant(field.offset), field.size);
    default:
      return load(Proto::ether, constant(link_header + field.offset), field.size);
  }
}

// Behind the header of IPv4, however long it is.
ArithmeticExpr behind_ip(const Field& field) {
  auto header = computed(ArithmeticKind::multiply,
                         computed(ArithmeticKind::bit_and, load(Proto::ip, constant(0), 1), constant(0xf)),
                         constant(4));
  if (field.offset != 0) header = computed(ArithmeticKind::add, std::move(header), constant(field.offset));
  return load(Proto::ip, std::move(header), field.size);
}

}  // namespace

ArithmeticExpr constant(std::uint32_t value) {
  Arithmetic one;
  one.value = value;
  return std::make_shared<const Arithmetic>(std::move(one));
}

ArithmeticExpr computed(ArithmeticKind kind, ArithmeticExpr left, ArithmeticExpr right) {
  Arithmetic one;
  one.kind = kind;
  one.left = std::move(left);
  one.right = std::move(right);
  return std::make_shared<const Arithmetic>(std::move(one));
}

ArithmeticExpr value_of(const Field& field, const Guard& guard) {
  ArithmeticExpr value;
  if (field.base == Field::Base::ether) {
    value = load(Proto::ether, field.computed ? field.computed : constant(field.offset), field.size);
  } else {
    value = network(field, guard);
  }
  return masked(std::move(value), field);
}

FilterExpr ethertype_is(std::uint32_t type) {
  filter::Primitive p;
  p.kind = filter::PrimitiveKind::protocol;
  switch (type) {
    case 0x0800:
      p.proto = Proto::ip;
      break;
    case 0x86dd:
      p.proto = Proto::ip6;
      break;
    case 0x0806:
      p.proto = Proto::arp;
      break;
    case 0x8035:
      p.proto = Proto::rarp;
      break;
    default:
      return relation(load(Proto::ether, constant(12), 2), filter::Relation::equal, type);
  }
  return filter::primitive(p);
}

FilterExpr relation(ArithmeticExpr left, filter::Relation sign, std::uint32_t value) {
  filter::Primitive p;
  p.kind = filter::PrimitiveKind::relation;
  p.relation = sign;
  p.left = std::move(left);
  p.right = constant(value);
  return filter::primitive(p);
}

FilterExpr compare_field(const Field& field, filter::Relation sign, std::uint32_t value, const Guard& guard) {
  const auto compare = [&](ArithmeticExpr what) {
    return relation(masked(std::move(what), field), sign, value);
  };
  switch (field.base) {
    case Field::Base::length: {
      Arithmetic length;
      length.kind = ArithmeticKind::length;
      return compare(std::make_shared<const Arithmetic>(std::move(length)));
    }
    case Field::Base::ether:
    case Field::Base::network:
      return relation(value_of(field, guard), sign, value);
    case Field::Base::transport:
      break;
  }
  if (guard.frames == 0) return filter::match_none();  // `ip and ip6`: no packet comes here
  const bool in_ip6 = (guard.frames & frames::ip6) != 0;
  if (in_ip6 && !guard.direct) return nullptr;
  if ((guard.frames & (frames::ip | frames::ip6)) == 0) return nullptr;
  std::vector<FilterExpr> either;
  if ((guard.frames & frames::ip) != 0) either.push_back(compare(behind_ip(field)));
  if (in_ip6) either.push_back(compare(load(Proto::ip6, constant(ip6_header + field.offset), field.size)));
  return filter::disjunction(std::move(either));
}

FilterExpr carries(std::uint32_t protocol, bool in_ip, bool in_ip6) {
  std::vector<FilterExpr> either;
  if (in_ip) {
    filter::Primitive p;
    p.kind = filter::PrimitiveKind::proto;
    p.proto = Proto::ip;
    p.number = protocol;
    either.push_back(filter::primitive(p));
  }
  if (in_ip6) either.push_back(relation(load(Proto::ip6, constant(6), 1), filter::Relation::equal, protocol));
  return filter::disjunction(std::move(either));
}

}  // namespace anchoko::snoop
