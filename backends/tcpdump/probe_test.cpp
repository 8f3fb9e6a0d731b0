#include "backends/tcpdump/probe.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/tools/fake_runner.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;
using testing::FakeRunner;
namespace fs = std::filesystem;

namespace {

// A system's files, planted in a folder of the test's own.
class PlantedSystem {
 public:
  PlantedSystem() {
    add("/proc/sys/kernel/ostype", "Linux\n");
    add("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    add("/proc/sys/kernel/hostname", "web1\n");
    add("/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n");
    fs::create_directories(root_ + "/var/tmp");
    status(0, "000001ffffffffff", "0000000000000000");
  }

  void add(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary) << text;
  }
  void status(int uid, const std::string& bounding, const std::string& ambient) {
    const std::string id = std::to_string(uid);
    add("/proc/self/status", "Name:\tanchoko\nUid:\t" + id + "\t" + id + "\t" + id + "\t" + id +
                                 "\nCapInh:\t0000000000000000\n" + "CapEff:\t0000000000000000\nCapBnd:\t" +
                                 bounding + "\nCapAmb:\t" + ambient + "\n");
  }
  void interface(const std::string& name, int index, int type, const std::string& flags,
                 const std::string& event = {}, int link = 0) {
    names_ += "  " + name +
              ":    1432      16    0    0    0     0          0         0     1432      16    0    0    0\n";
    add("/proc/net/dev", "Inter-|   Receive   |  Transmit\n face |bytes    packets errs|bytes\n" + names_);
    const std::string folder = "/sys/class/net/" + name + "/";
    add(folder + "ifindex", std::to_string(index) + "\n");
    add(folder + "iflink", std::to_string(link == 0 ? index : link) + "\n");
    add(folder + "type", std::to_string(type) + "\n");
    add(folder + "flags", flags + "\n");
    add(folder + "address", "02:00:00:00:00:0" + std::to_string(index) + "\n");
    add(folder + "uevent", event + "INTERFACE=" + name + "\n");
  }
  tcpdump::LocalFiles files() const { return tcpdump::LocalFiles(root_); }

 private:
  testing::TemporaryFolder folder_;
  std::string root_ = folder_.path().string();
  std::string names_;
};

constexpr const char* version_text =
    "tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\nOpenSSL 3.0.11 19 Sep 2023\n";

void install(FakeRunner& runner) {
  runner.programs = {{"tcpdump", "/usr/bin/tcpdump"}};
  runner.answers["sleep 0.001"] = CommandOutput{};
  runner.answers["/usr/bin/tcpdump --version"] = CommandOutput{0, version_text, ""};
}

std::vector<std::string> described(const std::vector<HostInterface>& interfaces) {
  std::vector<std::string> lines;
  for (const auto& one : interfaces) {
    lines.push_back(one.name + " " + (one.link_type.empty() ? "?" : one.link_type) +
                    (one.up ? " up" : " down") + (one.loopback ? " loopback" : "") +
                    (one.is_default ? " default" : "") + (one.has_vlans ? " vlans" : ""));
  }
  return lines;
}

constexpr const char* route_head =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

}  // namespace

