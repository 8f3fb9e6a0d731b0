#include "core/crib/explain_filter.h"

#include <functional>

#include "core/crib/primitive_words.h"
#include "core/filter/lexer.h"
#include "core/filter/printer.h"

namespace anchoko::crib {
namespace {

using filter::FilterExpr;
using filter::NodeKind;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;
using filter::Token;
using filter::TokenKind;

void add_meaning(const FilterExpr& expr, unsigned depth, std::vector<MeaningLine>& lines) {
  const auto add = [&](BilingualText text) { lines.push_back({depth, std::move(text)}); };
  switch (expr->kind) {
    case NodeKind::all:
      add({"every packet", "すべてのパケット"});
      return;
    case NodeKind::none:
      add({"no packet", "どのパケットでもない"});
      return;
    case NodeKind::primitive:
      add(describe(expr->primitive));
      return;
    case NodeKind::negation:
      add({"not:", "次を満たさない:"});
      break;
    case NodeKind::conjunction:
      add({"all of:", "次をすべて満たす:"});
      break;
    case NodeKind::disjunction:
      add({"at least one of:", "次の少なくとも 1 つを満たす:"});
      break;
  }
  for (const auto& child : expr->children) add_meaning(child, depth + 1, lines);
}

// What the text mixes without parentheses.
struct Writing {
  bool mixes_and_or = false;
  bool not_before_and_or = false;  // `not a and b`
  bool inherits = false;           // `port 80 or 443`
};

Writing look_at(std::string_view text) {
  Writing writing;
  const auto tokens = filter::tokenize(text, {});
  if (!tokens) return writing;
  const auto is = [](const Token& t, std::string_view one, std::string_view other) {
    return (t.kind == TokenKind::keyword || t.kind == TokenKind::symbol) &&
           (t.text == one || t.text == other);
  };
  const auto is_end = [&](const Token& t) { return is(t, "src", "dst"); };
  struct Level {
    bool has_and = false;
    bool has_or = false;
    bool open_not = false;
  };
  std::vector<Level> levels(1);
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    const Token& t = (*tokens)[i];
    Level& level = levels.back();
    if (is(t, "not", "!")) level.open_not = true;
    if (is(t, "(", "(")) levels.emplace_back();
    if (is(t, ")", ")") && levels.size() > 1) levels.pop_back();
    const bool by_and = is(t, "and", "&&");
    if (!by_and && !is(t, "or", "||")) continue;
    const Token& next = (*tokens)[i + 1];
    const bool both_ends = i > 0 && is_end((*tokens)[i - 1]) && is_end(next);  // `src or dst`
    if (both_ends) continue;
    (by_and ? level.has_and : level.has_or) = true;
    writing.mixes_and_or = writing.mixes_and_or || (level.has_and && level.has_or);
    writing.not_before_and_or = writing.not_before_and_or || level.open_not;
    switch (next.kind) {
      case TokenKind::word:
      case TokenKind::escaped:
      case TokenKind::ipv4:
      case TokenKind::ipv6:
      case TokenKind::mac:
      case TokenKind::number:
        writing.inherits = true;
        break;
      default:
        break;
    }
  }
  return writing;
}

// A surprise, and when a filter touches it.
struct Surprise {
  const char* id;
  std::function<bool(const FilterExpr&, const Writing&)> applies;
  BilingualText text;
};

bool has(const FilterExpr& expr, const std::function<bool(const Primitive&)>& test) {
  return filter::any_primitive(expr, test);
}

bool is_port(const Primitive& p) {
  return p.kind == PrimitiveKind::port || p.kind == PrimitiveKind::portrange;
}

bool is_plain_address(const Primitive& p) {
  return (p.kind == PrimitiveKind::host || p.kind == PrimitiveKind::net) && p.proto == Proto::none &&
         !p.is_ipv6 && p.mpls_depth == 0;
}

bool loads_transport(const filter::ArithmeticExpr& expr) {
  if (!expr) return false;
  const bool transport = expr->proto == Proto::tcp || expr->proto == Proto::udp || expr->proto == Proto::sctp;
  return (expr->kind == filter::ArithmeticKind::load && transport) || loads_transport(expr->left) ||
         loads_transport(expr->right);
}

bool negates(const FilterExpr& expr, const std::function<bool(const Primitive&)>& test) {
  if (expr->kind == NodeKind::negation && has(expr->children[0], test)) return true;
  for (const auto& child : expr->children) {
    if (negates(child, test)) return true;
  }
  return false;
}

const std::vector<Surprise>& surprises() {
  static const std::vector<Surprise> list{
      {"equal-precedence",
       [](const FilterExpr&, const Writing& w) { return w.mixes_and_or; },
       {"'and' and 'or' bind equally and are read from the left: 'a or b and c' is '(a or b) and c'. The "
        "canonical form shows "
        "how this one is read.",
        "and と or の優先順位は同じで、左から順に読まれる。'a or b and c' は '(a or b) and c' "
        "である。正規形がこのフィルターの読まれ方を示す。"}},
      {"not-binds-tightly",
       [](const FilterExpr&, const Writing& w) { return w.not_before_and_or; },
       {"'not' takes only the next primitive: 'not host a and host b' is '(not host a) and host b'. To "
        "negate more, use "
        "parentheses.",
        "not は直後の 1 つだけを否定する。'not host a and host b' は '(not host a) and host b' "
        "である。まとめて否定するには括弧を使う。"}},
      {"list-shorthand",
       [](const FilterExpr&, const Writing& w) { return w.inherits; },
       {"A bare value behind 'and' or 'or' takes over the words before it: 'port 80 or 443' is 'port 80 or "
        "port 443'; 'not' is "
        "not taken over.",
        "and・or の後ろの値は直前の修飾語を引き継ぐ。'port 80 or 443' は 'port 80 or port 443' である。not "
        "は引き継がれない。"}},
      {"vlan-shifts",
       [](const FilterExpr& e, const Writing&) {
         return has(e, [](const Primitive& p) { return p.vlan_depth > 0 || p.mpls_depth > 0; });
       },
       {"'vlan' and 'mpls' shift everything that follows them in the text, across 'or' too: what follows is "
        "looked for behind the "
        "tag or label only.",
        "vlan と mpls は、それより後ろに書いたものすべての読み取り位置をずらす（or "
        "をまたいでも同じ）。後続はタグやラベルの後ろだけで探される。"}},
      {"host-includes-arp",
       [](const FilterExpr& e, const Writing&) { return has(e, is_plain_address); },
       {"An IPv4 address or network without 'ip' also matches ARP and RARP packets about it. Write 'ip host' "
        "for IPv4 only.",
        "ip を付けない IPv4 のアドレスやネットワークは、それに関する ARP・RARP にも一致する。IPv4 だけなら "
        "'ip host' と書く。"}},
      {"port-without-extension-headers",
       [](const FilterExpr& e, const Writing&) { return has(e, is_port); },
       {"Ports are found in unfragmented packets and first fragments; in IPv6 only when TCP, UDP or SCTP "
        "follows the IPv6 header "
        "directly, without extension headers.",
        "ポートは、分割されていないパケットか先頭フラグメントでだけ見つかる。IPv6 では、拡張ヘッダーなしで "
        "TCP・UDP・SCTP が直後に続く場合だけである。"}},
      {"not-port-includes-others",
       [](const FilterExpr& e, const Writing&) { return negates(e, is_port); },
       {"A negated port also lets through everything that has no ports at all: ARP, ICMP, later fragments.",
        "ポートの否定は、ARP・ICMP・2 番目以降のフラグメントなど、ポートを持たないものにもすべて一致する。"}},
      {"bytes-of-transport-are-ipv4",
       [](const FilterExpr& e, const Writing&) {
         return has(e,
                    [](const Primitive& p) { return loads_transport(p.left) || loads_transport(p.right); });
       },
       {"tcp[...], udp[...] and sctp[...] look at IPv4 only, at first fragments. For IPv6 use ip6[40 + N] "
        "behind 'ip6 proto N'.",
        "tcp[...]・udp[...]・sctp[...] は IPv4 の先頭フラグメントだけを見る。IPv6 では 'ip6 proto N' と "
        "ip6[40 + N] を使う。"}},
      {"tagged-frames",
       [](const FilterExpr& e, const Writing&) {
         return !filter::is_match_all(e) &&
                !has(e, [](const Primitive& p) { return p.kind == PrimitiveKind::vlan; });
       },
       {"'anchoko capture' looks behind one VLAN tag with this filter; 'anchoko convert' and 'tcpdump -r' "
        "judge frames as they "
        "stand, so there a tagged frame is not IP (see --reading).",
        "anchoko capture はこのフィルターで VLAN タグ 1 個の後ろも見る。anchoko convert や tcpdump -r "
        "はフレームをそのまま判定するので、タグ付きフレームは IP とみなされない（--reading を参照）。"}},
  };
  return list;
}

}  // namespace

