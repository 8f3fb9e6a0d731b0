#include "backends/tcpdump/dialect.h"

#include <algorithm>

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

// Link-layer bytes from offset 12 on move when a tag is taken out of the frame or put back.
bool reads_link_type(const FilterExpr& expr) {
  return filter::any_primitive(expr, [](const Primitive& p) {
    return p.kind == PrimitiveKind::proto && p.proto == filter::Proto::ether;
  });
}

// A record with a tag in place has the tag's TPID as its ethertype: every primitive that asks for IP or ARP
// is false.
bool accepts_tagged(const FilterExpr& expr) {
  switch (expr->kind) {
    case NodeKind::all:
      return true;
    case NodeKind::none:
    case NodeKind::primitive:
      return false;
    case NodeKind::negation:
      return !accepts_tagged(expr->children[0]);
    case NodeKind::conjunction:
      return std::all_of(expr->children.begin(), expr->children.end(), accepts_tagged);
    case NodeKind::disjunction:
      return std::any_of(expr->children.begin(), expr->children.end(), accepts_tagged);
  }
  return true;
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

FilterExpr ethertype(std::uint32_t number) {
  Primitive p;
  p.kind = PrimitiveKind::proto;
  p.proto = filter::Proto::ether;
  p.has_number = true;
  p.number = number;
  return filter::primitive(p);
}

class TcpdumpDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::boolean; }

  Verdict judge(const Primitive&, const DialectContext&) const override {
    return {Legality::exact, nullptr, {}, {}};
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
  static Fitted for_link(FilterExpr pushed, const DialectContext& context) {
    const std::string link = capture_link(context.spec, context.facts);
    if (link == "cooked") return on_cooked(std::move(pushed));
    if (link == "RAW") return {std::move(pushed), true, {}};
    if (link == "EN10MB") return on_ethernet(std::move(pushed));
    return {filter::match_all(),
            false,
            {{{}, "the link type of the interface is not known, so nothing is pushed", {}}}};
  }

  // On Linux a received tag is in metadata and put back into the file; a tag in a frame sent raw is in place
  // all the way. The file does not tell which, so both are asked for (reference: tcpdump, 4 VLAN).
  static Fitted on_ethernet(FilterExpr pushed) {
    if (says_vlan(pushed)) return with_vlan(std::move(pushed));
    if (reads_link_type(pushed)) {
      return {
          filter::disjunction({pushed, plain_vlan()}),
          false,
          {{{},
            "the filter reads the ethertype, which moves with a VLAN tag: every tagged frame is captured too",
            {}}}};
    }
    FilterExpr tagged = filter::conjunction({plain_vlan(), filter::behind_vlan(pushed)});
    Fitted result{filter::disjunction({pushed, std::move(tagged)}), !accepts_tagged(pushed), {}};
    if (!result.exact) {
      result.notes.push_back(
          {{}, "'not' lets frames with a VLAN tag in place through: they are judged at conversion", {}});
    }
    return result;
  }

  static Fitted with_vlan(FilterExpr pushed) {
    const bool vlan_first =
        is_vlan(pushed) || (pushed->kind == NodeKind::conjunction && is_vlan(pushed->children[0]));
    if (vlan_first && !reads_link_type(pushed)) {
      return {std::move(pushed),
              false,
              {{{}, "a live 'vlan' also asks the tag in metadata: judged again at conversion", {}}}};
    }
    if (implies_vlan(pushed)) {
      return {
          plain_vlan(),
          false,
          {{{}, "'vlan' is not the first primitive with the rest behind 'and': only 'vlan' is pushed", {}}}};
    }
    return {
        filter::match_all(),
        false,
        {{{}, "what stands behind 'vlan' means another offset live than on a file: nothing is pushed", {}}}};
  }

  static Fitted on_cooked(FilterExpr pushed) {
    if (says_vlan(pushed) || reads_link_type(pushed)) {
      return {filter::match_all(), false, {{{}, "link-layer bytes are not pushed on 'any'", {}}}};
    }
    pushed =
        filter::disjunction({std::move(pushed), ethertype(0x8100), ethertype(0x88a8), ethertype(0x9100)});
    return {std::move(pushed),
            false,
            {{{}, "on 'any' every frame with a VLAN tag in place is captured too", {}}}};
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
