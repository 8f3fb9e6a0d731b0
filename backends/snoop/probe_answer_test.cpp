#include "backends/snoop/probe_answer.h"

#include <doctest/doctest.h>

#include "backends/snoop/snoop.h"

using namespace anchoko;

namespace {

// Answers the script of the probe: titles and what stands below them.
class Host final : public CommandRunner {
 public:
  using Parts = std::vector<std::pair<std::string, std::string>>;
  explicit Host(Parts parts) : parts_(std::move(parts)) {}

  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds,
                            std::string_view input) override {
    if (command == CommandLine{"uname", "-s"}) return CommandOutput{0, system + "\n", {}};
    REQUIRE(command == CommandLine{"sh", "-s"});
    REQUIRE(input.starts_with("mark="));
    const std::string mark(input.substr(5, input.find('\n') - 5));
    std::string out = "Oracle Solaris: a login message\n";
    for (const auto& [title, text] : parts_)
      out.append(mark).append(" ").append(title).append("\n").append(text);
    if (!cut) out.append(mark).append(" end\n");
    return CommandOutput{0, out, {}};
  }
  std::string find_program(const std::string& name) override {
    return name == "snoop" && has_snoop ? "/usr/sbin/snoop" : "";
  }
  std::string target() const override { return "sol"; }

  std::string system = "SunOS";
  bool cut = false;
  bool has_snoop = true;

 private:
  Parts parts_;
};

const HostInterface& link(const HostFacts& facts, const std::string& name) {
  for (const auto& one : facts.interfaces) {
    if (one.name == name) return one;
  }
  FAIL(name);
  return facts.interfaces.front();
}

const Host::Parts eleven{
    {"release", "5.11\n"},
    {"version", "11.4.31.88.5\n"},
    {"name", "sol1\n"},
    {"description", "                             Oracle Solaris 11.4 X86\n"},
    {"id", "uid=0(root) gid=0(root)\n"},
    {"privileges",
     "123:\tsh\nflags = <none>\n\tE: net_access,net_rawaccess,net_observability\n\tI: net_access\n"},
    {"links", "net0:phys:up:\nnet1:phys:down:\nweb:vnic:up:net0\nnet5:vlan:up:net0\ntun\\:0:iptun:up:\n"},
    {"media", "net0:Ethernet\nnet1:Infiniband\n"},
    {"interfaces",
     "lo0: flags=2001000849<UP,LOOPBACK,RUNNING,MULTICAST,IPv4,VIRTUAL> mtu 8232 index 1\n"
     "\tinet 127.0.0.1 netmask ff000000 \n"
     "net0: flags=100001004843<UP,BROADCAST,RUNNING,MULTICAST,DHCP,IPv4> mtu 1500 index 2\n"
     "\tinet 10.0.2.15 netmask ffffff00 broadcast 10.0.2.255\n\tether 8:0:27:1:2:3 \n"
     "net0:1: flags=100001000843<UP> mtu 1500 index 2\n\tinet 10.0.2.16 netmask ffffff00 broadcast "
     "10.0.2.255\n"
     "net0: flags=20002004841<UP,RUNNING> mtu 1500 index 2\n\tinet6 fe80::1/10 \n"},
    {"routes",
     "\nRouting Table: IPv4\n  Destination           Gateway           Flags  Ref     Use     Interface \n"
     "-------------------- -------------------- ----- ----- ---------- --------- \n"
     "default              10.0.2.2             UG        2         12 net0      \n"
     "10.0.2.0             10.0.2.15            U         3          4 net0      \n"},
    {"sleep", "fractional\n"},
    {"shell", "/usr/xpg4/bin/sh\n/bin/ksh\n"},
    {"free",
     "Filesystem           1024-blocks        Used   Available Capacity  Mounted on\n"
     "rpool/VARSHARE/tmp      41025536          32    20480000     1%    /var/tmp\n"},
};

Host::Parts with(const std::string& title, const std::string& text) {
  Host::Parts parts = eleven;
  for (auto& [name, content] : parts) {
    if (name == title) content = text;
  }
  return parts;
}

HostFacts facts_of(Host::Parts parts) {
  Host host(std::move(parts));
  const auto facts = snoop::probe(host);
  REQUIRE(facts);
  return *facts;
}

}  // namespace

TEST_CASE("snoop's probe: Solaris 11") {
  const auto facts = facts_of(eleven);
  CHECK(facts.os == "solaris");
  CHECK(facts.os_release == "5.11");
  CHECK(facts.kernel == "Oracle Solaris 11.4 X86, 11.4.31.88.5");
  CHECK(facts.hostname == "sol1");
  CHECK(facts.tool == "/usr/sbin/snoop");
  CHECK(facts.shell == "/usr/xpg4/bin/sh");
  CHECK(facts.fractional_sleep);
  CHECK(facts.root);
  CHECK(facts.elevated);
  CHECK(facts.spool_free == std::uint64_t{20480000} * 1024);
  CHECK(facts.interfaces.size() == 6);
  const auto& net0 = link(facts, "net0");
  CHECK(net0.up);
  CHECK(net0.is_default);
  CHECK(net0.has_vlans);
  CHECK(net0.link_type == "EN10MB");
  CHECK(net0.mac == "8:0:27:1:2:3");
  CHECK(net0.addresses == std::vector<std::string>{"10.0.2.15", "10.0.2.16", "fe80::1"});
  CHECK_FALSE(link(facts, "net1").up);
  CHECK(link(facts, "net1").link_type.empty());  // InfiniBand
  CHECK(link(facts, "web").link_type == "EN10MB");
  CHECK(link(facts, "tun:0").link_type.empty());
  CHECK(link(facts, "lo0").loopback);
  CHECK(link(facts, "lo0").link_type == "IPNET");
}

