#include "backends/snoop/emulator_userland.h"

#include "backends/snoop/emulator_userland_compiler.h"

namespace anchoko::snoop::emulated {

using Kind = Token::Kind;

Result<Program> Compiler::compile() {
  alternatives();
  if (!words_.at_end()) words_.wrong("invalid expression");
  if (words_.error()) return fail(ErrorKind::usage, *words_.error());
  if (code_.program().is_too_long()) return fail(ErrorKind::usage, "expression too long");
  return std::move(code_.program());
}

bool Compiler::ends_group() const {
  return words_.at_end() || words_.at_symbol(")");
}

// Whether the next word can begin a primary that stands beside the one before.
bool Compiler::continues() const {
  const Token& here = words_.here();
  if (here.kind == Kind::symbol) return here.text == "(" || here.text == "!";
  return here.kind != Kind::end && !here.is("or");
}

void Compiler::alternatives() {
  std::vector<std::size_t> done;
  conjunction();
  while (words_.accept("or") || words_.accept(",")) {
    done.push_back(code_.branch(Op::branch_true));
    conjunction();
  }
  code_.land(done);
}

void Compiler::conjunction() {
  std::vector<std::size_t> failed;
  comparison();
  while (!words_.at_end()) {
    const bool written = words_.accept("and");
    if (written ? ends_group() : !continues()) break;  // an `and` at the end is ignored
    // `(tcp) host A` is an error, here only.
    if (!written && words_.after_parenthesis()) return words_.wrong_here();
    failed.push_back(code_.branch(Op::branch_false));
    comparison();
  }
  code_.land(failed);
}

std::optional<Op> Compiler::take_operator(std::span<const Operator> operators) {
  for (const auto& [symbol, op] : operators) {
    if (!words_.at_symbol(symbol)) continue;
    words_.take();
    return op;
  }
  return std::nullopt;
}

void Compiler::comparison() {
  static constexpr Operator operators[] = {{"=", Op::equal},          {"!=", Op::different},
                                           {"<", Op::less},           {"<=", Op::less_equal},
                                           {">=", Op::greater_equal}, {">", Op::greater}};
  sum();
  while (const auto op = take_operator(operators)) {
    sum();
    code_.emit(*op);
  }
}

void Compiler::sum() {
  static constexpr Operator operators[] = {
      {"+", Op::add}, {"-", Op::subtract}, {"|", Op::bit_or}, {"^", Op::bit_xor}};
  product();
  while (const auto op = take_operator(operators)) {
    product();
    code_.emit(*op);
  }
}

void Compiler::product() {
  static constexpr Operator operators[] = {
      {"*", Op::multiply}, {"/", Op::divide}, {"%", Op::remainder}, {"&", Op::bit_and}};
  primary();
  while (const auto op = take_operator(operators)) {
    primary();
    code_.emit(*op);
  }
}

void Compiler::primary() {
  while (take_qualifier(words_, qualifiers_)) {
  }
  const Token& here = words_.here();
  switch (here.kind) {
    case Kind::end:
      return words_.wrong_here();
    case Kind::number:
      return code_.emit(Op::constant, words_.take().value);
    case Kind::field:
      return field();
    case Kind::ether:
    case Kind::ip4:
    case Kind::ip6:
    case Kind::apple:
      return host();
    case Kind::word:
      return word();
    case Kind::symbol:
      break;
  }
  if (words_.accept("!")) {
    primary();
    code_.emit(Op::negate);
  } else if (words_.accept("(")) {
    alternatives();
    if (!words_.accept(")")) words_.wrong("right paren expected");
  } else {
    words_.wrong_here();
  }
}

void Compiler::word() {
  const std::string word = words_.here().text;
  if (word == "not") {
    words_.take();
    primary();
    return code_.emit(Op::negate);
  }
  if (protocol_word(word) || test_word(word) || service_word(word) || place_word(word)) return;
  host();
}

bool Compiler::protocol_word(const std::string& word) {
  if (const auto type = ethertype_of_word(word)) {
    words_.take();
    code_.type_test(*type);
    return true;
  }
  if (word == "ospf" && release_.solaris10()) return false;  // 4.9: the kernel part only knows it
  if (const auto* protocol = find_ip_protocol(word)) {
    words_.take();
    code_.protocol_test(protocol->ip4, protocol->ip6);
    return true;
  }
  if (word == "pppoe") {
    words_.take();
    code_.type_either(0x8863, 0x8864);
  } else if (word == "apple") {  // manual page: ethertype 0x809b or 0x80f3
    words_.take();
    code_.type_either(0x809b, 0x80f3);
  } else if (word == "decnet") {
    words_.take();
    code_.type_range(0x6000, 0x6009);
  } else {
    return false;
  }
  return true;
}

bool Compiler::test_word(const std::string& word) {
  if (release_.tags && (word == "vlan" || word == "vlan-id")) {
    words_.take();
    word == "vlan" ? code_.tagged() : code_.tagged_with(number("vlan id expected"));
  } else if (!release_.solaris10() && word == "zone") {
    words_.take();
    code_.zone(number("zone id expected"));  // leaves the direction as it is
  } else if (word == "broadcast" || word == "multicast") {
    words_.take();
    word == "broadcast" ? code_.broadcast() : code_.multicast();
  } else if (word == "ethertype") {
    words_.take();
    code_.type_test(number("ether type expected"));
  } else if (word == "less" || word == "greater") {
    words_.take();
    code_.emit(Op::length);
    code_.emit(Op::constant, number("packet length expected"));
    code_.emit(word == "less" ? Op::less : Op::greater);
  } else if (word == "length") {
    words_.take();
    code_.emit(Op::length);
  } else if (word == "nofrag") {
    words_.take();
    code_.first_fragment();
  } else if (word == "proto") {
    proto();
  } else {
    return false;
  }
  return true;
}

bool Compiler::service_word(const std::string& word) {
  if (word == "bootp" || word == "dhcp") {
    words_.take();
    code_.bootp();
  } else if (word == "dhcp6" && !release_.solaris10()) {
    words_.take();
    code_.dhcp6();
  } else if (word == "ldap" || word == "slp") {
    words_.take();
    code_.service(word == "ldap" ? 389 : 427,
                  word == "ldap" ? std::optional<std::uint32_t>(6) : std::nullopt);
  } else if (word == "rpc") {
    rpc();
  } else if (word == "gateway") {
    gateway();
  } else {
    return false;
  }
  return true;
}

bool Compiler::place_word(const std::string& word) {
  struct Place {
    std::string_view word;
    bool is_net;
    std::optional<Direction> direction;
  };
  static constexpr Place places[] = {{"net", true, std::nullopt},
                                     {"srcnet", true, Direction::source},
                                     {"dstnet", true, Direction::destination},
                                     {"port", false, std::nullopt},
                                     {"srcport", false, Direction::source},
                                     {"dstport", false, Direction::destination}};
  if (word == "host") {
    words_.take();
    host();
    return true;
  }
  if (word == "between") {  // `between A B` is `A and B`
    words_.take();
    host();
    const auto failed = code_.branch(Op::branch_false);
    host();
    code_.land({failed});
    return true;
  }
  for (const auto& place : places) {
    if (place.word != word) continue;
    words_.take();
    const Direction before = qualifiers_.use_direction();
    const Direction direction = place.direction.value_or(before);
    place.is_net ? net(direction) : port(direction);
    return true;
  }
  return false;
}

std::uint32_t Compiler::number(const char* otherwise) {
  if (words_.here().kind == Kind::number) return words_.take().value;
  words_.wrong(otherwise);
  return 0;
}

Result<Program> compile_userland(std::string_view expression, Medium medium, const Release& release,
                                 const Names& names) {
  return Compiler(expression, medium, release, names).compile();
}

}  // namespace anchoko::snoop::emulated
