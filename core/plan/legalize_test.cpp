// The algebra of boolean filters, on an invented tool that knows everything but ranges of ports.
#include "core/plan/legalize.h"

#include <string>

#include <doctest/doctest.h>

#include "core/filter/parser.h"
#include "core/filter/printer.h"

namespace {

using namespace anchoko;

class InventedDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::boolean; }
  Verdict judge(const filter::Primitive& primitive, const DialectContext&) const override {
    if (primitive.kind == filter::PrimitiveKind::portrange)
      return {Legality::unsupported, {}, "no ranges", {}};
    return {Legality::exact, {}, {}, {}};
  }
  std::vector<std::string> words(const filter::FilterExpr& pushed, const DialectContext&) const override {
    return {filter::print(pushed)};
  }
};

std::string pushed(const std::string& text) {
  const SessionSpec spec;
  const HostFacts facts;
  const auto wanted = filter::parse(text);
  REQUIRE(wanted);
  const auto lowered = plan::legalize(*wanted, InventedDialect(), {spec, facts});
  return lowered.native_words.empty() ? "" : lowered.native_words.front();
}

}  // namespace

TEST_CASE("legalize: what cannot be said is left out of a conjunction, and gives up a disjunction") {
  CHECK(pushed("portrange 1-9 and tcp") == "tcp");
  CHECK(pushed("tcp and portrange 1-9 and host 192.0.2.1") == "tcp and host 192.0.2.1");
  CHECK(pushed("portrange 1-9 or arp").empty());
  CHECK(pushed("not portrange 1-9").empty());
}

// libpcap asks from left to right, and a load beyond the record rejects it: of an IPv6 packet that is cut
// within its header, `portrange` never lets `port 80` look, so that `ip6` accepts it.
TEST_CASE("legalize: nothing is asked behind a guard that is missing while other alternatives follow") {
  CHECK(pushed("(portrange 1-9 and port 80) or ip6").empty());
  CHECK(pushed("(arp and portrange 1-9 and (port 80 or udp)) or ip6") == "arp or ip6");
  CHECK(pushed("(arp and (portrange 1-9 and tcp) and port 80) or ip6") == "arp or ip6");
  // Nobody is asked any more.
  CHECK(pushed("ip6 or (portrange 1-9 and port 80)") == "ip6 or port 80");
  // The guard stands.
  CHECK(pushed("(port 80 and portrange 1-9) or ip6") == "port 80 or ip6");
}