FilterExplanation explain_filter(const FilterExpr& expr, std::string_view text) {
  FilterExplanation result;
  result.canonical = filter::print(expr);
  add_meaning(expr, 0, result.meaning);
  const Writing writing = look_at(text);
  for (const auto& surprise : surprises()) {
    if (surprise.applies(expr, writing)) result.notes.push_back({surprise.id, surprise.text});
  }
  return result;
}

std::string render(const FilterExplanation& explanation, bool japanese) {
  std::string out = japanese ? "正規形\n" : "Canonical form\n";
  out += "  " +
         (explanation.canonical.empty() ? std::string(japanese ? "（空: すべて）" : "(empty: everything)")
                                        : explanation.canonical) +
         "\n";
  out += japanese ? "\n意味\n" : "\nMeaning\n";
  for (const auto& line : explanation.meaning)
    out += std::string(2 + 2 * line.depth, ' ') + line.text.in(japanese) + "\n";
  if (explanation.notes.empty()) return out;
  out += japanese ? "\n注意\n" : "\nMind\n";
  for (const auto& note : explanation.notes) out += "  - " + note.text.in(japanese) + "\n";
  return out;
}

Json to_json(const FilterExplanation& explanation) {
  const auto text = [](const BilingualText& t) { return Json::object().set("en", t.en).set("ja", t.ja); };
  Json meaning = Json::array();
  for (const auto& line : explanation.meaning) meaning.add(text(line.text).set("depth", line.depth));
  Json notes = Json::array();
  for (const auto& note : explanation.notes) notes.add(text(note.text).set("id", note.id));
  return Json::object()
      .set("canonical", explanation.canonical)
      .set("meaning", std::move(meaning))
      .set("notes", std::move(notes));
}

}  // namespace anchoko::crib
