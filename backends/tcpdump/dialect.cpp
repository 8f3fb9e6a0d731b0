#include "backends/tcpdump/dialect.h"

#include <algorithm>

#include "backends/tcpdump/filter_age.h"
#include "backends/tcpdump/filter_size.h"
#include "core/filter/printer.h"

namespace anchoko::tcpdump {
namespace {

using filter::FilterExpr;
using filter::NodeKind;
using filter::Primitive;
using filter::PrimitiveKind;

bool is_vlan(const FilterExpr& expr) {
  return expr->kind == NodeKind::primitive && expr->primitive.kind == PrimitiveKind::vlan;
}

bool says_vlan(const FilterExpr& expr) {
  return filter::any_primitive(expr, [](const Primitive& p) { return p.kind == PrimitiveKind::vlan; });
}

// How a filter looks at the link layer, where a VLAN tag is in the way.
struct LinkReads {
  bool type_or_length = false;  // the ethertype, or the length of the frame: a tag changes both
  bool unguarded = false;       // bytes that may lie beyond a short frame, with no protocol asked for first
  bool link_bytes = false;      // any bytes of the link layer, or the direction
};

constexpr std::uint32_t mac_addresses_end = 12;
constexpr std::uint32_t ethertype_end = 14;  // every Ethernet frame has so many bytes

// `checked`: libpcap asks for the protocol of this operand's loads first (it forgets the right operand's).
void note_reads(const filter::ArithmeticExpr& expr, bool checked, LinkReads& reads) {
  using filter::ArithmeticKind;
  if (!expr) return;
  if (expr->kind == ArithmeticKind::length) reads.type_or_length = true;
  if (expr->kind == ArithmeticKind::load) {
    const bool fixed = expr->left->kind == ArithmeticKind::constant && expr->left->value < ethertype_end;
    const std::uint32_t end = fixed ? expr->left->value + expr->size : ethertype_end + 1;
    if (expr->proto == filter::Proto::ether) {
      reads.link_bytes = true;
      if (end > ethertype_end) reads.unguarded = true;
      if (end > mac_addresses_end) reads.type_or_length = true;
    } else if (!checked) {
      reads.unguarded = true;
    }
  }
  note_reads(expr->left, checked, reads);
  note_reads(expr->right, expr->kind == ArithmeticKind::load && checked, reads);
}

LinkReads link_reads(const FilterExpr& expr) {
  LinkReads reads;
  filter::for_each_primitive(expr, [&reads](const Primitive& p) {
    const bool of_ether = p.proto == filter::Proto::ether;
    if (p.kind == PrimitiveKind::proto && of_ether) reads.type_or_length = true;
    if (p.kind == PrimitiveKind::less || p.kind == PrimitiveKind::greater) reads.type_or_length = true;
    if (p.kind == PrimitiveKind::inbound || p.kind == PrimitiveKind::outbound) reads.link_bytes = true;
    note_reads(p.left, true, reads);
    note_reads(p.right, true, reads);
  });
  return reads;
}

// Whether a record with a tag in place can be accepted by the filter as it stands. Its ethertype is the
// tag's, so every primitive that asks for IP, ARP or MPLS is false; one that asks for MAC addresses or
// nothing at all may be either.
enum class OnTagged { never, always, maybe };

bool asks_ethertype(const filter::ArithmeticExpr& expr) {
  if (!expr) return false;
  if (expr->kind == filter::ArithmeticKind::load && expr->proto != filter::Proto::ether) return true;
  return asks_ethertype(expr->left);
}

OnTagged on_tagged(const Primitive& p) {
  switch (p.kind) {
    case PrimitiveKind::broadcast:
    case PrimitiveKind::less:
    case PrimitiveKind::greater:
    case PrimitiveKind::inbound:
    case PrimitiveKind::outbound:
      return OnTagged::maybe;
    case PrimitiveKind::host:
    case PrimitiveKind::multicast:
    case PrimitiveKind::proto:
      return p.proto == filter::Proto::ether ? OnTagged::maybe : OnTagged::never;
    case PrimitiveKind::relation:
      return asks_ethertype(p.left) || asks_ethertype(p.right) ? OnTagged::never : OnTagged::maybe;
    default:
      return OnTagged::never;
  }
}

OnTagged on_tagged(const FilterExpr& expr) {
  switch (expr->kind) {
    case NodeKind::all:
      return OnTagged::always;
    case NodeKind::none:
      return OnTagged::never;
    case NodeKind::primitive:
      return on_tagged(expr->primitive);
    case NodeKind::negation: {
      const OnTagged inner = on_tagged(expr->children[0]);
      if (inner == OnTagged::maybe) return inner;
      return inner == OnTagged::never ? OnTagged::always : OnTagged::never;
    }
    case NodeKind::conjunction:
    case NodeKind::disjunction: {
      // The outcome that one child alone decides, and the one that all must agree on.
      const bool both = expr->kind == NodeKind::conjunction;
      const OnTagged deciding = both ? OnTagged::never : OnTagged::always;
      OnTagged result = both ? OnTagged::always : OnTagged::never;
      for (const auto& child : expr->children) {
        const OnTagged one = on_tagged(child);
        if (one == deciding) return one;
        if (one == OnTagged::maybe) result = one;
      }
      return result;
    }
  }
  return OnTagged::maybe;
}

bool implies_vlan(const FilterExpr& expr) {
  if (is_vlan(expr)) return expr->primitive.vlan_depth == 0;
  if (expr->kind == NodeKind::conjunction)
    return std::any_of(expr->children.begin(), expr->children.end(), implies_vlan);
  if (expr->kind == NodeKind::disjunction)
    return std::all_of(expr->children.begin(), expr->children.end(), implies_vlan);
  return false;
}

FilterExpr plain_vlan() {
  Primitive p;
  p.kind = PrimitiveKind::vlan;
  return filter::primitive(p);
}

// Tagged frames first: what they have at the offsets of the rest is then never read.
FilterExpr or_tag_in_place(FilterExpr expr) {
  std::vector<FilterExpr> parts = tags_in_place();
  parts.push_back(std::move(expr));
  return filter::disjunction(std::move(parts));
}

bool says_mpls(const FilterExpr& expr) {
  return filter::any_primitive(
      expr, [](const Primitive& p) { return p.kind == PrimitiveKind::mpls || p.mpls_depth > 0; });
}

class TcpdumpDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::boolean; }
  std::vector<OpenFact> open_facts() const override {
    return {
        {metadata_fact,
         "Where libpcap is 1.7 or 1.8: kernel and build let `vlan` ask for tags in the metadata."},
    };
  }