TEST_CASE("snoop's probe: Solaris 10, where lists look otherwise and the route names no interface") {
  auto parts = with("release", "5.10\n");
  for (auto& [title, text] : parts) {
    if (title == "version") text = "Generic_147148-26\n";
    if (title == "links")
      text =
          "bge0            type=non-vlan   mtu=1500        device=bge0\n"
          "bge5000         type=vlan 5     mtu=1500        device=bge0\n"
          "ce0             type=legacy     mtu=1500        device=ce0\n"
          "ibd0            type=non-vlan   mtu=2044        device=ibd0\n";
    if (title == "media" || title == "sleep") text = "";
    if (title == "interfaces")
      text =
          "bge0: flags=1000843<UP,BROADCAST,RUNNING,MULTICAST,IPv4> mtu 1500 index 2\n"
          "        inet 192.0.2.12 netmask ffffff00 broadcast 192.0.2.255\n"
          "ce0: flags=1000843<UP,BROADCAST,RUNNING,MULTICAST,IPv4> mtu 1500 index 3\n"
          "        inet 10.1.0.5 netmask ffff0000 broadcast 10.1.255.255\n        ether 0:3:ba:1:2:3 \n";
    if (title == "routes")
      text = "default              10.1.7.1             UG        1        532           \n";
    if (title == "free")
      text =
          "Filesystem            kbytes    used   avail capacity  Mounted "
          "on\n/dev/dsk/c0t0d0s0_of_a_long_name\n"
          "                     8256952 5000000 3174383    62%    /\n";
    if (title == "shell") text = "/usr/xpg4/bin/sh\n";
  }
  const auto facts = facts_of(parts);
  CHECK(facts.os == "solaris");
  CHECK(snoop::release_of({}, facts) == snoop::Release::solaris10);
  CHECK_FALSE(facts.fractional_sleep);
  CHECK(link(facts, "bge0").link_type == "EN10MB");
  CHECK(link(facts, "bge0").has_vlans);
  CHECK_FALSE(link(facts, "bge0").is_default);
  CHECK(link(facts, "ce0").is_default);
  CHECK(link(facts, "ce0").link_type == "EN10MB");  // its address says so
  CHECK(link(facts, "ibd0").link_type.empty());
  CHECK(facts.spool_free == std::uint64_t{3174383} * 1024);
}

TEST_CASE("snoop's probe: what is illumos") {
  for (const char* version : {"omnios-r151046\n", "joyent_20230601T000000Z\n", "oi_151a9\n"}) {
    const auto facts = facts_of(with("version", version));
    CHECK(facts.os == "illumos");
    CHECK(snoop::release_of({}, facts) == snoop::Release::illumos);
  }
  for (const char* version : {"11.4.0.15.0\n", "snv_134\n"})
    CHECK(facts_of(with("version", version)).os == "solaris");
  auto parts = eleven;
  parts.emplace_back("system", "illumos\n");
  CHECK(facts_of(parts).os == "illumos");
}

TEST_CASE("snoop's probe: who may capture") {
  const auto rights = [](const char* id, const char* privileges) {
    auto parts = with("id", id);
    for (auto& [title, text] : parts) {
      if (title == "privileges") text = privileges;
    }
    return facts_of(parts);
  };
  const char* joe = "uid=101(joe) gid=10(staff)\n";
  const char* root = "uid=0(root) gid=0(root)\n";
  CHECK_FALSE(rights(joe, "").elevated);
  CHECK_FALSE(rights(joe, "1:\tsh\n\tE: net_access\n\tI: net_access\n").elevated);
  // snoop has what is inherited.
  CHECK_FALSE(rights(joe, "1:\tsh\n\tE: net_rawaccess\n\tI: net_access\n").elevated);
  const auto raw = rights(joe, "1:\tsh\n\tE: net_access,net_rawaccess\n\tI: net_access,net_rawaccess\n");
  CHECK(raw.elevated);
  CHECK_FALSE(raw.root);
  CHECK(raw.rights == "net_rawaccess");
  const auto only_ip = rights(joe, "1:\tsh\n\tE: net_observability\n\tI: net_observability\n");
  CHECK(only_ip.elevated);
  CHECK(only_ip.rights == snoop::ip_interfaces_only);
  CHECK(rights(root, "").elevated);
  CHECK(rights(root, "1:\tsh\n\tE: all\n\tI: basic\n").elevated);
  CHECK_FALSE(rights(root, "1:\tsh\n\tE: net_access\n\tI: net_access\n").elevated);
}

TEST_CASE("snoop's probe: what is missing is a fact, what is cut is an error") {
  Host without(eleven);
  without.has_snoop = false;
  const auto facts = snoop::probe(without);
  REQUIRE(facts);
  CHECK(facts->tool.empty());
  const auto bare = facts_of({});
  CHECK(bare.interfaces.empty());
  CHECK(bare.shell == "/bin/sh");
  CHECK(bare.spool_free == 0);
  CHECK_FALSE(bare.elevated);
  Host cut(eleven);
  cut.cut = true;
  CHECK(snoop::probe(cut).error().message.find("sol could not be looked at") != std::string::npos);
  Host linux_host(eleven);
  linux_host.system = "Linux";
  CHECK(snoop::probe(linux_host)->tool.empty());
  CHECK(snoop::free_bytes("heading\n/dev/x 1 2 - 5% /\n") == std::nullopt);
  CHECK(snoop::free_bytes("") == std::nullopt);
}
