// Promise 1 on frames: what a filter wants, netsh lets pass, whatever the open facts turn out to be. The
// judge of the words is a small model of netsh's filter (tests/tools/netsh_model.h).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "backends/netsh/netsh.h"
#include "core/filter/evaluate.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"
#include "tests/tools/netsh_model.h"

namespace {

using namespace anchoko;
using testing::NetshModel;
using testing::NetshSwitches;

// ---- frames

struct Frame {
  std::vector<std::byte> bytes;

  void put(std::size_t at, std::uint32_t value, std::size_t width) {
    if (bytes.size() < at + width) bytes.resize(at + width);
    for (std::size_t i = 0; i < width; ++i) {
      bytes[at + i] = static_cast<std::byte>(value >> (8 * (width - 1 - i)) & 0xff);
    }
  }
};

constexpr std::array<std::uint32_t, 5> ipv4_pool{0xc0000201, 0xc0000202, 0xc0000203, 0x0a010203, 0xc0000300};
constexpr std::array<const char*, 4> ipv6_pool{"2001:db8::1", "2001:db8::2", "2001:db9::1", "fe80::1"};
constexpr std::array<std::uint32_t, 4> port_pool{53, 80, 443, 40000};

class FrameMaker {
 public:
  std::vector<Frame> make(std::size_t count) {
    std::vector<Frame> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back(one());
    return result;
  }

 private:
  template <typename Pool>
  auto pick(const Pool& pool) {
    return pool[random_() % pool.size()];
  }

  Frame one() {
    Frame frame;
    frame.put(0, 0x02000000, 4);
    frame.put(6, 0x02000001, 4);
    switch (random_() % 10) {
      case 0:
        arp(frame, 0x0806);
        break;
      case 1:
        arp(frame, 0x8035);
        break;
      case 2:
        frame.put(12, pick(std::array<std::uint32_t, 4>{0x88cc, 0x8864, 0x0026, 0x88b5}), 2);
        break;
      case 3:
      case 4:
      case 5:
        ipv6(frame);
        break;
      default:
        ipv4(frame);
    }
    frame.put(std::max<std::size_t>(frame.bytes.size(), 100) + 3, 0, 1);
    return frame;
  }

  void arp(Frame& frame, std::uint32_t ethertype) {
    frame.put(12, ethertype, 2);
    frame.put(14, 0x00010800, 4);
    frame.put(28, pick(ipv4_pool), 4);
    frame.put(38, pick(ipv4_pool), 4);
  }

  void ports(Frame& frame, std::size_t at) {
    frame.put(at, pick(port_pool), 2);
    frame.put(at + 2, pick(port_pool), 2);
  }

  void ipv4(Frame& frame) {
    const std::uint32_t words = random_() % 4 == 0 ? 7 : 5;
    frame.put(12, 0x0800, 2);
    frame.put(14, 0x40 + words, 1);
    frame.put(20, random_() % 5 == 0 ? 0x0064 : 0x4000, 2);
    frame.put(23, pick(std::array<std::uint32_t, 8>{6, 6, 17, 17, 1, 132, 47, 44}), 1);
    frame.put(26, pick(ipv4_pool), 4);
    frame.put(30, pick(ipv4_pool), 4);
    ports(frame, 14 + 4 * words);
  }

  void ipv6(Frame& frame) {
    static const std::vector<std::vector<std::uint32_t>> chains{{},   {},   {},   {0},     {44},
                                                                {44}, {43}, {60}, {0, 44}, {44, 60}};
    frame.put(12, 0x86dd, 2);
    frame.put(14, 0x60000000, 4);
    for (const std::size_t at : {std::size_t{22}, std::size_t{38}}) {
      ipv6_address(frame, at);
    }
    std::size_t next_header = 20;
    std::size_t at = 54;
    for (const std::uint32_t header : pick(chains)) {
      frame.put(next_header, header, 1);
      frame.put(at, 0, 4);
      frame.put(at + 4, 0, 4);
      if (header == 44 && random_() % 2 == 0) frame.put(at + 2, 0x0320, 2);  // not the first fragment
      next_header = at;
      at += 8;
    }
    frame.put(next_header, pick(std::array<std::uint32_t, 7>{6, 6, 17, 17, 58, 132, 59}), 1);
    ports(frame, at);
  }

  void ipv6_address(Frame& frame, std::size_t at) {
    const auto expr = filter::parse(std::string("host ") + pick(ipv6_pool));
    for (std::size_t i = 0; i < 16; ++i) frame.put(at + i, (*expr)->primitive.ipv6[i], 1);
  }

