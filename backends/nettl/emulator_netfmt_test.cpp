#include "backends/nettl/emulator_netfmt.h"

#include <sstream>

#include <doctest/doctest.h>

#include "backends/nettl/emulator_netfmt_filter.h"
#include "backends/nettl/emulator_testing.h"

namespace anchoko::nettl::emulated {
namespace {

using namespace testing;

std::vector<std::string> split(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool accepts(const std::string& line, const std::string& release = "B.11.31", const std::string& more = "") {
  const TestHost host(more, release);
  return parse_netfmt(host.open(), host.edition(), split(line)).has_value();
}

TEST_CASE("netfmt words (hpux-nettl.md 6)") {
  for (const char* line :
       {"-s -f /tmp/t", "-s -t 5 /tmp/t", "-p", "-p -c conf", "-NnlTf /tmp/t", "-1Tf /tmp/t", "-1LT /tmp/t",
        "-lN -c FILTER -f t", "-F -t 1000 -v -l -n -x -N t", ""}) {
    CAPTURE(line);
    CHECK(accepts(line));
  }
  for (const char* line : {"-s -N", "-s -c conf", "-p -f t", "-p t", "-N -1", "-L t", "-NL t", "-t 1001",
                           "-t 0", "-t", "-f", "-C", "-k", "-f a b", "a b", "-Z", "--help"}) {
    CAPTURE(line);
    CHECK_FALSE(accepts(line));
  }
  CHECK(accepts("-k", "B.11.11"));
  CHECK_FALSE(accepts("-x", "B.11.23"));
  CHECK_FALSE(accepts("-x", "B.11.31", "fact nettl-edition oldest\n"));
  CHECK_FALSE(accepts("-NnlTf t", "B.11.31", "fact netfmt-time-alone refused\n"));
}

bool takes(const std::string& line, const FormatReading& reading = {}) {
  return parse_format_filter(reading, line + "\n").has_value();
}

TEST_CASE("netfmt filter files: lines (hpux-nettl.md 6)") {
  for (const char* line : {"formatter verbosity high",
                           "formatter mode raw",
                           "formatter mode terse",
                           "formatter option !highlight",
                           "formatter option suppress",
                           "formatter filter class error",
                           "formatter filter kind pduin",
                           "formatter filter kind 0x30000000",
                           "formatter filter kind *",
                           "formatter filter subsystem NS_LS_IP",
                           "formatter filter Process_ID 12",
                           "formatter filter User_ID 0",
                           "formatter filter log_instance 3",
                           "formatter filter time_from 12:30:00.5",
                           "formatter filter time_through 12:30:00 04/10/09",
                           "filter ip_saddr 192.0.2.1",
                           "filter ip_daddr ! 192.0.2.1",
                           "filter ip_saddr *",
                           "filter ip6_saddr 2001:db8::1",
                           "filter connection 192.0.2.1:80 192.0.2.2:1024",
                           "filter connection6 2001:db8::1|80 2001:db8::2|1024",
                           "filter dest 00-01-02-03-04-05",
                           "filter source 000102030405",
                           "filter dsap 0xaa",
                           "filter ssap 170",
                           "filter interface lan0",
                           "filter interface lo0",
                           "filter type 0x0800",
                           "filter ip_proto 6",
                           "filter tcp_sport 80",
                           "filter udp_dport ! 53",
                           "name router 00-01-02-03-04-05",
                           "",
                           "# words"}) {
    CAPTURE(line);
    CHECK(takes(line));
  }
  for (const char* line : {"formatter",
                           "formatter verbosity",
                           "formatter verbosity loud",
                           "formatter mode pretty",
                           "formatter option blink",
                           "formatter filter kind pdu",
                           "formatter filter class none",
                           "formatter filter colour 1",
                           "formatter filter Process_ID x",
                           "formatter filter time_from 25:00:00",
                           "formatter filter time_from 1",
                           "formatter filter kind ! pduin",
                           "formatter filter time_from 12:30:00 13/10/09",
                           "filter",
                           "filter ip_saddr",
                           "filter ip_saddr 192.0.2.0/24",
                           "filter ip_saddr 1 2",
                           "filter host 192.0.2.1",
                           "filter connection 192.0.2.1:80",
                           "filter connection 192.0.2.1 192.0.2.2",
                           "filter dest 0102",
                           "filter interface en0",
                           "filter type 65536",
                           "filter tcp_sport http",
                           "filter port 80",
                           "name router",
                           "subsystem IETHER ip_p == 6",
                           "ip_saddr 192.0.2.1"}) {
    CAPTURE(line);
    CHECK_FALSE(takes(line));
  }
  FormatReading other;
  other.port_types = false;
  other.comments = false;
  other.global_not = true;
  CHECK_FALSE(takes("filter tcp_sport 80", other));
  CHECK_FALSE(takes("# words", other));
  CHECK(takes("formatter filter kind ! pduin", other));
}

// Four packets traced by driver and IP layer, and what netfmt makes of them.
struct Traced4 {
  Traced4() {
    write_pcap(host.folder / "in.pcap",
               {ethernet(0x0800, ipv4(6, tcp(40000, 80))), ethernet(0x0800, ipv4(17, udp(53, 5353))),
                ethernet(0x0800, ipv4(6, tcp(80, 40000), our_ip, their_ip), us, them),
                ethernet(0x0806, Octets(28))});
    host.nettl({"-tn", "pduin", "pduout", "-e", "iether", "ns_ls_ip", "-f", host.folder / "t"});
    host.nettl({"-tf", "-e", "all"});
    host.wait();
  }
  int run(const std::string& options, const std::string& conf = "", bool from_input = false) {
    std::ofstream(host.folder / "conf") << conf;
    auto words = split("netfmt " + options);
    if (!conf.empty()) words.insert(words.end(), {"-c", host.folder / "conf"});
    if (!from_input) words.insert(words.end(), {"-f", host.folder / "t.TRC000"});
    std::string input = read_text(host.folder / "t.TRC000");
    out.clear();
    err.clear();
    FormatStreams streams;
    streams.input_is_terminal = !from_input;
    streams.read_input = [&] { return std::exchange(input, {}); };
    streams.print = [&](const std::string& text) { out += text; };
    streams.complain = [&](const std::string& text) { err += text; };
    streams.stopped = [] { return false; };
    const auto open = host.open();
    return run_netfmt(open, words, streams);
  }
  std::size_t lines(const std::string& conf) {
    REQUIRE(run("-1", conf) == 0);
    return static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
  }
  TestHost host{"fact nettl-traceoff-flush at-once\n"};
  std::string out, err;
};

TEST_CASE("netfmt shows what its filter file leaves (hpux-nettl.md 6)") {
  Traced4 traced;
  CHECK(traced.lines("") == 7);  // three at two layers, and an ARP
  CHECK(traced.lines("formatter filter subsystem NS_LS_IP\n") == 3);
  CHECK(traced.lines("formatter filter kind pduout\n") == 2);
  CHECK(traced.lines("filter ip_saddr 192.0.2.1\n") == 2);
  // Types of one layer are alternatives: either end.
  CHECK(traced.lines("filter ip_saddr 192.0.2.1\nfilter ip_daddr 192.0.2.1\n") == 6);
  // Layers all count.
  CHECK(traced.lines("filter ip_saddr 192.0.2.1\nfilter udp_sport 53\n") == 0);
  CHECK(traced.lines("filter ip_saddr 192.0.2.9\nfilter udp_sport 53\n") == 2);
  CHECK(traced.lines("filter tcp_dport ! 80\n") == 2);
  CHECK(traced.lines("filter connection 192.0.2.1:80 192.0.2.9:40000\n") == 4);  // both directions
  CHECK(traced.lines("filter type 0x0806\n") == 1);
  CHECK(traced.lines("filter source 02-00-00-00-00-01\n") == 1);
  CHECK(traced.lines("name me 02-00-00-00-00-01\nfilter source me\n") == 1);
  CHECK(traced.lines("formatter filter time_from 23:59:59\n") == 0);
}

TEST_CASE("netfmt modes (hpux-nettl.md 6)") {
  Traced4 traced;
  const auto has = [&](const char* part) { return traced.out.find(part) != std::string::npos; };
  CHECK(traced.run("-s") == 0);
  CHECK(has("Total number of records        : 7"));
  CHECK(traced.run("-t 2 -1") == 0);
  CHECK(std::count(traced.out.begin(), traced.out.end(), '\n') == 2);
  CHECK(traced.run("-NnlT") == 0);
  CHECK(has("IP: 192.0.2.9 -> 192.0.2.1"));
  CHECK(has("TCP: 40000 -> 80"));
  CHECK_FALSE(has("\033["));
  CHECK(traced.run("-N") == 0);
  CHECK(has("\033[7m"));
  CHECK(traced.run("-1", "", true) == 0);  // standard input
  CHECK(std::count(traced.out.begin(), traced.out.end(), '\n') == 7);
  CHECK(traced.run("-1", "filter nothing 1\n") == 1);
  std::ofstream(traced.host.folder / "t.TRC000")
      << "no trace, but long enough for a header of one: " << std::string(128, '.');
  CHECK(traced.run("-1") == 1);
}

TEST_CASE("nettlconf -status lists ids and names (hpux-nettl.md 3)") {
  const TestHost host("nettl-subsystems NS_LS_IP IETHER\n");
  const auto open = host.open();
  const auto run = [&](const std::string& line, std::string& out) {
    std::string err;
    out.clear();
    return run_nettlconf(open, split(line), out, err);
  };
  std::string out;
  CHECK(run("nettlconf -status", out) == 0);
  CHECK(out.find("253    IETHER") != std::string::npos);
  CHECK(out.find("GELAN") == std::string::npos);
  CHECK(run("nettlconf -status log", out) == 0);
  CHECK(out.find("IETHER") == std::string::npos);
  for (const char* line : {"nettlconf", "nettlconf -status foo", "nettlconf -status ss all", "nettlconf -L",
                           "nettlconf -delete 253"})
    CHECK(run(line, out) == 1);
}

}  // namespace
}  // namespace anchoko::nettl::emulated
