// snoop's filter can say nearly all of pcap-filter, but by offsets: its own words `tcp`, `port` and `net`
// mean other things (reference: README.md, "The filter").
#include <algorithm>
#include <utility>

#include "backends/snoop/filter_text.h"
#include "backends/snoop/snoop.h"
#include "core/backend/mutant.h"
#include "core/plan/join_alternatives.h"

namespace anchoko::snoop {
namespace {

using filter::FilterExpr;
using filter::NodeKind;
using filter::Primitive;
using filter::PrimitiveKind;
using filter::Proto;

constexpr std::uint32_t plain_tag = 0x8100;
constexpr std::uint32_t other_tags[] = {0x88a8, 0x9100};

FilterExpr ethertype(std::uint32_t value) {
  Primitive p;
  p.kind = PrimitiveKind::proto;
  p.proto = Proto::ether;
  p.number = value;
  return filter::primitive(p);
}

FilterExpr vlan() {
  Primitive p;
  p.kind = PrimitiveKind::vlan;
  return filter::primitive(p);
}

// Below 18 bytes a tagged frame has no ethertype behind its tag: snoop rejects it whatever the filter says.
FilterExpr too_short_for_a_tag() {
  Primitive p;
  p.kind = PrimitiveKind::less;
  p.number = 17;
  return filter::primitive(p);
}

bool says_vlan(const FilterExpr& expr) {
  return filter::any_primitive(expr, [](const Primitive& p) { return p.kind == PrimitiveKind::vlan; });
}

// Bytes 12 and on of the link layer, or the length: what a tag changes.
bool reads_link(const filter::ArithmeticExpr& expr) {
  using filter::ArithmeticKind;
  if (!expr) return false;
  if (expr->kind == ArithmeticKind::length) return true;
  if (expr->kind == ArithmeticKind::load && expr->proto == Proto::ether) {
    constexpr std::uint32_t addresses = 12;
    return expr->left->kind != ArithmeticKind::constant || expr->left->value + expr->size > addresses;
  }
  return reads_link(expr->left) || reads_link(expr->right);
}
bool reads_link(const FilterExpr& expr) {
  return filter::any_primitive(expr, [](const Primitive& p) {
    if (p.kind == PrimitiveKind::less || p.kind == PrimitiveKind::greater) return true;
    if (p.kind == PrimitiveKind::proto && p.proto == Proto::ether) return true;
    return reads_link(p.left) || reads_link(p.right);
  });
}

// A frame may match as it stands, by its MAC addresses or because something is negated.
bool may_match_tagged(const FilterExpr& expr) {
  if (expr->kind == NodeKind::primitive) {
    const Primitive& p = expr->primitive;
    return p.proto == Proto::ether || p.kind == PrimitiveKind::broadcast || p.kind == PrimitiveKind::relation;
  }
  return expr->kind == NodeKind::negation ||
         std::any_of(expr->children.begin(), expr->children.end(), may_match_tagged);
}

// A filter without `vlan`, in the reading of captures, on frames as snoop sees them: those whose tag it does
// not look through all pass. They stand first, so that nothing of the rest is read on them.
struct Tagged {
  std::vector<FilterExpr> first;  // what passes before the rest is asked
  FilterExpr whole;
};
Tagged with_tags(const FilterExpr& expr, bool looks_through) {
  Tagged result;
  for (const std::uint32_t tag : other_tags) {
    if (!mutant(101) || tag != 0x9100) result.first.push_back(ethertype(tag));
  }
  if (!looks_through) result.first.push_back(ethertype(plain_tag));
  if (looks_through && !mutant(102) && may_match_tagged(expr)) result.first.push_back(too_short_for_a_tag());
  std::vector<FilterExpr> parts = result.first;
  parts.push_back(expr);
  if (looks_through && !mutant(103))
    parts.push_back(filter::conjunction({vlan(), filter::behind_vlan(expr)}));
  result.whole = filter::disjunction(std::move(parts));
  return result;
}

// Nothing but MAC addresses is read, which a tag does not move.
bool reads_addresses_only(const FilterExpr& expr) {
  return !filter::any_primitive(expr, [](const Primitive& p) {
    if (p.kind == PrimitiveKind::relation) {
      const auto* load = p.left->kind == filter::ArithmeticKind::bit_and ? p.left->left.get() : p.left.get();
      return load->proto != Proto::ether || reads_link(p.left);
    }
    return p.proto != Proto::ether || p.kind == PrimitiveKind::proto;
  });
}

class SnoopDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::boolean; }

