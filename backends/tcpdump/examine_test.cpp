#include "backends/tcpdump/examine.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/tools/temporary_folder.h"

using namespace anchoko;
namespace fs = std::filesystem;

namespace {

// The files that a look reads, in a folder of the test's own.
struct Machine {
  Machine() {
    add("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    fs::create_directories(folder / "var/tmp");
    facts.os = "linux";
    facts.tool = "/usr/bin/tcpdump";
    facts.tool_version = "4.99.3";
    facts.tool_library = "libpcap 1.10.3";
    facts.elevated = true;
    facts.root = true;
    facts.rights = "root";
    facts.spool_free = std::uint64_t{100} << 30;
    HostInterface ethernet;
    ethernet.name = "eth0";
    ethernet.is_default = true;
    facts.interfaces = {ethernet};
  }
  void add(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(folder.path().string() + path).parent_path());
    std::ofstream(folder.path().string() + path, std::ios::binary) << text;
  }
  // The finding of that id; a level that is not expected fails.
  Finding find(const std::string& id, FindingLevel level) const {
    for (const auto& finding : tcpdump::examine(facts, tcpdump::LocalFiles(folder.path().string()))) {
      if (finding.id != id) continue;
      CHECK(finding.level == level);
      CHECK_FALSE(finding.text_en.empty());
      CHECK_FALSE(finding.text_ja.empty());
      return finding;
    }
    FAIL("there is no finding " << id);
    return {};
  }
  bool has(const std::string& id) const {
    for (const auto& finding : tcpdump::examine(facts, tcpdump::LocalFiles(folder.path().string())))
      if (finding.id == id) return true;
    return false;
  }

  testing::TemporaryFolder folder;
  HostFacts facts;
};

}  // namespace

TEST_CASE("doctor: a machine on which all is well has nothing to mend") {
  const Machine machine;
  for (const auto& finding :
       tcpdump::examine(machine.facts, tcpdump::LocalFiles(machine.folder.path().string()))) {
    CHECK(finding.level == FindingLevel::good);
    CHECK(finding.command.empty());
  }
  CHECK_FALSE(machine.has("apparmor"));
  CHECK_FALSE(machine.has("selinux"));
}

TEST_CASE("doctor: tool and version") {
  Machine machine;
  machine.facts.tool_version.clear();
  CHECK(machine.find("tool", FindingLevel::warning).command == "/usr/bin/tcpdump --version");
  machine.facts.tool.clear();
  CHECK(machine.find("tool", FindingLevel::missing).command == "apt-get install tcpdump");
  machine.facts.root = false;
  CHECK(machine.find("tool", FindingLevel::missing).command == "sudo apt-get install tcpdump");
  machine.add("/etc/os-release", "ID=unheard\n");
  CHECK(machine.find("tool", FindingLevel::missing).command.empty());
}

TEST_CASE("doctor: rights") {
  Machine machine;
  machine.facts.elevated = false;
  machine.facts.rights = "root without CAP_NET_RAW, as in a container that was not given it";
  CHECK(machine.find("rights", FindingLevel::missing).command.find("--cap-add=NET_RAW") != std::string::npos);
  machine.facts.root = false;
  machine.facts.rights = "missing: neither root nor CAP_NET_RAW";
  CHECK(machine.find("rights", FindingLevel::missing).command ==
        "sudo setcap cap_net_raw,cap_net_admin=eip /usr/bin/tcpdump");
  machine.facts.tool = "/opt/my tools/tcpdump";
  CHECK(machine.find("rights", FindingLevel::missing).command ==
        "sudo setcap cap_net_raw,cap_net_admin=eip '/opt/my tools/tcpdump'");
  machine.facts.tool.clear();
  CHECK(machine.find("rights", FindingLevel::missing).command.empty());  // first the tool
}

TEST_CASE("doctor: where captures go") {
  Machine machine;
  machine.facts.spool_free = (std::uint64_t{2} << 30) - 1;  // 1 GiB for the file, 1 GiB that stays free
  CHECK(machine.find("spool", FindingLevel::warning).command == "df -h /var/tmp");
  machine.facts.spool_free = std::uint64_t{2} << 30;
  machine.find("spool", FindingLevel::good);
  machine.facts.spool_free = 0;  // not known
  machine.find("spool", FindingLevel::good);
  machine.facts.spool = "/var/absent";
  CHECK(machine.find("spool", FindingLevel::missing).command == "sudo chmod 1777 /var/absent");
}

TEST_CASE("doctor: interfaces") {
  Machine machine;
  machine.facts.interfaces[0].is_default = false;
  CHECK(machine.find("interfaces", FindingLevel::warning).text_en.find("(eth0)") != std::string::npos);
  machine.facts.interfaces.clear();
  machine.find("interfaces", FindingLevel::warning);
}

TEST_CASE("doctor: AppArmor and SELinux") {
  Machine machine;
  machine.add("/sys/module/apparmor/parameters/enabled", "Y\n");
  CHECK_FALSE(machine.has("apparmor"));
  machine.add("/etc/apparmor.d/usr.bin.tcpdump", "");
  machine.find("apparmor", FindingLevel::good);
  machine.add("/sys/module/apparmor/parameters/enabled", "N\n");
  CHECK_FALSE(machine.has("apparmor"));

  machine.add("/sys/fs/selinux/enforce", "1");
  machine.add("/proc/self/attr/current",
              std::string("unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\0", 47));
  machine.find("selinux", FindingLevel::good);
  machine.add("/proc/self/attr/current", "system_u:system_r:init_t:s0");
  const auto confined = machine.find("selinux", FindingLevel::warning);
  CHECK(confined.text_en.find("system_u:system_r:init_t:s0") != std::string::npos);
  CHECK(confined.command == "sudo semanage permissive -a netutils_t");
  machine.add("/sys/fs/selinux/enforce", "0");
  CHECK_FALSE(machine.has("selinux"));
}