  std::mt19937 random_{20160914};
};

// ---- the check

struct Judged {
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  std::size_t missing = 0;    // wanted, but some reading of netsh rejects it
  std::size_t beyond = 0;     // some reading passes it, but `pushed` does not tell of it
  std::size_t different = 0;  // pushed and residual are not what is wanted
  bool pushed = false;
};

filter::Program program(const filter::FilterExpr& expr) {
  auto compiled = filter::Program::compile(expr, LinkType::ethernet);
  REQUIRE(compiled.has_value());
  return *compiled;
}

Judged judge(const filter::FilterExpr& wanted, const std::vector<std::string>& assume,
             const std::vector<Frame>& frames) {
  SessionSpec spec;
  spec.filter = wanted;
  spec.assume = assume;
  const HostFacts facts = netsh::assumed_facts();
  const LoweredFilter lowered = plan::legalize(wanted, netsh::dialect(), DialectContext{spec, facts});
  const auto model = NetshModel::parse(lowered.native_words);
  REQUIRE(model.has_value());
  const filter::Program wanted_program = program(lowered.wanted);
  const filter::Program pushed = program(lowered.pushed);
  const filter::Program residual = program(lowered.residual);
  const auto all_switches = testing::netsh_switches_under(assume);
  REQUIRE_FALSE(all_switches.empty());

  Judged result;
  result.pushed = !lowered.native_words.empty();
  for (const Frame& frame : frames) {
    const auto length = static_cast<std::uint32_t>(frame.bytes.size());
    const bool is_wanted = wanted_program.matches(frame.bytes, length);
    const bool is_pushed = pushed.matches(frame.bytes, length);
    ++(is_wanted ? result.accepted : result.rejected);
    if ((is_pushed && residual.matches(frame.bytes, length)) != is_wanted) ++result.different;
    for (const NetshSwitches& switches : all_switches) {
      const bool passes = model->passes(frame.bytes, switches);
      if (is_wanted && !passes) ++result.missing;
      if (passes && !is_pushed) ++result.beyond;
    }
  }
  return result;
}

const std::vector<std::vector<std::string>>& assumptions() {
  using namespace netsh;
  static const std::vector<std::vector<std::string>> sets{
      {},
      {fact::extension_headers},
      {fact::protocol_ipv6},
      {fact::pass_other_frames},
      {fact::keys_exact},
      {fact::extension_headers, fact::pass_other_frames, fact::keys_exact},
      {fact::protocol_ipv6, fact::pass_other_frames},
  };
  return sets;
}

void check(const filter::FilterExpr& wanted, const std::vector<std::string>& assume, const Judged& judged) {
  std::string assumed;
  for (const auto& fact : assume) assumed += fact + " ";
  INFO("filter: ", filter::print(wanted), "; assumed: ", assumed);
  CHECK(judged.missing == 0);
  CHECK(judged.beyond == 0);
  CHECK(judged.different == 0);
}

const std::vector<std::string>& written_filters() {
  static const std::vector<std::string> filters{
      "ip",
      "ip6",
      "arp",
      "rarp",
      "tcp",
      "udp",
      "sctp",
      "icmp",
      "icmp6",
      "ip and udp",
      "ip6 and tcp",
      "tcp or udp",
      "proto 47",
      "ip proto 44",
      "ip6 proto 44",
      "ip6 proto 0",
      "ether proto 0x88cc",
      "ip or arp",
      "arp or icmp",
      "arp or tcp",
      "host 192.0.2.1",
      "src host 192.0.2.1",
      "dst host 192.0.2.1",
      "src and dst host 192.0.2.1",
      "ip host 192.0.2.1",
      "arp host 192.0.2.1",
      "rarp src host 192.0.2.1",
      "host 192.0.2.1 or host 192.0.2.2",
      "host 192.0.2.1 and host 192.0.2.2",
      "(host 192.0.2.1 or host 192.0.2.2) and (host 192.0.2.2 or host 192.0.2.3)",
      "ip and (host 192.0.2.1 or host 192.0.2.2) and (host 192.0.2.3 or host 10.1.2.3)",
      "src host 192.0.2.1 and dst host 192.0.2.2",
      "src host 192.0.2.1 or dst host 192.0.2.1",
      "src host 192.0.2.1 or dst host 192.0.2.2",
      "src host 192.0.2.1 or src host 192.0.2.2",
      "src host 192.0.2.1 and src host 192.0.2.2",
      "src host 192.0.2.1 and host 192.0.2.2",
      "host 192.0.2.1 and host 192.0.2.2 and tcp",
      "net 192.0.2.0/24",
      "src net 192.0.2.0/30",
      "ip net 192.0.2.0/31",
      "net 10.0.0.0/8 and not host 192.0.2.1",
      "net 192.0.2.0 mask 255.0.255.0",
      "host 192.0.2.1 and port 53",
      "port 53",
      "tcp port 80",
      "udp src port 53",
      "tcp portrange 1-100",
      "tcp port 80 or udp port 53",
      "ip and tcp dst port 443",
      "ip6 and port 53",
      "sctp port 443 or arp",
      "host 2001:db8::1",
      "src host 2001:db8::1",
      "host 2001:db8::1 and host 2001:db8::2",
      "host fe80::1",
      "net 2001:db8::/32",
      "host 192.0.2.1 or host 2001:db8::1",
      "tcp and (host 192.0.2.1 or host 2001:db8::1)",
      "icmp or icmp6 or arp",
      "tcp and ip6 proto 44",
      "udp and not icmp6",
      "ip and not (tcp or udp)",
      "ip and ((tcp and src host 192.0.2.1) or (udp and dst host 192.0.2.2))",
      "(arp or ip) and not (ip and tcp)",
      "host 192.0.2.1 and not host 192.0.2.2",
      "ip6 and not host 2001:db8::1",
      "not src host 192.0.2.1 and not dst host 192.0.2.2 and ip"};
  return filters;
}

// Filters at random over the addresses and ports that the frames have.
class FilterMaker {
 public:
  std::string make(unsigned depth) {
    if (depth == 0 || random_() % 6 == 0) return primitive();
    switch (random_() % 5) {
      case 0:
        return "not (" + make(depth - 1) + ")";
      case 1:
      case 2:
        return "(" + make(depth - 1) + ") or (" + make(depth - 1) + ")";
      default:
        return "(" + make(depth - 1) + ") and (" + make(depth - 1) + ")";
    }
  }
  std::size_t choose(std::size_t count) { return random_() % count; }