  Verdict judge(const Primitive& primitive, const DialectContext& context) const override {
    const std::string& library = context.facts.tool_library;
    return judge_for(filter_age(library), library, primitive);
  }

  Fitted fit(FilterExpr pushed, const DialectContext& context) const override {
    Fitted result = for_link(pushed, context);
    if (estimated_instructions(result.pushed) <= max_instructions) return result;
    std::string kept = "nothing is pushed";
    do {
      do {
        pushed = without_costliest(pushed);
      } while (estimated_instructions(pushed) > max_instructions);
      result = filter::is_match_all(pushed) ? Fitted{pushed, false, {}} : for_link(pushed, context);
    } while (estimated_instructions(result.pushed) > max_instructions);
    if (!filter::is_match_all(result.pushed)) kept = "only its smaller parts are pushed";
    result.exact = false;
    result.notes.push_back({{},
                            "the filter is too long for the kernel, which takes " +
                                std::to_string(max_instructions) + " instructions: " + kept,
                            {}});
    return result;
  }

  std::vector<std::string> words(const FilterExpr& pushed, const DialectContext&) const override {
    return {filter::print(pushed)};
  }

 private:
  static constexpr const char* vlan_behind_mpls = "'vlan' cannot be asked behind 'mpls': nothing is pushed";

  static Fitted for_link(FilterExpr pushed, const DialectContext& context) {
    const std::string link = capture_link(context.spec, context.facts);
    const FilterAge age = filter_age(context.facts.tool_library);
    if (age == FilterAge::oldest && link != "EN10MB")
      return nothing(
          "this libpcap is older than 1.0 or of unknown version: filters are pushed on Ethernet only");
    if (link != "cooked" && link != "EN10MB" && link != "RAW")
      return nothing("the link type of the interface is not known, so nothing is pushed");
    const bool old = age != FilterAge::current && age != FilterAge::whole_tag;
    if (old && says_mpls(pushed)) return nothing("libpcap before 1.9 counts 'mpls' in another way");
    if (old && link == "EN10MB") return on_old_ethernet(std::move(pushed), age, context);
    if (link == "cooked") return on_cooked(std::move(pushed));
    if (link == "RAW") return {std::move(pushed), true, {}};
    return on_ethernet(std::move(pushed));
  }

