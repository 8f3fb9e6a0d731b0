// From qualifiers and a value to a primitive: which combinations mean something, as libpcap decides it.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "core/filter/ast.h"
#include "core/filter/lexer.h"

namespace anchoko::filter {

enum class AddressType : std::uint8_t { none, host, net, port, portrange, proto };

// What stands in front of a value: `tcp src port`.
struct Qualifiers {
  bool has_proto = false;
  bool has_direction = false;
  Proto proto = Proto::none;
  Direction direction = Direction::unspecified;
  AddressType type = AddressType::none;
  std::string proto_name;
  bool any() const { return has_direction || type != AddressType::none; }
};

struct ValueText {
  Token value;
  std::optional<Token> prefix;  // after a slash
  std::optional<Token> mask;    // after `mask`
};

struct PrimitiveProblem {
  Token token;
  std::string message;
  std::string hint;
};

std::expected<Primitive, PrimitiveProblem> build_primitive(const Qualifiers& qualifiers,
                                                           const ValueText& text);

}  // namespace anchoko::filter