  Verdict judge(const Primitive& primitive, const DialectContext&) const override {
    if (can_say(primitive)) return {Legality::exact, {}, {}, {}};
    return {Legality::unsupported, {}, why_not(primitive), {}};
  }

  Fitted fit(FilterExpr pushed, const DialectContext& context) const override {
    if (!is_ethernet(context))
      return nothing(
          "snoop is asked for filters on Ethernet only, and the link type here is another or not known");
    if (Fitted whole = as_text(pushed, context); !whole.words.empty()) return whole;
    // Too long. Addresses and ports first become nets and ranges, then conjuncts go.
    constexpr std::size_t counts[] = {32, 16, 8, 4};
    while (true) {
      for (const std::size_t count : counts) {
        if (Fitted joined = as_text(plan::join_alternatives(pushed, count), context); !joined.words.empty())
          return cut(std::move(joined), "its lists of addresses and ports are joined into nets and ranges");
      }
      if (pushed->kind != NodeKind::conjunction || says_vlan(context.spec.filter)) break;
      pushed = without_longest(pushed);
      if (Fitted rest = as_text(pushed, context); !rest.words.empty())
        return cut(std::move(rest), "only its smaller parts are pushed");
    }
    return nothing(std::string(too_long) + "nothing is pushed");
  }

 private:
  static constexpr const char* too_long =
      "the filter is too long for snoop, which takes 1024 words and slows down with every 'or': ";

  static Fitted nothing(std::string why) {
    return {filter::match_all(), false, {{{}, std::move(why), {}}}, {}};
  }
  static Fitted cut(Fitted fitted, const std::string& how) {
    fitted.exact = false;
    fitted.notes.push_back({{}, too_long + how, {}});
    return fitted;
  }

  static std::string why_not(const Primitive& p) {
    switch (p.kind) {
      case PrimitiveKind::inbound:
      case PrimitiveKind::outbound:
        return "snoop cannot tell the direction on a datalink";
      case PrimitiveKind::relation:
        return "snoop is asked for one load, perhaps with a mask, against a number: how it computes more is "
               "not certain";
      case PrimitiveKind::proto:
        return "libpcap asks the LLC header here, which snoop does not know";
      case PrimitiveKind::less:
      case PrimitiveKind::greater:
        return "how snoop compares such large numbers is not certain";
      default:
        return "snoop does not know MPLS";
    }
  }

  static bool is_ethernet(const DialectContext& context) {
    return link_of(context.spec, context.facts) == "EN10MB";
  }

  static FilterExpr without_longest(const FilterExpr& expr) {
    auto rest = expr->children;
    rest.erase(std::max_element(rest.begin(), rest.end(), [](const FilterExpr& a, const FilterExpr& b) {
      const auto words = [](const FilterExpr& e) {
        const auto text = filter_text(e, Place::behind_tag);
        return text ? text->words : 0;
      };
      return words(a) < words(b);
    }));
    return filter::conjunction(std::move(rest));
  }

  // Without words: it does not fit.
  static Fitted as_text(const FilterExpr& expr, const DialectContext& context) {
    // By what is wanted, not by what of it is left: `vlan` may stand in a part that is not pushed.
    const bool in_place = filter::capture_reading(context.spec.filter) == filter::Reading::file;
    auto text = filter_text(expr, in_place ? Place::as_it_stands : Place::behind_tag);
    if (!text) return {};
    if (in_place || reads_addresses_only(expr)) {
      if (!fits(*text)) return {};
      Fitted fitted{expr, !in_place, {}, {"greater 0 and (" + text->text + ")"}};
      if (in_place)
        fitted.notes.push_back(
            {{}, "where a packet ends within what is read, snoop may judge otherwise: judged again", {}});
      return fitted;
    }
    const bool looks_through =
        (mutant(104) || release_of(context.spec, context.facts) != Release::solaris10) &&
        (mutant(105) || !reads_link(expr));
    const Tagged tagged = with_tags(expr, looks_through);
    const auto first = filter_text(filter::disjunction(tagged.first), Place::as_it_stands);
    text->text = first->text + " or (" + text->text + ")";
    text->tests += first->tests;
    text->words += first->words;
    text->paths = text->paths * 2 + 4;
    if (!fits(*text)) return {};
    return {
        tagged.whole,
        mutant(106),
        {{{},
          looks_through ? "snoop looks through one VLAN tag 0x8100: frames with another tag are all captured"
                        : "frames with a VLAN tag are all captured",
          {}}},
        {"greater 0 and (" + text->text + ")"}};
  }
};

}  // namespace

const Dialect& dialect() {
  static const SnoopDialect dialect;
  return dialect;
}

}  // namespace anchoko::snoop