  // Before 1.9 no `vlan` asks both metadata and frame. A frame whose tag is in metadata looks untagged to the
  // filter, as the reading of captures wants it; one with its tag in place is taken whatever it holds.
  static Fitted on_old_ethernet(FilterExpr pushed, FilterAge age, const DialectContext& context) {
    if (says_vlan(pushed)) {
      const bool assumed = age == FilterAge::metadata && context.assumes(metadata_fact);
      if (assumed && implies_vlan(pushed))
        return wider(or_tag_in_place(plain_vlan()), "every tagged frame is captured");
      Fitted none = nothing("this libpcap does not see all tagged frames by 'vlan': nothing is pushed");
      if (age == FilterAge::metadata && implies_vlan(pushed)) none.notes.back().assume = metadata_fact;
      return none;
    }
    if (link_reads(pushed).unguarded)
      return nothing("the filter reads bytes that a short or tagged frame may not have: nothing is pushed");
    return wider(or_tag_in_place(std::move(pushed)), "frames with a VLAN tag in place are all captured");
  }

  // On Linux a received tag is in metadata and put back into the file; a tag in a frame sent raw is in place
  // all the way. The file does not tell which, so both are asked for (reference: tcpdump, 4 VLAN).
  static Fitted on_ethernet(FilterExpr pushed) {
    if (says_vlan(pushed)) return with_vlan(std::move(pushed));
    const LinkReads reads = link_reads(pushed);
    if (reads.unguarded) {
      return nothing("the filter reads bytes that a short or tagged frame may not have: nothing is pushed");
    }
    if (reads.type_or_length) {
      FilterExpr either = filter::disjunction({pushed, plain_vlan()});
      if (!filter::prints_faithfully(either)) return nothing(vlan_behind_mpls);
      return wider(
          std::move(either),
          "the filter reads the ethertype or the length, which change with a VLAN tag: every tagged frame is "
          "captured too");
    }
    FilterExpr tagged = filter::conjunction({plain_vlan(), filter::behind_vlan(pushed)});
    const bool exact = on_tagged(pushed) == OnTagged::never;
    FilterExpr either = filter::disjunction({std::move(pushed), std::move(tagged)});
    if (!filter::prints_faithfully(either)) return nothing(vlan_behind_mpls);
    if (exact) return {std::move(either), true, {}};
    return wider(std::move(either),
                 "frames with a VLAN tag in place may match as they stand: they are judged at conversion");
  }

  static Fitted nothing(std::string why) { return {filter::match_all(), false, {{{}, std::move(why), {}}}}; }
  static Fitted wider(FilterExpr pushed, std::string why) {
    return {std::move(pushed), false, {{{}, std::move(why), {}}}};
  }

  static Fitted with_vlan(FilterExpr pushed) {
    const bool vlan_first =
        is_vlan(pushed) || (pushed->kind == NodeKind::conjunction && is_vlan(pushed->children[0]));
    const LinkReads reads = link_reads(pushed);
    if (vlan_first && !reads.type_or_length && !reads.unguarded) {
      return wider(std::move(pushed),
                   "a live 'vlan' also asks the tag in metadata: judged again at conversion");
    }
    if (implies_vlan(pushed)) {
      return wider(plain_vlan(),
                   "'vlan' is not the first primitive with the rest behind 'and': only 'vlan' is pushed");
    }
    return nothing("what stands behind 'vlan' means another offset live than on a file: nothing is pushed");
  }

  static Fitted on_cooked(FilterExpr pushed) {
    const LinkReads reads = link_reads(pushed);
    if (says_vlan(pushed) || reads.type_or_length || reads.unguarded || reads.link_bytes) {
      return nothing("link-layer bytes and lengths are not pushed on 'any'");
    }
    std::vector<FilterExpr> parts{std::move(pushed)};
    for (auto& tag : tags_in_place()) parts.push_back(std::move(tag));
    pushed = filter::disjunction(std::move(parts));
    if (!filter::prints_faithfully(pushed))
      return nothing("'mpls' means nothing on 'any': nothing is pushed");
    return wider(std::move(pushed), "on 'any' every frame with a VLAN tag in place is captured too");
  }
};

}  // namespace

std::string capture_link(const SessionSpec& spec, const HostFacts& facts) {
  if (spec.interface_choice == InterfaceChoice::any) return "cooked";
  const auto chosen = [&](const HostInterface& i) {
    if (spec.interface_choice == InterfaceChoice::default_route) return i.is_default;
    return spec.interfaces.size() == 1 && i.name == spec.interfaces.front();
  };
  const auto found = std::find_if(facts.interfaces.begin(), facts.interfaces.end(), chosen);
  return found == facts.interfaces.end() ? std::string() : found->link_type;
}

const Dialect& tcpdump_dialect() {
  static const TcpdumpDialect dialect;
  return dialect;
}

}  // namespace anchoko::tcpdump