 private:
  std::string primitive() {
    static const std::vector<std::string> protocols{
        "ip",   "ip6",   "arp",        "rarp",         "tcp",       "udp",
        "icmp", "icmp6", "ip proto 6", "ip6 proto 17", "proto 132", "ether proto 0x88b5"};
    static const std::vector<std::string> ends{"", "src ", "dst ", "src and dst "};
    static const std::vector<std::string> addresses{
        "host 192.0.2.1",   "host 192.0.2.2",   "host 192.0.2.3",   "host 10.1.2.3",    "net 192.0.2.0/30",
        "net 192.0.2.0/24", "host 2001:db8::1", "host 2001:db8::2", "net 2001:db8::/32"};
    static const std::vector<std::string> ports{"port 53", "port 80", "portrange 50-100"};
    switch (random_() % 5) {
      case 0:
      case 1:
        return protocols[choose(protocols.size())];
      case 2:
        return ends[choose(3)] + ports[choose(ports.size())];
      default:
        return ends[choose(ends.size())] + addresses[choose(addresses.size())];
    }
  }

  std::mt19937 random_{2914927};
};

}  // namespace

TEST_CASE("netsh superset: written filters under every open reading") {
  const auto frames = FrameMaker().make(1500);
  for (const auto& text : written_filters()) {
    const auto wanted = filter::parse(text);
    REQUIRE_MESSAGE(wanted.has_value(), text);
    for (const auto& assume : assumptions()) {
      const Judged judged = judge(*wanted, assume, frames);
      check(*wanted, assume, judged);
      CAPTURE(text);
      const bool possible = text != "src host 192.0.2.1 and src host 192.0.2.2";
      CHECK((judged.accepted > 0) == possible);
      CHECK(judged.rejected > 0);
    }
    const Judged opposite = judge(filter::negation(*wanted), {netsh::fact::pass_other_frames}, frames);
    check(filter::negation(*wanted), {netsh::fact::pass_other_frames}, opposite);
    check(filter::negation(*wanted), {}, judge(filter::negation(*wanted), {}, frames));
  }
}

TEST_CASE("netsh superset: filters at random under every open reading") {
  const auto frames = FrameMaker().make(600);
  FilterMaker maker;
  std::size_t pushed = 0;
  constexpr std::size_t count = 600;
  for (std::size_t i = 0; i < count; ++i) {
    const auto wanted = filter::parse(maker.make(4));
    REQUIRE(wanted.has_value());
    const auto& assume = assumptions()[maker.choose(assumptions().size())];
    const Judged judged = judge(*wanted, assume, frames);
    check(*wanted, assume, judged);
    if (judged.pushed) ++pushed;
  }
  CHECK(pushed > count / 4);
}
