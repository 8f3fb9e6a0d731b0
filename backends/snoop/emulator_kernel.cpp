#include "backends/snoop/emulator_kernel.h"

#include <algorithm>
#include <array>
#include <utility>

namespace anchoko::snoop::emulated {
namespace {

using Kind = KernelTest::Kind;

// Measured (4.5): 102 `host` joined with `or`, 170 `src host`, 30 hosts of IPv6, 85 `net` fit into 2047
// words.
constexpr std::size_t join_words = 1;
constexpr std::size_t host4_words = 19, host4_one_way = 11;
constexpr std::size_t host6_words = 67, host6_one_way = 35;
constexpr std::size_t net_words = 23, net_one_way = 11;
// Not measured.
constexpr std::size_t type_words = 5, protocol_words = 13, ether_words = 13, other_words = 6;

// Words that end the kernel part.
bool stops(const Token& token, const Release& release) {
  static constexpr std::array<std::string_view, 18> words{
      "not",    "!",     "port", "srcport", "dstport", "rpc",  "less",  "greater", "length",
      "nofrag", "bootp", "dhcp", "dhcp6",   "slp",     "ldap", "apple", "decnet",  "gateway"};
  switch (token.kind) {
    case Token::Kind::number:
    case Token::Kind::field:
    case Token::Kind::apple:
      return true;
    case Token::Kind::word:
    case Token::Kind::symbol:
      if (token.text == "dhcp6" && release.solaris10()) return false;
      return std::find(words.begin(), words.end(), token.text) != words.end();
    default:
      return false;
  }
}

class Parser {
 public:
  Parser(std::string_view expression, Medium medium, const Release& release, const Names& names)
      : words_(expression), medium_(medium), release_(release), names_(names) {}

  KernelParse parse();

 private:
  using Part = std::optional<KernelTest>;

  Part alternatives();
  Part conjunction();
  Part primary();
  Part word();
  Part protocol_word(const std::string& word);
  Part test_word(const std::string& word);
  Part vlan_id();
  Part zone();
  Part host();
  Part net(Direction direction);
  Part number_test(Kind kind, const char* otherwise, std::size_t words);
  bool stop_here();
  bool at_end_of_group() const { return words_.at_end() || words_.at_symbol(")"); }
  static KernelTest join(Kind kind, KernelTest left, KernelTest right);
  static KernelTest constant(bool value) {
    KernelTest test;
    test.value = value;
    test.words = 1;
    return test;
  }

