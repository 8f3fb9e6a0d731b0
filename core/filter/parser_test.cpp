#include "core/filter/parser.h"

#include <doctest/doctest.h>

#include "core/filter/printer.h"

namespace anchoko::filter {
namespace {

// The canonical form shows how the text was understood. Expected forms follow pcap-filter(7): equal
// precedence of and/or from the left, values that inherit qualifiers, `not` binding to the next primitive.
struct Understood {
  const char* text;
  const char* canonical;
};
constexpr Understood understood[] = {
    {"", ""},
    {"arp or udp and port 53", "(arp or udp) and port 53"},
    {"not host 192.0.2.1 and host 192.0.2.2", "not host 192.0.2.1 and host 192.0.2.2"},
    {"not (ip or ip6)", "not (ip or ip6)"},
    {"port 80 or 443", "port 80 or port 443"},
    {"not port 80 or 443", "not port 80 or port 443"},
    {"src 192.0.2.1 or 192.0.2.2", "src host 192.0.2.1 or src host 192.0.2.2"},
    {"tcp src port (80 or not 443)", "tcp src port 80 or not tcp src port 443"},
    {"host 192.0.2.1 and (port 80) and 192.0.2.2", "host 192.0.2.1 and port 80 and host 192.0.2.2"},
    {"ip && !tcp || udp", "(ip and not tcp) or udp"},
    {"src or dst port 53", "port 53"},
    {"dst and src net 192.0.2.0/24", "src and dst net 192.0.2.0/24"},
    {"net 10", "net 10.0.0.0/8"},
    {"net 192.0", "net 192.0.0.0/16"},
    {"host 192.0", "net 192.0.0.0/16"},
    {"net 192.0.2.0 mask 255.255.255.128", "net 192.0.2.0/25"},
    {"net 10.0.1.0 mask 255.0.255.0", "net 10.0.1.0 mask 255.0.255.0"},
    {"net 2001:DB8:0:0::/32", "net 2001:db8::/32"},
    {"host ::ffff:192.0.2.1", "host ::ffff:c000:201"},
    {"portrange 90-80", "portrange 80-90"},
    {"portrange 5", "portrange 5-5"},
    {"port 010", "port 8"},
    {"port 0x35", "port 53"},
    {"proto \\udp", "proto 17"},
    {"ip6 proto 58", "ip6 proto 58"},
    {"ether proto 0x88cc", "ether proto 0x88cc"},
    {"vlan 5 and tcp port 80", "vlan 5 and tcp port 80"},
    {"mpls 16 and ip", "mpls 16 and ip"},
    {"broadcast or ip6 multicast", "ether broadcast or ip6 multicast"},
    {"ether src 0011.2233.4455", "ether src host 00:11:22:33:44:55"},
    {"less 64 or greater 0x100", "less 64 or greater 256"},
    {"tcp[tcpflags] & (tcp-syn|tcp-rst) != 0", "tcp[13] & (2 | 4) != 0"},
    {"ip[2:2] - ((ip[0]&0xf)<<2) > 8", "ip[2:2] - ((ip[0] & 15) << 2) > 8"},
    // '%' and '^' have no precedence in libpcap's grammar: they take all that follows.
    {"ip[8] % 3 + 1 = 2", "ip[8] % (3 + 1) = 2"},
    {"ip[8] ^ ip[9] & 3 == 2", "ip[8] ^ (ip[9] & 3) = 2"},
    {"-len < 5", "-len < 5"},
};

TEST_CASE("text is understood as pcap-filter says") {
  for (const auto& [text, canonical] : understood) {
    CAPTURE(text);
    const auto expr = parse(text);
    REQUIRE(expr);
    CHECK(print(*expr) == canonical);
    const auto again = parse(print(*expr));
    REQUIRE(again);
    CHECK(equal(*expr, *again));
  }
}

TEST_CASE("a primitive behind vlan carries its depth") {
  const auto expr = parse("ip or vlan and tcp and vlan 7 and udp");
  REQUIRE(expr);
  std::vector<int> depths;
  for_each_primitive(*expr, [&](const Primitive& p) { depths.push_back(p.vlan_depth); });
  CHECK(depths == std::vector<int>{0, 0, 1, 1, 2});
  CHECK(prints_faithfully(*expr));
}

TEST_CASE("an expression whose depths its text would not give is known as such") {
  const auto tcp = parse("tcp");
  const auto vlan = parse("vlan");
  REQUIRE(tcp);
  REQUIRE(vlan);
  CHECK(prints_faithfully(conjunction({*vlan, behind_vlan(*tcp)})));
  CHECK_FALSE(prints_faithfully(conjunction({*vlan, *tcp})));
  CHECK_FALSE(prints_faithfully(behind_vlan(*tcp)));
}

struct Mistake {
  const char* text;
  const char* rendered;
};
constexpr Mistake mistakes[] = {
    {"udp prot 53",
     "-f:1:5: error: unexpected 'prot', expected 'host', 'net', 'port', 'portrange', 'proto', 'and', 'or' or "
     "the end\n"
     "  | udp prot 53\n"
     "  |     ^~~~\n"
     "  = did you mean 'port'?\n"},
    {"port 70000",
     "-f:1:6: error: port 70000 is above 65535\n"
     "  | port 70000\n"
     "  |      ^~~~~\n"},
    {"tcp and gateway",
     "-f:1:9: error: 'gateway' of pcap-filter is not supported\n"
     "  | tcp and gateway\n"
     "  |         ^~~~~~~\n"
     "  = docs/filter-language.md tells what is\n"},
    {"ip[8] / 0 > 1",
     "-f:1:7: error: division by zero\n"
     "  | ip[8] / 0 > 1\n"
     "  |       ^\n"},
    {"tcp[13 & 2 != 0",
     "-f:1:12: error: unexpected '!=', expected ']', ':' or an operator\n"
     "  | tcp[13 & 2 != 0\n"
     "  |            ^~\n"},
    {"ip proto tcp",
     "-f:1:10: error: unexpected 'tcp', expected a value such as an address, a port or a number\n"
     "  | ip proto tcp\n"
     "  |          ^~~\n"
     "  = a protocol name after 'proto' needs a backslash: \\tcp\n"},
    {"net 192.0.2.1/24",
     "-f:1:5: error: the address has bits outside of its mask\n"
     "  | net 192.0.2.1/24\n"
     "  |     ^~~~~~~~~\n"
     "  = the network is 192.0.2.0/24\n"},
    {"tcp or\nprot 5",
     "-f:2:1: error: unexpected 'prot', expected a primitive such as 'host', 'port' or 'tcp'\n"
     "  | prot 5\n"
     "  | ^~~~\n"
     "  = did you mean 'port'?\n"},
};

TEST_CASE("a mistake is one located message") {
  for (const auto& [text, rendered] : mistakes) {
    CAPTURE(text);
    const auto expr = parse(text);
    REQUIRE_FALSE(expr);
    CHECK(expr.error().kind == ErrorKind::usage);
    REQUIRE(expr.error().diagnostics.size() == 1);
    CHECK(render(expr.error().diagnostics[0]) == rendered);
  }
}

TEST_CASE("a filter inside a file points into the file") {
  TextOrigin origin;
  origin.source = "dns.toml";
  origin.line = 3;
  origin.column = 11;
  origin.excerpt = "filter = \"udp prot 53\"";
  const auto expr = parse("udp prot 53", origin);
  REQUIRE_FALSE(expr);
  CHECK(render(expr.error().diagnostics[0]).starts_with("dns.toml:3:15: error:"));
}

TEST_CASE("huge and deep filters are parsed or refused, never fatal") {
  std::string many = "port 1";
  for (int i = 2; i <= 10000; ++i) many += " or port " + std::to_string(i);
  const auto wide = parse(many);
  REQUIRE(wide);
  CHECK((*wide)->children.size() == 10000);
  CHECK_FALSE(parse(std::string(5000, '(') + "ip" + std::string(5000, ')')));
  CHECK(parse(std::string(900, '(') + "ip" + std::string(900, ')')));
  std::string nots;
  for (int i = 0; i < 100000; ++i) nots += "not ";
  CHECK_FALSE(parse(nots + "ip"));
  CHECK_FALSE(parse(std::string((1 << 20) + 1, ' ')));
  CHECK_FALSE(parse("host (" + std::string(200000, '(')));
}

}  // namespace
}  // namespace anchoko::filter
