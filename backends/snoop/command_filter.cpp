#include "backends/snoop/command_filter.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "backends/snoop/command_fields.h"
#include "backends/snoop/command_lexer.h"
#include "core/base/diagnostic.h"
#include "core/filter/names.h"

namespace anchoko::snoop {
namespace {

constexpr int deepest_nesting = 100;  // of parentheses and `not`; stacks of Windows are small

using filter::Direction;
using filter::FilterExpr;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;
using filter::Relation;
using Kind = FilterToken::Kind;

struct Protocol {
  std::string_view name;
  std::uint32_t number;
  bool in_ip;
  bool in_ip6;
  bool direct;  // no extension header of IPv6
};
constexpr Protocol protocols[] = {
    {"tcp", 6, true, true, true},    {"udp", 17, true, true, true},    {"sctp", 132, true, true, true},
    {"icmp", 1, true, false, false}, {"icmp6", 58, false, true, true}, {"ospf", 89, true, true, true},
    {"esp", 50, true, true, false},  {"ah", 51, true, true, false},    {"ip-in-ip", 4, true, false, false}};

struct Ethertype {
  std::string_view name;
  std::uint32_t type;
  unsigned frames;
};
constexpr Ethertype ethertypes[] = {{"ip", 0x0800, frames::ip},        {"ip6", 0x86dd, frames::ip6},
                                    {"arp", 0x0806, frames::arp},      {"rarp", 0x8035, frames::rarp},
                                    {"pppoed", 0x8863, frames::other}, {"pppoes", 0x8864, frames::other}};

// Words that need tables or state of snoop's own.
constexpr std::string_view helpers[] = {"bootp", "dhcp", "dhcp6", "ldap", "slp", "decnet", "apple", "pppoe"};

// At these the kernel's parser stops (reference, 4.5).
constexpr std::string_view kernel_stops[] = {"not",   "!",       "port",   "srcport", "dstport", "rpc",
                                             "less",  "greater", "length", "nofrag",  "bootp",   "dhcp",
                                             "dhcp6", "slp",     "ldap",   "apple",   "decnet",  "gateway"};

constexpr std::string_view other_words[] = {
    "and",    "or",      "not",    "host",      "inet",      "inet6",     "between", "net",
    "srcnet", "dstnet",  "port",   "srcport",   "dstport",   "src",       "from",    "dst",
    "to",     "ether",   "proto",  "ethertype", "broadcast", "multicast", "vlan",    "vlan-id",
    "less",   "greater", "length", "nofrag",    "rpc",       "gateway",   "zone"};

template <typename List>
bool in_list(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != std::end(list);
}

std::vector<std::string> keywords() {
  std::vector<std::string> all(std::begin(other_words), std::end(other_words));
  for (const auto& p : protocols) all.emplace_back(p.name);
  for (const auto& e : ethertypes) all.emplace_back(e.name);
  all.insert(all.end(), std::begin(helpers), std::end(helpers));
  return all;
}

struct Value {
  enum class Is { test, number, field, amount };
  Is is = Is::test;
  FilterExpr test = filter::match_all();
  std::uint32_t number = 0;
  Field field;
  filter::ArithmeticExpr amount;  // a computed offset
  unsigned frames = frames::all;  // those that it can be true for
  bool direct = false;
  bool rejects = false;  // a packet that is not IP is rejected outright, whatever stands around
  std::size_t begin = 0;
  std::size_t end = 0;
};

Value test_of(FilterExpr expr, unsigned of_frames = frames::all, bool direct = false) {
  Value value;
  value.test = std::move(expr);
  value.frames = of_frames;
  value.direct = direct;
  return value;
}

class Parser {
 public:
  Parser(const std::string& text, bool live) : text_(text), tokens_(filter_tokens(text)), live_(live) {}

  NativeFilter read() {
    NativeFilter result;
    if (here().kind == Kind::end) return {filter::match_all(), {}};
    Value all = as_test(any_of());
    if (!failed_ && here().kind != Kind::end) {
      fail(is_sign(")") ? "filter-unopened" : "filter-unexpected", here(), {here().text});
    }
    if (!failed_) check_kernel();
    result.expr = failed_ || !exact_ ? nullptr : std::move(all.test);
    result.findings = std::move(findings_);
    return result;
  }