  Words words_;
  Medium medium_;
  const Release& release_;
  const Names& names_;
  Qualifiers qualifiers_;
  KernelParse result_;
};

KernelParse Parser::parse() {
  result_.test = alternatives();
  if (!result_.stopped_at && !words_.at_end()) words_.wrong_here();
  result_.error = words_.error();
  return std::move(result_);
}

bool Parser::stop_here() {
  if (result_.stopped_at) return true;
  if (!stops(words_.here(), release_)) return false;
  result_.stopped_at = words_.here().at;
  words_.skip_all();
  return true;
}

KernelTest Parser::join(Kind kind, KernelTest left, KernelTest right) {
  if (left.kind != kind) {
    KernelTest both;
    both.kind = kind;
    both.words = left.words;
    both.parts.push_back(std::move(left));
    left = std::move(both);
  }
  left.words += right.words + join_words;
  left.parts.push_back(std::move(right));
  return left;
}

Parser::Part Parser::alternatives() {
  Part left = conjunction();
  while (!result_.stopped_at && (words_.accept("or") || words_.accept(","))) {
    result_.has_or = true;
    Part right = conjunction();
    if (left && right) left = join(Kind::any, std::move(*left), std::move(*right));
  }
  return left;
}

Parser::Part Parser::conjunction() {
  Part left = primary();
  while (!words_.at_end()) {
    const bool written = words_.accept("and");
    if (at_end_of_group() || (!written && (words_.here().is("or") || words_.here().is(",")))) break;
    Part right = primary();
    if (!right) break;
    left = left ? join(Kind::all, std::move(*left), std::move(*right)) : std::move(right);
  }
  return left;
}

Parser::Part Parser::primary() {
  while (!stop_here() && take_qualifier(words_, qualifiers_)) {
  }
  // Stopped: the qualifiers are lost, the text for userland begins behind them.
  if (result_.stopped_at) return std::nullopt;
  if (words_.accept("(")) {
    Part inner = alternatives();
    if (!result_.stopped_at && !words_.accept(")")) words_.wrong("right paren expected");
    return inner;
  }
  const Token& here = words_.here();
  // Nothing here: `src or dst X`, a trailing `or`, `()`. Accepted, and no packet ever passes (4.2).
  if (words_.at_end() || here.is("or") || here.is(",") || here.is(")")) {
    result_.never = true;
    return std::nullopt;
  }
  if (here.kind == Token::Kind::symbol) {
    words_.wrong_here();
    return std::nullopt;
  }
  return here.kind == Token::Kind::word ? word() : host();
}

Parser::Part Parser::word() {
  const std::string word = words_.here().text;
  if (auto test = protocol_word(word)) return test;
  if (word == "host") {
    words_.take();
    return host();
  }
  if (word == "between") {
    words_.take();
    Part one = host(), other = host();
    if (!one || !other) return std::nullopt;
    return join(Kind::all, std::move(*one), std::move(*other));
  }
  if (word == "net" || word == "srcnet" || word == "dstnet") {
    words_.take();
    const Direction before = qualifiers_.use_direction();
    return net(word == "net" ? before : word == "srcnet" ? Direction::source : Direction::destination);
  }
  if (auto test = test_word(word)) return test;
  return words_.error() ? std::nullopt : host();
}

Parser::Part Parser::protocol_word(const std::string& word) {
  KernelTest test;
  if (word.starts_with("pppoe") && release_.pppoe_live_broken) {
    if (word != "pppoe" && word != "pppoed" && word != "pppoes") return std::nullopt;
    words_.take();
    return constant(word != "pppoe");  // 4.3: pppoed and pppoes match everything, pppoe nothing
  }
  if (const auto type = ethertype_of_word(word)) {
    test.kind = Kind::type;
    test.value = *type;
    test.words = type_words;
  } else if (const auto* protocol = find_ip_protocol(word)) {
    test.kind = Kind::protocol;
    test.protocol = *protocol;
    test.words = protocol_words;
  } else if (word == "pppoe") {
    KernelTest session;
    test.kind = session.kind = Kind::type;
    test.value = 0x8863;
    session.value = 0x8864;
    test.words = session.words = type_words;
    test = join(Kind::any, std::move(test), std::move(session));
  } else {
    return std::nullopt;
  }
  words_.take();
  return test;
}

Parser::Part Parser::test_word(const std::string& word) {
  if (word == "broadcast" || word == "multicast" || (word == "vlan" && release_.tags)) {
    words_.take();
    KernelTest test;
    test.kind = word == "broadcast" ? Kind::broadcast : word == "multicast" ? Kind::multicast : Kind::vlan;
    test.words = other_words;
    return test;
  }
  if (word == "vlan-id" && release_.tags) return vlan_id();
  if (word == "zone" && !release_.solaris10()) return zone();
  if (word == "ethertype") return number_test(Kind::type, "ether type expected", type_words);
  if (word != "proto") return std::nullopt;
  auto test = number_test(Kind::proto, "protocol number expected", other_words);
  if (!at_end_of_group() && !words_.here().is("and") && !words_.here().is("or") && !words_.here().is(","))
    words_.wrong_here();
  return test;
}

Parser::Part Parser::number_test(Kind kind, const char* otherwise, std::size_t words) {
  words_.take();
  if (words_.here().kind != Token::Kind::number) {
    words_.wrong(otherwise);
    return std::nullopt;
  }
  KernelTest test;
  test.kind = kind;
  test.value = words_.take().value;
  test.words = words;
  return test;
}

// Never matches, and with it the whole expression (4.5).
Parser::Part Parser::vlan_id() {
  auto test = number_test(Kind::vlan, "VLAN ID expected", other_words);
  if (test) result_.never = true;
  return test;
}

Parser::Part Parser::zone() {
  auto test = number_test(Kind::zone, "zone id expected", other_words);
  if (medium_ != Medium::ipnet) words_.wrong("filter option unsupported on media");
  return test;
}

Parser::Part Parser::host() {
  const Token token = words_.here();
  if (words_.at_end() || token.kind == Token::Kind::symbol || token.kind == Token::Kind::field) {
    words_.wrong_here();
    return std::nullopt;
  }
  words_.take();
  const bool as_ether = std::exchange(qualifiers_.ether, false);
  KernelTest test;
  test.direction = qualifiers_.direction;
  const bool one_way = test.direction != Direction::any;
  if (token.kind == Token::Kind::ether || as_ether) {
    const auto mac = token.kind == Token::Kind::ether ? parse_ether(token.text) : std::nullopt;
    qualifiers_.use_direction();
    if (!mac) {
      words_.wrong("cannot obtain ether addr for " + token.text);
      return std::nullopt;
    }
    if (!is_ethernet(medium_)) return constant(true);
    test.kind = Kind::ether;
    test.mac = *mac;
    test.words = ether_words;
    return test;
  }
  const bool family = qualifiers_.inet || qualifiers_.inet6;
  const auto addresses = addresses_of(token, qualifiers_, names_);
  qualifiers_.inet = qualifiers_.inet6 = false;
  if (!family) qualifiers_.use_direction();
  if (addresses.empty()) words_.wrong("could not resolve " + token.text);
  Part all;
  for (const auto& address : addresses) {
    test.kind = Kind::address;
    test.address = address;
    test.words = address.six ? (one_way ? host6_one_way : host6_words)
                 : one_way   ? host4_one_way
                             : host4_words;
    all = all ? join(Kind::any, std::move(*all), test) : test;
  }
  return all;
}

Parser::Part Parser::net(Direction direction) {
  const Token token = words_.take();
  const auto network = network_of(token.text, false);
  if (!network) {
    words_.wrong("net " + token.text + " not known");
    return std::nullopt;
  }
  KernelTest test;
  test.kind = Kind::net;
  test.network = *network;
  test.direction = direction;
  test.words = direction == Direction::any ? net_words : net_one_way;
  return test;
}

}  // namespace

KernelParse parse_kernel(std::string_view expression, Medium medium, const Release& release,
                         const Names& names) {
  return Parser(expression, medium, release, names).parse();
}

}  // namespace anchoko::snoop::emulated