TEST_CASE("tcpdump probe: a usual Debian as root") {
  PlantedSystem system;
  system.interface("lo", 1, 772, "0x9");
  system.interface("eth0", 2, 1, "0x1003");
  system.add("/proc/net/route", std::string(route_head) +
                                    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n" +
                                    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
  FakeRunner runner;
  install(runner);
  runner.programs["ip"] = "/usr/sbin/ip";
  runner.answers["/usr/sbin/ip -o address show"] = CommandOutput{
      0,
      "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n"
      "2: eth0    inet 192.0.2.10/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever\n"
      "2: eth0    inet6 2001:db8::10/64 scope global \\       valid_lft forever preferred_lft "
      "forever\nnonsense\n",
      ""};
  const auto facts = tcpdump::probe(runner, system.files());
  REQUIRE(facts.has_value());
  CHECK(facts->os == "linux");
  CHECK(facts->os_release == "Debian GNU/Linux 12 (bookworm)");
  CHECK(facts->install_tool == "sudo apt-get install tcpdump");
  CHECK(facts->kernel == "6.1.0-18-amd64");
  CHECK(facts->hostname == "web1");
  CHECK(facts->tool == "/usr/bin/tcpdump");
  CHECK(facts->tool_version == "4.99.3");
  CHECK(facts->tool_library == "libpcap 1.10.3");
  CHECK(facts->fractional_sleep);
  CHECK(facts->elevated);
  CHECK(facts->root);
  CHECK(facts->rights == "root");
  CHECK(facts->spool == "/var/tmp");
  CHECK(facts->spool_free > 0);
  CHECK(described(facts->interfaces) ==
        std::vector<std::string>{"lo EN10MB up loopback", "eth0 EN10MB up default"});
  CHECK(facts->interfaces[1].mac == "02:00:00:00:00:02");
  CHECK(facts->interfaces[1].addresses == std::vector<std::string>{"192.0.2.10", "2001:db8::10"});
  // Nothing but these looks was run: no capture, no change.
  CHECK(runner.ran == std::vector<std::string>{"/usr/bin/tcpdump --version", "sleep 0.001",
                                               "/usr/sbin/ip -o address show"});
}

TEST_CASE("tcpdump probe: without tool, and on another system") {
  PlantedSystem system;
  FakeRunner runner;
  auto facts = tcpdump::probe(runner, system.files());
  REQUIRE(facts.has_value());
  CHECK(facts->tool.empty());
  CHECK_FALSE(facts->fractional_sleep);
  CHECK(facts->interfaces.empty());
  CHECK(runner.ran.empty());
  system.status(1000, "000001ffffffffff", "0000000000000000");
  facts = tcpdump::probe(runner, system.files());
  CHECK_FALSE(facts->elevated);
  system.add("/proc/sys/kernel/ostype", "");
  facts = tcpdump::probe(runner, system.files());
  REQUIRE(facts.has_value());
  CHECK(facts->os == "unknown");
  CHECK_FALSE(facts->elevated);
}

TEST_CASE("tcpdump probe: rights") {
  PlantedSystem system;
  system.interface("eth0", 2, 1, "0x1003");
  system.interface("lo", 1, 772, "0x9");
  const auto probe = [&](const CommandOutput& look, const std::string& getcap = {}) {
    FakeRunner runner;
    install(runner);
    runner.answers["/usr/bin/tcpdump -p -L -i lo"] = look;
    if (!getcap.empty()) {
      runner.programs["getcap"] = "/usr/sbin/getcap";
      runner.answers["/usr/sbin/getcap /usr/bin/tcpdump"] = CommandOutput{0, getcap, ""};
    }
    return tcpdump::probe(runner, system.files()).value();
  };
  const CommandOutput allowed{0, "", "Data link types for lo (use option -y to set):\n  EN10MB (Ethernet)\n"};
  const CommandOutput denied{1, "",
                             "tcpdump: lo: You don't have permission to perform this capture on that device\n"
                             "(socket: Operation not permitted)\n"};

  auto facts = probe(denied);  // root needs no look, so its answer does not count
  CHECK(facts.elevated);
  system.status(0, "000001ffffffdfff", "0000000000000000");  // all but CAP_NET_RAW
  facts = probe(allowed);
  CHECK(facts.root);
  CHECK_FALSE(facts.elevated);
  CHECK(facts.rights.find("CAP_NET_RAW") != std::string::npos);

  system.status(1000, "000001ffffffffff", "0000000000002000");
  facts = probe(denied);
  CHECK(facts.elevated);
  CHECK_FALSE(facts.root);
  CHECK(facts.rights == "CAP_NET_RAW (ambient)");
  system.status(1000, "000001ffffffffff", "0000000000001000");  // CAP_NET_ADMIN alone does not capture
  CHECK_FALSE(probe(denied).elevated);

  system.status(1000, "000001ffffffffff", "0000000000000000");
  facts = probe(denied);
  CHECK_FALSE(facts.elevated);
  CHECK(facts.rights.starts_with("missing: "));
  CHECK(facts.rights.find("You don't have permission") != std::string::npos);
  facts = probe(allowed, "/usr/bin/tcpdump cap_net_admin,cap_net_raw=eip\n");
  CHECK(facts.elevated);
  CHECK(facts.rights == "cap_net_admin,cap_net_raw=eip on /usr/bin/tcpdump");
  facts = probe(allowed, "/usr/bin/tcpdump = cap_net_admin,cap_net_raw+eip\n");  // libcap before 2.41
  CHECK(facts.rights == "cap_net_admin,cap_net_raw+eip on /usr/bin/tcpdump");
  facts = probe(allowed);
  CHECK(facts.rights == "its own rights on /usr/bin/tcpdump");
  // The file says one thing, the system refuses: what counts is whether it works.
  CHECK_FALSE(probe(denied, "/usr/bin/tcpdump cap_net_raw=eip\n").elevated);
}

TEST_CASE("tcpdump probe: a version that is printed to the other stream, or not at all") {
  PlantedSystem system;
  FakeRunner runner;
  install(runner);
  runner.answers["/usr/bin/tcpdump --version"] = CommandOutput{
      1, "",
      "tcpdump: invalid option -- '-'\ntcpdump version 4.1.1\nlibpcap version 1.1.1\nUsage: tcpdump\n"};
  auto facts = tcpdump::probe(runner, system.files());
  CHECK(facts->tool_version == "4.1.1");
  CHECK(facts->tool_library == "libpcap 1.1.1");
  runner.answers["/usr/bin/tcpdump --version"] = CommandOutput{0, "", ""};
  CHECK(tcpdump::probe(runner, system.files())->tool_version.empty());
  runner.answers.clear();
  CHECK(tcpdump::probe(runner, system.files())->tool == "/usr/bin/tcpdump");
}

TEST_CASE("tcpdump probe: default route, link types, VLANs") {
  PlantedSystem system;
  system.interface("lo", 1, 772, "0x9");
  system.interface("eth0", 2, 1, "0x1002");
  system.interface("eth1", 3, 1, "0x1003");
  system.interface("wg0", 4, 65534, "0x10d1");
  system.interface("mon0", 5, 803, "0x1003");
  system.interface("ppp0", 6, 512, "0x10d1");
  system.interface("eth1.7", 7, 1, "0x1003", "DEVTYPE=vlan\n", 3);
  system.add("/proc/net/vlan/config",
             "VLAN Dev name    | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\neth0.9         | 9  "
             "| eth0\n");
  const auto interfaces = [&] { return described(tcpdump::read_interfaces(system.files())); };
  const std::vector<std::string> without_route{"lo EN10MB up loopback",    "eth0 EN10MB down vlans",
                                               "eth1 EN10MB up vlans",     "wg0 RAW up",
                                               "mon0 IEEE802_11_RADIO up", "ppp0 ? up",
                                               "eth1.7 EN10MB up"};
  CHECK(interfaces() == without_route);
  const auto default_is = [&](const std::string& expected) {
    for (const auto& one : tcpdump::read_interfaces(system.files()))
      CHECK(one.is_default == (one.name == expected));
  };
  // IPv6 counts where IPv4 has none; rejecting routes and lo never do.
  const std::string zeros(32, '0');
  system.add("/proc/net/ipv6_route",
             zeros + " 00 " + zeros + " 00 " + zeros + " ffffffff 00000001 00000000 00200200       lo\n" +
                 zeros + " 00 " + zeros +
                 " 00 fe800000000000000000000000000001 00000400 00000002 00000000 00000003     wg0\n" +
                 "20010db8000000000000000000000000 40 " + zeros + " 00 " + zeros +
                 " 00000100 00000001 00000000 00000001 eth0\n");
  default_is("wg0");
  // The lowest metric; a route to 0.0.0.0/1 is not the default.
  system.add("/proc/net/route",
             std::string(route_head) + "wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n" +
                 "eth0\t00000000\t010200C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n" +
                 "eth1\t00000000\t010300C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
                 "ppp0\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n" + "broken line\n");
  default_is("eth1");
}

TEST_CASE("tcpdump probe: files that are no such files") {
  PlantedSystem system;
  system.add("/proc/net/dev",
             std::string("x\ny\n a/b: 1 2\n : 3\n two words: 4\nlo: 1\n") + std::string(300, 'n') + ": 1\n");
  system.add("/proc/net/route", std::string(100'000, 'x'));
  system.add("/sys/class/net/lo/flags", "0xzz\n");
  system.add("/sys/class/net/lo/type", "99999999999999999999999\n");
  system.add("/proc/self/status", "Uid:\nCapBnd:\tzz\n");
  CHECK(described(tcpdump::read_interfaces(system.files())) == std::vector<std::string>{"lo ? down"});
  FakeRunner runner;
  const auto facts = tcpdump::probe(runner, system.files());
  REQUIRE(facts.has_value());
  CHECK_FALSE(facts->elevated);
}
