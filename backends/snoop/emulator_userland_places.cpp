// The operands of primitives: fields, hosts, nets, ports, calls.
#include <cstdlib>

#include "backends/snoop/emulator_userland_compiler.h"

namespace anchoko::snoop::emulated {
namespace {

using Kind = Token::Kind;

std::uint32_t to_integer(const Token& token) {  // as atoi(): 0x50 is 0, 010 is 10
  return static_cast<std::uint32_t>(std::atoi(token.text.c_str()));
}

}  // namespace

void Compiler::field() {
  static constexpr std::pair<std::string_view, Op> bases[] = {
      {"ether[", Op::link_base},     {"ip[", Op::network_base},        {"ip6[", Op::network_base},
      {"pppoed[", Op::network_base}, {"pppoes[", Op::network_base},    {"tcp[", Op::transport_base},
      {"udp[", Op::transport_base},  {"icmp[", Op::transport_base},    {"ah[", Op::transport_base},
      {"esp[", Op::transport_base},  {"ip-in-ip[", Op::transport_base}};
  std::optional<Op> base;
  for (const auto& [name, op] : bases)
    if (words_.here().text == name) base = op;
  if (!base) return words_.wrong_here();
  words_.take();
  alternatives();
  Op load = Op::load1;
  if (words_.accept(":")) {
    const std::uint32_t size = number("field size expected");
    if (size != 1 && size != 2 && size != 4) return words_.wrong("field size invalid");
    load = size == 1 ? Op::load1 : size == 2 ? Op::load2 : Op::load4;
  }
  if (!words_.accept("]")) return words_.wrong("right bracket expected");
  code_.load(*base, load);
}

void Compiler::host() {
  const Token token = words_.here();
  if (words_.at_end() || token.kind == Kind::symbol || token.kind == Kind::field) return words_.wrong_here();
  words_.take();
  const bool as_ether = std::exchange(qualifiers_.ether, false);
  if (token.kind == Kind::ether || as_ether) return ether_host(token);
  if (token.kind == Kind::apple) return apple_host(token);
  const bool family = qualifiers_.inet || qualifiers_.inet6;
  const auto addresses = addresses_of(token, qualifiers_, names_);
  qualifiers_.inet = qualifiers_.inet6 = false;
  if (addresses.empty()) {
    const bool literal = token.kind == Kind::ip4 || token.kind == Kind::ip6;
    return words_.wrong((literal ? "couldn't resolve " : "could not resolve ") + token.text);
  }
  std::vector<std::size_t> done;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i > 0) done.push_back(code_.branch(Op::branch_true));
    code_.address(addresses[i], qualifiers_.direction);
  }
  code_.land(done);
  if (!family) qualifiers_.use_direction();  // `inet host` does not clear it (4.2)
}

void Compiler::ether_host(const Token& token) {
  const Direction direction = qualifiers_.use_direction();
  std::optional<lab::MacAddress> mac;
  if (token.kind == Kind::ether) {
    mac = parse_ether(token.text);
  } else if (token.kind == Kind::word) {
    for (const auto& address : names_.addresses(token.text))
      if (!mac) mac = names_.ether_of(address);
  }
  if (!mac) return words_.wrong("cannot obtain ether addr for " + token.text);
  if (!code_.ether(*mac, direction)) words_.wrong("filter option unsupported on media");
}

void Compiler::apple_host(const Token& token) {
  const auto dot = token.text.find('.');
  code_.apple(static_cast<std::uint32_t>(std::atoi(token.text.c_str())),
              static_cast<std::uint32_t>(std::atoi(token.text.c_str() + dot + 1)),
              qualifiers_.use_direction());
}

void Compiler::net(Direction direction) {
  const Token token = words_.take();
  const auto network = network_of(token.text, release_.net_swapped);
  if (!network) return words_.wrong("net " + token.text + " not known");
  code_.net(network->address, network->mask, direction);
}

void Compiler::port(Direction direction) {
  const Token token = words_.take();
  std::optional<std::uint32_t> port;
  if (token.kind == Kind::number) port = to_integer(token);
  if (token.kind == Kind::word) port = port_of_service(token.text);
  if (!port) return words_.wrong("invalid port number or name: " + token.text);
  code_.port(*port, direction);
}

void Compiler::proto() {
  words_.take();
  // 4.9: Solaris 10 passes over the word, so that the number is a true constant.
  if (release_.solaris10()) return primary();
  const std::uint32_t protocol = number("protocol number expected");
  if (!ends_group() && !words_.here().is("and") && !words_.here().is("or") && !words_.here().is(","))
    return words_.wrong_here();
  code_.network_byte(9, protocol);
}

void Compiler::rpc() {
  words_.take();
  RpcTest test;
  const Token program = words_.take();
  if (program.kind == Kind::number) {
    test.program = to_integer(program);
  } else if (const auto known = rpc_program(program.text); known && program.kind == Kind::word) {
    test.program = *known;
  } else {
    return words_.wrong("program name or number expected");
  }
  for (auto* part : {&test.version, &test.procedure}) {
    if (!words_.accept(",")) break;
    const Token number = words_.take();
    if (number.kind != Kind::number)
      return words_.wrong(part == &test.version ? "version number expected" : "procedure number expected");
    *part = to_integer(number);
  }
  const Direction direction = qualifiers_.use_direction();
  test.calls = direction != Direction::source;
  test.replies = direction != Direction::destination;
  code_.rpc(test);
}

void Compiler::gateway() {
  words_.take();
  const Token token = words_.here();
  qualifiers_.ether = true;
  host();
  const auto failed = code_.branch(Op::branch_false);
  const auto addresses = addresses_of(token, {}, names_);
  if (addresses.empty()) return words_.wrong("could not resolve " + token.text);
  code_.address(addresses.front(), Direction::any);
  code_.emit(Op::negate);
  code_.land({failed});
  // It swallows the next word as a host, whatever it is (4.2): usable at the end only.
  if (!words_.at_end()) host();
}

}  // namespace anchoko::snoop::emulated
