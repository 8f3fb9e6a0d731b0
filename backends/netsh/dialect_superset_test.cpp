// Promise 1 on frames: what a filter wants, netsh lets pass, whatever the open facts turn out to be. The
// judge of the words is a small model of netsh's filter, written from its documented rules alone (README.md,
// "How the filter works"): keys are ANDed, a key may stand once, a list is an OR, a key judges frames that
// have its header. Every rule that is not documented is a switch.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "backends/netsh/netsh.h"
#include "core/filter/evaluate.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/plan/legalize.h"

namespace {

using namespace anchoko;

// ---- frames

struct Frame {
  std::vector<std::byte> bytes;

  void put(std::size_t at, std::uint32_t value, std::size_t width) {
    if (bytes.size() < at + width) bytes.resize(at + width);
    for (std::size_t i = 0; i < width; ++i) {
      bytes[at + i] = static_cast<std::byte>(value >> (8 * (width - 1 - i)) & 0xff);
    }
  }
  std::uint32_t get(std::size_t at, std::size_t width) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return value;
  }
  std::string text_of(std::size_t at, std::size_t width) const {
    return {reinterpret_cast<const char*>(bytes.data()) + at, width};
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

// ---- the model of netsh

// true: as in the best reading. Not documented, each.
struct Switches {
  bool protocol_judges_ipv6 = false;
  bool protocol_looks_behind = false;   // extension headers; only with the one before
  bool other_keys_pass_frames = false;  // keys but IPv4 addresses pass frames without their header
  bool negated_keys_pass_frames = false;
};

std::vector<Switches> switches_under(const std::vector<std::string>& assume) {
  const auto assumed = [&](const char* fact) { return std::ranges::find(assume, fact) != assume.end(); };
  std::vector<Switches> result;
  for (unsigned bits = 0; bits < 16; ++bits) {
    const Switches s{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    if (s.protocol_looks_behind && !s.protocol_judges_ipv6) continue;
    if (assumed(netsh::fact::protocol_ipv6) && !s.protocol_judges_ipv6) continue;
    if (assumed(netsh::fact::extension_headers) && !s.protocol_looks_behind) continue;
    if (assumed(netsh::fact::pass_other_frames) && !(s.other_keys_pass_frames && s.negated_keys_pass_frames))
      continue;
    result.push_back(s);
  }
  return result;
}

class NetshModel {
 public:
  // Empty: netsh would not take these words.
  static std::optional<NetshModel> parse(const std::vector<std::string>& words) {
    NetshModel model;
    for (const auto& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) return std::nullopt;
      const auto rule = parse_rule(word.substr(0, equals), word.substr(equals + 1));
      if (!rule || !model.rules_.emplace(word.substr(0, equals), *rule).second) return std::nullopt;
    }
    return model;
  }

  bool passes(const Frame& frame, const Switches& switches) const {
    return std::ranges::all_of(rules_, [&](const auto& entry) {
      const auto& [key, rule] = entry;
      const auto values = values_of(frame, key, switches);
      if (values.empty()) {
        if (rule.negated) return switches.negated_keys_pass_frames;
        if (key == "Ethernet.Type") return false;  // "to exclude the rest", says the help
        return switches.other_keys_pass_frames || key.starts_with("IPv4.");
      }
      const bool found =
          std::ranges::any_of(values, [&](const auto& value) { return rule.values.contains(value); });
      return found != rule.negated;
    });
  }

 private:
  struct Rule {
    std::set<std::string> values;  // as bytes of the field
    bool negated = false;
  };

  static std::string bytes_of(std::uint32_t value, std::size_t width) {
    Frame frame;
    frame.put(0, value, width);
    return frame.text_of(0, width);
  }

  static std::optional<std::string> number(const std::string& text,
                                           const std::map<std::string, std::uint32_t>& names,
                                           std::size_t width) {
    if (const auto known = names.find(text); known != names.end()) return bytes_of(known->second, width);
    std::size_t used = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const unsigned long value = std::stoul(text, &used, 0);
    if (used != text.size() || value >= 1UL << (8 * width)) return std::nullopt;
    return bytes_of(static_cast<std::uint32_t>(value), width);
  }

  static std::optional<std::string> value_bytes(const std::string& key, const std::string& text) {
    if (key == "Ethernet.Type") return number(text, {{"IPv4", 0x0800}, {"IPv6", 0x86dd}}, 2);
    if (key == "Protocol") return number(text, {{"TCP", 6}, {"UDP", 17}}, 1);
    const std::string family = key.substr(0, key.find('.'));
    const std::string end = key.substr(std::min(key.size(), family.size() + 1));
    if (end != "Address" && end != "SourceAddress" && end != "DestinationAddress") return std::nullopt;
    const auto address = filter::parse("host " + text);
    if (!address || text.find_first_not_of("0123456789abcdef.:") != std::string::npos) return std::nullopt;
    const auto& p = (*address)->primitive;
    if (p.kind != filter::PrimitiveKind::host || family != (p.is_ipv6 ? "IPv6" : "IPv4")) return std::nullopt;
    if (!p.is_ipv6) return bytes_of(p.ipv4, 4);
    return std::string(p.ipv6.begin(), p.ipv6.end());
  }

  // VALUE, (VALUE,...) or !(VALUE,...). No address ranges and no networks: nobody knows them to work.
  static std::optional<Rule> parse_rule(const std::string& key, std::string text) {
    Rule rule;
    if (text.starts_with('!')) {
      rule.negated = true;
      text.erase(0, 1);
      if (!text.starts_with('(') || key.ends_with(".Address"))
        return std::nullopt;  // "not either end": not documented
    }
    if (text.starts_with('(')) {
      if (!text.ends_with(')')) return std::nullopt;
      text = text.substr(1, text.size() - 2);
    }
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      const auto value = value_bytes(key, text.substr(at, end - at));
      if (!value) return std::nullopt;
      rule.values.insert(*value);
      at = end + 1;
    }
    return rule;
  }

  // The values that a key sees in a frame; none: the frame has no such header.
  static std::vector<std::string> values_of(const Frame& frame, const std::string& key,
                                            const Switches& switches) {
    const std::uint32_t type = frame.get(12, 2);
    const bool ipv4 = type == 0x0800;
    const bool ipv6 = type == 0x86dd;
    if (key == "Ethernet.Type") {
      return type < 0x600 ? std::vector<std::string>{} : std::vector{frame.text_of(12, 2)};
    }
    if (key == "Protocol") {
      if (ipv4) return {frame.text_of(23, 1)};
      if (!ipv6 || !switches.protocol_judges_ipv6) return {};
      return {bytes_of(ipv6_protocol(frame, switches.protocol_looks_behind), 1)};
    }
    const bool is_ipv4_key = key.starts_with("IPv4.");
    if (is_ipv4_key ? !ipv4 : !ipv6) return {};
    const std::size_t width = is_ipv4_key ? 4 : 16;
    const std::string source = frame.text_of(is_ipv4_key ? 26 : 22, width);
    const std::string destination = frame.text_of(is_ipv4_key ? 30 : 38, width);
    if (key.ends_with(".SourceAddress")) return {source};
    if (key.ends_with(".DestinationAddress")) return {destination};
    return {source, destination};
  }

  static std::uint32_t ipv6_protocol(const Frame& frame, bool look_behind) {
    std::uint32_t header = frame.get(20, 1);
    std::size_t at = 54;
    while (look_behind && (header == 0 || header == 43 || header == 44 || header == 60)) {
      const std::size_t length = header == 44 ? 8 : 8 + 8 * frame.get(at + 1, 1);
      header = frame.get(at, 1);
      at += length;
    }
    return header;
  }

  std::map<std::string, Rule> rules_;
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
  const auto all_switches = switches_under(assume);
  REQUIRE_FALSE(all_switches.empty());

  Judged result;
  result.pushed = !lowered.native_words.empty();
  for (const Frame& frame : frames) {
    const auto length = static_cast<std::uint32_t>(frame.bytes.size());
    const bool is_wanted = wanted_program.matches(frame.bytes, length);
    const bool is_pushed = pushed.matches(frame.bytes, length);
    ++(is_wanted ? result.accepted : result.rejected);
    if ((is_pushed && residual.matches(frame.bytes, length)) != is_wanted) ++result.different;
    for (const Switches& switches : all_switches) {
      const bool passes = model->passes(frame, switches);
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