 private:
  const FilterToken& here() const { return tokens_[at_]; }
  const FilterToken& next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const FilterToken& take() {
    const FilterToken& token = tokens_[at_];
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool is_sign(std::string_view text) const { return here().kind == Kind::sign && here().text == text; }
  bool is_word(std::string_view text) const { return here().kind == Kind::word && here().text == text; }
  bool is_or() const { return is_word("or") || is_sign(","); }
  bool ends_operand() const {
    return here().kind == Kind::end || is_sign(")") || is_sign("]") || is_sign(":") || is_or() || failed_;
  }

  void find(const char* id, std::size_t begin, std::size_t end, std::vector<std::string> values = {},
            std::string hint = {}) {
    const bool told = std::ranges::any_of(
        findings_, [&](const FilterFinding& f) { return f.id == id && f.values == values; });
    if (!told) findings_.push_back({id, begin, end, std::move(values), std::move(hint)});
  }
  void find(const char* id, const FilterToken& token, std::vector<std::string> values = {},
            std::string hint = {}) {
    find(id, token.begin, token.finish, std::move(values), std::move(hint));
  }
  Value fail(const char* id, const FilterToken& token, std::vector<std::string> values = {},
             std::string hint = {}) {
    if (!failed_) {
      // First things first: what would be said of the rest is a guess.
      findings_.clear();
      find(id, token, std::move(values), std::move(hint));
    }
    failed_ = true;
    return {};
  }
  // It is right, and our language has no exact words for it.
  Value keep(const char* id, const FilterToken& token, unsigned of_frames = frames::all) {
    exact_ = false;
    find(id, token, {token.text});
    return test_of(filter::match_all(), of_frames);
  }

  Value as_test(Value value) {
    if (failed_ || value.is == Value::Is::test) return value;
    Value result = value;
    result.is = Value::Is::test;
    if (value.is == Value::Is::number) {
      find("bare-number", value.begin, value.end, {text_.substr(value.begin, value.end - value.begin)});
      result.test = value.number != 0 ? filter::match_all() : filter::match_none();
    } else if (value.is == Value::Is::field) {
      result.test = compared(value, Relation::not_equal, 0);
    } else {
      exact_ = false;
      find("kept-arithmetic", value.begin, value.end, {text_.substr(value.begin, value.end - value.begin)});
    }
    return result;
  }

  // or, and `,` for it
  Value any_of() {
    Value first = all_of();
    if (!is_or() || failed_) return first;
    std::vector<FilterExpr> tests;
    Value result = as_test(std::move(first));
    while (!failed_) {
      tests.push_back(result.test);
      if (!is_or()) break;
      if (result.rejects) reject_beside("rejects-others", result);
      const FilterToken& sign = take();
      if (here().kind == Kind::end) return trailing_or(sign, std::move(tests), result);
      Value one = as_test(all_of());
      result.test = one.test;
      result.frames |= one.frames;
      result.direct = result.direct && one.direct;
      result.rejects = result.rejects || one.rejects;
      result.end = one.end;
    }
    result.test = filter::disjunction(std::move(tests));
    return result;
  }

  Value trailing_or(const FilterToken& sign, std::vector<FilterExpr> tests, Value result) {
    if (!live_) return fail("filter-trailing-or", sign);
    find("trailing-or-live", sign);
    exact_ = false;
    result.test = filter::disjunction(std::move(tests));
    return result;
  }

  void reject_beside(const char* id, const Value& value) {
    find(id, value.begin, value.end, {text_.substr(value.begin, value.end - value.begin)});
    exact_ = false;
  }

  // and, also unwritten
  Value all_of() {
    const Guard outside = guard_;
    Value result = comparison();
    if (!ends_operand()) {
      std::vector<FilterExpr> tests;
      result = as_test(std::move(result));
      while (!failed_) {
        if (!filter::is_match_all(result.test)) tests.push_back(result.test);
        guard_.frames &= result.frames;
        guard_.direct = guard_.direct || result.direct;
        if (ends_operand()) break;
        if (!next_operand(result)) break;
        Value one = as_test(comparison());
        result.test = one.test;
        result.frames &= one.frames;
        result.direct = result.direct || one.direct;
        result.rejects = result.rejects || one.rejects;
        result.end = one.end;
      }
      result.test = filter::conjunction(std::move(tests));
    }
    guard_ = outside;
    return result;
  }

  // Steps over a written `and`; false where the operands end behind it.
  bool next_operand(const Value& before) {
    const bool written = is_word("and");
    if (!written) {
      const bool closed = before.end > 0 && text_[before.end - 1] == ')' && parenthesis_ended_;
      if (closed) {
        fail("filter-needs-and", here(), {here().text});
        return false;
      }
      return true;
    }
    const FilterToken& sign = take();
    if (here().kind == Kind::end) find("trailing-and", sign);
    if (is_or() || is_sign(")")) fail("filter-unexpected", here(), {here().text});
    return !ends_operand();
  }

  std::optional<Relation> relation_sign() const {
    static const std::pair<const char*, Relation> signs[] = {
        {"=", Relation::equal},         {"==", Relation::equal},      {"!=", Relation::not_equal},
        {"<", Relation::less},          {"<=", Relation::less_equal}, {">", Relation::greater},
        {">=", Relation::greater_equal}};
    for (const auto& [text, sign] : signs) {
      if (is_sign(text)) return sign;
    }
    return std::nullopt;
  }

  static Relation mirrored(Relation sign) {
    switch (sign) {
      case Relation::less:
        return Relation::greater;
      case Relation::less_equal:
        return Relation::greater_equal;
      case Relation::greater:
        return Relation::less;
      case Relation::greater_equal:
        return Relation::less_equal;
      default:
        return sign;
    }
  }

  static bool holds(std::uint32_t left, Relation sign, std::uint32_t right) {
    switch (sign) {
      case Relation::equal:
        return left == right;
      case Relation::not_equal:
        return left != right;
      case Relation::less:
        return left < right;
      case Relation::less_equal:
        return left <= right;
      case Relation::greater:
        return left > right;
      case Relation::greater_equal:
        return left >= right;
    }
    return false;
  }

  Value comparison() {
    const std::size_t first = at_;
    Value left = sum();
    while (!failed_) {
      const auto sign = relation_sign();
      if (!sign) break;
      const FilterToken& written = take();
      if (tokens_[first].text == "not" || tokens_[first].text == "!")
        find("not-before-comparison", tokens_[first].begin, written.finish);
      Value right = sum();
      left = related(std::move(left), *sign, std::move(right), written);
    }
    return left;
  }

  Value related(Value left, Relation sign, Value right, const FilterToken& written) {
    using Is = Value::Is;
    if (left.is == Is::number && right.is != Is::number) {
      std::swap(left, right);
      sign = mirrored(sign);
    }
    Value result = left;
    result.is = Is::test;
    result.begin = std::min(left.begin, right.begin);
    result.end = std::max(left.end, right.end);
    if (right.is != Is::number || left.is == Is::amount) {
      exact_ = false;
      find("kept-arithmetic", written, {written.text});
    } else if (left.is == Is::number) {
      result.test = holds(left.number, sign, right.number) ? filter::match_all() : filter::match_none();
    } else if (left.is == Is::field) {
      result.test = compared(left, sign, right.number);
      result.rejects = left.field.base == Field::Base::transport && unguarded();
    } else {
      // A test is 0 or 1.
      const bool if_true = holds(1, sign, right.number);
      const bool if_false = holds(0, sign, right.number);
      if (if_true == if_false) result.test = if_true ? filter::match_all() : filter::match_none();
      if (!if_true && if_false) {
        if (left.rejects) reject_beside("rejects-others", left);
        result.test = filter::negation(left.test);
      }
      if (if_false) {
        result.frames = frames::all;
        result.direct = false;
      }
    }
    return result;
  }

  bool unguarded() const { return (guard_.frames & ~(frames::ip | frames::ip6)) != 0; }

  FilterExpr compared(const Value& value, Relation sign, std::uint32_t number) {
    const Field& field = value.field;
    const bool ordered = sign != Relation::equal && sign != Relation::not_equal;
    const std::uint32_t largest = field.mask.value_or(0xffffffff);
    // Whether words of 32 bits are compared with a sign is not certain.
    if (ordered && field.base != Field::Base::length && field.size == 4 &&
        (largest > 0x7fffffff || number > 0x7fffffff)) {
      exact_ = false;
      find("kept-arithmetic", value.begin, value.end, {text_.substr(value.begin, value.end - value.begin)});
      return filter::match_all();
    }
    if (auto test = compare_field(field, sign, number, guard_)) return test;
    exact_ = false;
    find("kept-extension-headers", value.begin, value.end,
         {text_.substr(value.begin, value.end - value.begin)});
    return filter::match_all();
  }

  Value sum() { return chain({"+", "-", "|", "^"}, &Parser::product); }
  Value product() { return chain({"*", "/", "%", "&"}, &Parser::primary); }

  Value chain(const std::vector<std::string_view>& signs, Value (Parser::*operand)()) {
    Value left = (this->*operand)();
    while (!failed_ && here().kind == Kind::sign && in_list(signs, here().text)) {
      const FilterToken& sign = take();
      Value right = (this->*operand)();
      left = combined(std::move(left), sign, std::move(right));
    }
    return left;
  }

  Value combined(Value left, const FilterToken& sign, Value right) {
    using Is = Value::Is;
    Value result = left;
    result.end = right.end;
    if (sign.text == "/" && left.is == Is::test) {
      if (live_) return fail("net-slash-live", sign);
      find("net-slash", sign);
    }
    if (auto amount = offset_of(left, sign.text, right)) {
      result.is = Is::amount;
      result.amount = std::move(amount);
    } else if (sign.text == "&" && left.is == Is::field && right.is == Is::number) {
      result.field.mask = result.field.mask.value_or(0xffffffff) & right.number;
    } else if (sign.text == "&" && left.is == Is::test && right.is == Is::test) {
      result.test = filter::conjunction({left.test, right.test});
      result.frames = left.frames & right.frames;
      result.direct = left.direct || right.direct;
      result.rejects = left.rejects || right.rejects;
    } else if (sign.text == "|" && left.is == Is::test && right.is == Is::test) {
      result.test = filter::disjunction({left.test, right.test});
      result.frames = left.frames | right.frames;
      result.direct = left.direct && right.direct;
      result.rejects = left.rejects || right.rejects;
      if (result.rejects) reject_beside("rejects-others", left.rejects ? left : right);
    } else {
      exact_ = false;
      find("kept-arithmetic", sign, {sign.text});
      result = test_of(filter::match_all());
      result.begin = left.begin;
      result.end = right.end;
    }
    return result;
  }

  // (a masked byte) * a + b, as the length of an IPv4 header is computed. Null: something else.
  filter::ArithmeticExpr offset_of(const Value& left, const std::string& sign, const Value& right) {
    using Is = Value::Is;
    const bool scaled = sign == "*" && left.is == Is::field && left.field.mask && left.field.size == 1 &&
                        !left.field.computed &&
                        (left.field.base == Field::Base::ether || left.field.base == Field::Base::network);
    const bool moved = sign == "+" && left.is == Is::amount;
    if ((!scaled && !moved) || right.is != Is::number || right.number > 0xffff) return nullptr;
    return computed(scaled ? filter::ArithmeticKind::multiply : filter::ArithmeticKind::add,
                    scaled ? value_of(left.field, guard_) : left.amount, constant(right.number));
  }

  Value primary() {
    const std::size_t begin = here().begin;
    parenthesis_ended_ = false;
    Value value = primary_here();
    value.begin = begin;
    value.end = at_ > 0 ? tokens_[at_ - 1].finish : begin;
    return value;
  }

  Value primary_here() {
    const FilterToken& token = here();
    if (++depth_ > deepest_nesting) return fail("filter-unexpected", token, {token.text});
    struct Leave {
      int& depth;
      ~Leave() { --depth; }
    } const leave{depth_};
    switch (token.kind) {
      case Kind::end:
        return fail("filter-ends", token);
      case Kind::unknown:
        return fail("filter-bad-character", token, {token.text});
      case Kind::number: {
        take();
        if (token.text.size() > 1 && token.text[0] == '0' && token.text[1] != 'x' && token.text[1] != 'X')
          find("octal", token, {token.text, std::to_string(token.number)});
        Value value;
        value.is = Value::Is::number;
        value.number = token.number;
        return value;
      }
      case Kind::ipv4:
      case Kind::ipv6:
      case Kind::mac:
        return address();
      case Kind::appletalk:
        take();
        return keep("appletalk-address", token);
      case Kind::field:
        return field();
      case Kind::sign:
        if (token.text == "(") return parentheses();
        if (token.text == "!") return negated();
        return fail("filter-unexpected", token, {token.text});
      case Kind::word:
        return word();
    }
    return {};
  }

  Value parentheses() {
    const FilterToken& open = take();
    Value value = any_of();
    if (failed_) return value;
    if (!is_sign(")")) return fail("filter-unclosed", open);
    take();
    parenthesis_ended_ = true;
    return value;
  }

  Value negated() {
    take();
    const Guard outside = guard_;
    Value value = as_test(primary());
    guard_ = outside;
    if (failed_) return value;
    if (value.rejects) reject_beside("rejects-others", value);
    Value result = test_of(filter::negation(value.test));
    parenthesis_ended_ = false;
    return result;
  }

  // ---- values -----------------------------------------------------------------------------------------

  Direction take_direction() {
    const Direction direction = direction_;
    direction_ = Direction::unspecified;
    return direction;
  }

  Value address() {
    const FilterToken& token = take();
    Primitive p;
    p.kind = PrimitiveKind::host;
    p.direction = take_direction();
    if (token.kind == Kind::mac) {
      ether_ = false;
      p.proto = Proto::ether;
      p.mac = token.mac;
      return test_of(filter::primitive(p));
    }
    if (ether_) return fail("ether-needs-mac", token, {token.text});
    if (token.kind == Kind::ipv4) {
      if (token.number == 0xffffffff) return fail("filter-no-host", token, {token.text});
      p.proto = Proto::ip;
      p.ipv4 = token.number;
      find("host-without-arp", token, {token.text});
      return test_of(filter::primitive(p), frames::ip);
    }
    p.is_ipv6 = true;
    p.ipv6 = token.ipv6;
    return test_of(filter::primitive(p), frames::ip6);
  }

  // Behind `host` and its like. Names are looked up when snoop runs.
  Value host() {
    const FilterToken& token = here();
    switch (token.kind) {
      case Kind::ipv4:
      case Kind::ipv6:
      case Kind::mac:
        return address();
      case Kind::word:
      case Kind::appletalk:
        take();
        take_direction();
        ether_ = false;
        return keep("kept-name", token, frames::ip | frames::ip6);
      default:
        return fail(token.kind == Kind::end ? "filter-ends" : "filter-needs-host", token, {token.text});
    }
  }

  Value field() {
    const FilterToken& base = take();
    Field field;
    const std::string& name = base.text;
    if (name == "ether") {
      field.base = Field::Base::ether;
    } else if (name == "ip" || name == "ip6" || name == "pppoed" || name == "pppoes") {
      field.base = Field::Base::network;
    } else if (name == "tcp" || name == "udp" || name == "icmp" || name == "ah" || name == "esp" ||
               name == "ip-in-ip") {
      field.base = Field::Base::transport;
    } else {
      return fail("filter-no-field", base, {name});
    }
    take();  // [
    const Value offset = any_of();
    field.size = 1;
    if (failed_) return {};
    if (is_sign(":")) {
      take();
      const FilterToken& size = take();
      if (size.kind != Kind::number || (size.number != 1 && size.number != 2 && size.number != 4))
        return fail("filter-field-size", size, {size.text});
      field.size = static_cast<int>(size.number);
    }
    if (!is_sign("]")) return fail("filter-field-open", base, {name});
    take();
    Value value;
    value.is = Value::Is::field;
    if (offset.is == Value::Is::amount && field.base == Field::Base::ether) {
      field.computed = offset.amount;
    } else if (offset.is != Value::Is::number) {
      exact_ = false;
      find("kept-arithmetic", base, {name + "[...]"});
    } else {
      field.offset = offset.number;
    }
    value.field = field;
    value.rejects = field.base == Field::Base::transport && unguarded();
    return value;
  }

  // ---- words ------------------------------------------------------------------------------------------

  Value word() {
    const FilterToken& token = here();
    const std::string& name = token.text;
    if (next().kind == Kind::sign && next().text == "[" &&
        (name == "ether" || name == "ip" || name == "ip6" || name == "tcp" || name == "udp"))
      return fail("filter-base-apart", next(), {name});
    if (name == "not") return negated();
    for (const auto& p : protocols) {
      if (name != p.name) continue;
      take();
      const unsigned of = (p.in_ip ? frames::ip : 0U) | (p.in_ip6 ? frames::ip6 : 0U);
      return test_of(carries(p.number, p.in_ip, p.in_ip6), of, p.direct);
    }
    for (const auto& e : ethertypes) {
      if (name != e.name) continue;
      take();
      return test_of(ethertype_is(e.type), e.frames);
    }
    if (in_list(helpers, name)) {
      take();
      return keep("kept-helper", token);
    }
    using Reader = Value (Parser::*)();
    static const std::pair<std::string_view, Reader> readers[] = {{"host", &Parser::read_host},
                                                                  {"inet", &Parser::read_inet},
                                                                  {"inet6", &Parser::read_inet},
                                                                  {"between", &Parser::read_between},
                                                                  {"net", &Parser::read_net},
                                                                  {"srcnet", &Parser::read_net},
                                                                  {"dstnet", &Parser::read_net},
                                                                  {"port", &Parser::read_port},
                                                                  {"srcport", &Parser::read_port},
                                                                  {"dstport", &Parser::read_port},
                                                                  {"src", &Parser::read_direction},
                                                                  {"from", &Parser::read_direction},
                                                                  {"dst", &Parser::read_direction},
                                                                  {"to", &Parser::read_direction},
                                                                  {"ether", &Parser::read_ether},
                                                                  {"proto", &Parser::read_proto},
                                                                  {"ethertype", &Parser::read_ethertype},
                                                                  {"broadcast", &Parser::read_cast},
                                                                  {"multicast", &Parser::read_cast},
                                                                  {"vlan", &Parser::read_vlan},
                                                                  {"vlan-id", &Parser::read_vlan},
                                                                  {"less", &Parser::read_length_test},
                                                                  {"greater", &Parser::read_length_test},
                                                                  {"length", &Parser::read_length},
                                                                  {"nofrag", &Parser::read_nofrag},
                                                                  {"rpc", &Parser::read_rpc},
                                                                  {"gateway", &Parser::read_gateway},
                                                                  {"zone", &Parser::read_zone}};
    for (const auto& [keyword, reader] : readers) {
      if (name == keyword) return (this->*reader)();
    }
    if (name == "and" || name == "or") return fail("filter-unexpected", token, {name});
    // Everything else is looked up as a host.
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    find("word-is-host", token, {name}, did_you_mean(lower, keywords()));
    return host();
  }

  Value read_host() {
    take();
    return host();
  }

  // Its address may be of one family only. The direction stays for what follows (reference, 4.2).
  Value read_inet() {
    const bool six = take().text == "inet6";
    const Direction direction = direction_;
    if (is_word("host")) take();
    const FilterToken& token = here();
    Value value = host();
    if (failed_) return value;
    if (token.kind == (six ? Kind::ipv4 : Kind::ipv6)) value.test = filter::match_none();
    if (direction != Direction::unspecified) {
      direction_ = direction;
      find("sticky-direction", token, {token.text});
    }
    return value;
  }

  Value read_between() {
    take();
    Value first = host();
    if (failed_) return first;
    Value second = host();
    first.test = filter::conjunction({first.test, second.test});
    first.frames &= second.frames;
    return first;
  }

  Value read_direction() {
    const FilterToken& word = take();
    direction_ = word.text == "src" || word.text == "from" ? Direction::src : Direction::dst;
    if (is_or()) return fail("filter-src-or-dst", here(), {word.text});
    if (here().kind == Kind::end) return fail("filter-ends", here());
    return primary_here();
  }

  Value read_ether() {
    const FilterToken& word = take();
    ether_ = true;
    if (is_word("host")) take();
    if (is_word("broadcast") || is_word("multicast")) {
      find("ether-before-cast", word, {here().text});
      return primary_here();
    }
    if (here().kind == Kind::end) return fail("filter-ends", here());
    if (is_word("src") || is_word("dst") || is_word("from") || is_word("to")) return primary_here();
    return host();
  }

  Value read_cast() {
    const bool group = take().text == "multicast";
    Primitive p;
    p.kind = group ? PrimitiveKind::multicast : PrimitiveKind::broadcast;
    p.proto = Proto::ether;
    return test_of(filter::primitive(p));
  }

  // The mask comes from octets of zero at the end; short forms are right-justified (reference, 4.4).
  Value read_net() {
    const std::string keyword = take().text;
    const FilterToken& token = here();
    Direction direction = take_direction();
    if (keyword == "srcnet") direction = Direction::src;
    if (keyword == "dstnet") direction = Direction::dst;
    std::uint32_t net = token.number;
    if (token.kind == Kind::number || token.kind == Kind::appletalk) {
      if (token.kind == Kind::appletalk) {
        const std::size_t dot = token.text.find('.');
        net = static_cast<std::uint32_t>(std::strtoul(token.text.c_str(), nullptr, 10)) << 8 |
              static_cast<std::uint32_t>(std::strtoul(token.text.c_str() + dot + 1, nullptr, 10));
      }
      find("net-short", token, {token.text, dotted(net)});
    } else if (token.kind == Kind::word) {
      take();
      return keep("kept-name", token);
    } else if (token.kind != Kind::ipv4) {
      return fail(token.kind == Kind::end ? "filter-ends" : "filter-needs-net", token, {token.text});
    }
    take();
    std::uint32_t mask = 0xffffffff;
    while (mask != 0xff000000 && (net & ~(mask << 8)) == 0) mask <<= 8;
    if (guard_.frames == frames::ip) {
      Primitive p;
      p.kind = PrimitiveKind::net;
      p.proto = Proto::ip;
      p.direction = direction;
      p.ipv4 = net;
      p.ipv4_mask = mask;
      return test_of(filter::primitive(p), frames::ip);
    }
    find("net-unguarded", token, {token.text});
    const auto at = [&](std::uint32_t offset) {
      return compare_field(
          {Field::Base::network, offset, 4, mask == 0xffffffff ? std::nullopt : std::optional(mask)},
          Relation::equal, net, guard_);
    };
    return test_of(either_end(direction, at(12), at(16)));
  }

  static std::string dotted(std::uint32_t value) {
    return std::to_string(value >> 24) + "." + std::to_string(value >> 16 & 255) + "." +
           std::to_string(value >> 8 & 255) + "." + std::to_string(value & 255);
  }

  static FilterExpr either_end(Direction direction, FilterExpr source, FilterExpr destination) {
    if (direction == Direction::src) return source;
    if (direction == Direction::dst) return destination;
    return filter::disjunction({std::move(source), std::move(destination)});
  }

  Value read_port() {
    const FilterToken& keyword = take();
    const FilterToken& token = here();
    Direction direction = take_direction();
    if (keyword.text == "srcport") direction = Direction::src;
    if (keyword.text == "dstport") direction = Direction::dst;
    std::uint32_t port = 0;
    if (token.kind == Kind::number) {
      // atoi(3): no octal, no hex.
      port = static_cast<std::uint32_t>(std::strtoul(token.text.c_str(), nullptr, 10)) & 0xffff;
      if (std::to_string(port) != token.text) find("port-atoi", token, {token.text, std::to_string(port)});
    } else if (token.kind == Kind::word) {
      const auto service = filter::find_service(token.text);
      if (!service)
        return fail("filter-no-port", token, {token.text}, did_you_mean(token.text, filter::service_names()));
      port = service->port;
    } else {
      return fail(token.kind == Kind::end ? "filter-ends" : "filter-no-port", token, {token.text});
    }
    take();
    find("port-any-protocol", keyword.begin, token.finish, {token.text});
    const auto at = [&](std::uint32_t offset) {
      return compare_field({Field::Base::transport, offset, 2, {}}, Relation::equal, port, guard_);
    };
    Value value = test_of(filter::match_all(), frames::ip | frames::ip6);
    value.rejects = unguarded();
    auto source = at(0);
    auto destination = at(2);
    if (source && destination) {
      value.test = either_end(direction, std::move(source), std::move(destination));
    } else {
      exact_ = false;
      find("kept-extension-headers", keyword.begin, token.finish, {keyword.text + " " + token.text});
    }
    return value;
  }

  // Of the byte where IPv4 has its protocol, in any frame.
  Value read_proto() {
    const FilterToken& keyword = take();
    const FilterToken& number = take();
    if (number.kind != Kind::number) return fail("filter-needs-number", number, {keyword.text});
    if (!ends_operand() && !is_word("and")) return fail("filter-needs-and", here(), {here().text});
    return test_of(compare_field({Field::Base::network, 9, 1, {}}, Relation::equal, number.number, guard_));
  }

  Value read_ethertype() {
    const FilterToken& keyword = take();
    const FilterToken& number = take();
    if (number.kind != Kind::number) return fail("filter-needs-number", number, {keyword.text});
    unsigned of = frames::other;
    for (const auto& e : ethertypes) {
      if (e.type == number.number) of = e.frames;
    }
    return test_of(ethertype_is(number.number), of);
  }

  Value read_vlan() {
    const FilterToken& keyword = take();
    if (keyword.text == "vlan-id") {
      const FilterToken& number = take();
      if (number.kind != Kind::number) return fail("filter-needs-number", number, {keyword.text});
    }
    return keep("kept-tag", keyword);
  }

  Value read_length() {
    take();
    Value value;
    value.is = Value::Is::field;
    return value;
  }

  // Strictly: tcpdump's words include the number itself.
  Value read_length_test() {
    const FilterToken& keyword = take();
    const FilterToken& number = take();
    if (number.kind != Kind::number) return fail("filter-needs-number", number, {keyword.text});
    const bool greater = keyword.text == "greater";
    if (greater && number.number == 0) return test_of(filter::match_all());
    find("strict-length", keyword.begin, number.finish,
         {keyword.text + " " + number.text, greater ? ">" : "<", number.text});
    return test_of(compare_field({}, greater ? Relation::greater : Relation::less, number.number, guard_));
  }

  Value read_nofrag() {
    take();
    return test_of(
        filter::conjunction({ethertype_is(0x0800), compare_field({Field::Base::network, 6, 2, 0x1fff},
                                                                 Relation::equal, 0, {frames::ip, false})}),
        frames::ip);
  }

  Value read_rpc() {
    const FilterToken& keyword = take();
    take_direction();
    const FilterToken& program = take();
    if (program.kind != Kind::number && program.kind != Kind::word)
      return fail("filter-needs-number", program, {keyword.text});
    while (is_sign(",") && next().kind == Kind::number) {
      take();
      take();
    }
    return keep("kept-helper", keyword);
  }

  Value read_gateway() {
    const FilterToken& keyword = take();
    const FilterToken& name = take();
    if (name.kind == Kind::end) return fail("filter-ends", name);
    if (here().kind != Kind::end) find("gateway-swallows", keyword.begin, name.finish);
    return keep("kept-helper", keyword);
  }

  Value read_zone() {
    const FilterToken& keyword = take();
    const FilterToken& number = take();
    if (number.kind != Kind::number) return fail("filter-needs-number", number, {keyword.text});
    return keep("kept-helper", keyword);
  }

  // ---- what the kernel's parser makes of it (reference, 4.5) ------------------------------------------

  static bool stops_kernel(const FilterToken& token) {
    return token.kind == Kind::field || token.kind == Kind::number || token.text == "!" ||
           (token.kind == Kind::word && in_list(kernel_stops, token.text));
  }

  void check_kernel() {
    if (!live_) return;
    int depth = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const FilterToken& token = tokens_[i];
      if (token.kind == Kind::word && (token.text == "or")) return;
      if (token.kind == Kind::sign && token.text == ",") return;
      if (token.kind == Kind::sign && token.text == "(") ++depth;
      if (token.kind == Kind::sign && token.text == ")") --depth;
      const bool value = i > 0 && tokens_[i - 1].kind == Kind::word &&
                         (tokens_[i - 1].text == "proto" || tokens_[i - 1].text == "ethertype" ||
                          tokens_[i - 1].text == "vlan-id" || tokens_[i - 1].text == "zone" ||
                          tokens_[i - 1].text.ends_with("net"));
      if (token.kind == Kind::word && token.text == "vlan-id") {
        find("vlan-id-live", token);
        exact_ = false;
      }
      if (token.kind == Kind::word && token.text.starts_with("pppoe")) {
        find("pppoe-live", token, {token.text});
        exact_ = false;
      }
      if (value || !stops_kernel(token)) continue;
      if (depth > 0 && !says_or(i)) fail("filter-live-split", token, {token.text});
      return;
    }
  }

  // A search for the letters, as far as the parenthesis around goes: `port` has them too.
  bool says_or(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < tokens_.size() && depth >= 0; ++i) {
      const FilterToken& token = tokens_[i];
      if (token.text == "(") ++depth;
      if (token.text == ")") --depth;
      if (token.text == "," || token.text.find("or") != std::string::npos) return true;
    }
    return false;
  }

  const std::string& text_;
  std::vector<FilterToken> tokens_;
  bool live_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  bool exact_ = true;
  bool parenthesis_ended_ = false;
  bool ether_ = false;
  Direction direction_ = Direction::unspecified;
  Guard guard_;
  std::vector<FilterFinding> findings_;
};

}  // namespace

NativeFilter read_native_filter(const std::string& text, bool live) {
  return Parser(text, live).read();
}

}  // namespace anchoko::snoop
