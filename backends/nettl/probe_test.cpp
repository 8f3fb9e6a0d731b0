#include "backends/nettl/probe.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/tools/fake_runner.h"

using namespace anchoko;

namespace {

// Laid out as commands of HP-UX 11i do it; names and addresses are made up.
const char* const lanscan =
    "Hardware Station        Crd Hdw   Net-Interface  NM  MAC       HP-DLPI DLPI\n"
    "Path     Address        In# State NamePPA        ID  Type      Support Mjr#\n"
    "0/1/2/0  0x001A4B06F2C1 0   UP    lan0 snap0     1   ETHER     Yes     119\n"
    "0/4/1/0  0x001A4B06F2C2 1   DOWN  lan1 snap1     2   ETHER     Yes     119\n"
    "LinkAgg0 0x000000000000 900 DOWN  lan900 snap900 4   ETHER     Yes     119\n";
const char* const ioscan =
    "Class     I  H/W Path  Driver S/W State   H/W Type     Description\n"
    "===================================================================\n"
    "lan       0  0/1/2/0   iether   CLAIMED     INTERFACE    HP AB352-60003\n"
    "                         /dev/lan0\n"
    "lan       1  0/4/1/0   igelan   CLAIMED     INTERFACE    HP PCI 1000Base-T\n";
const char* const routes =
    "Routing tables\n"
    "Destination           Gateway            Flags Refs Interface  Pmtu\n"
    "127.0.0.1             127.0.0.1          UH       0 lo0        32808\n"
    "default               192.0.2.1          UG       0 lan1:2     1500\n";

// A transcript of another machine.
class Target final : public CommandRunner {
 public:
  testing::FakeRunner fake;
  Target() {
    answer("uname -s", "HP-UX\n");
    answer("uname -r", "B.11.31\n");
    answer("uname -n", "hp1\n");
    answer("id -u", "0\n");
    answer("nettlconf -status", "ID     NAME     CLASS\n252    IGELAN   12\n253    IETHER   12\n");
    answer("lanscan", lanscan);
    answer("ioscan -fnkC lan", ioscan);
    answer("netstat -rn", routes);
    answer("df -P -k /var/tmp",
           "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vg00/lvol8 8000 1000 7000 13% "
           "/var\n");
    fake.programs["nettl"] = "/usr/sbin/nettl";
  }
  void answer(const std::string& command, const std::string& out, int status = 0) {
    fake.answers.insert_or_assign(command, CommandOutput{status, out, {}});
  }
  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds limit,
                            std::string_view input) override {
    return fake.run(command, limit, input);
  }
  std::string find_program(const std::string& name) override { return fake.find_program(name); }
  std::string target() const override { return "hp1"; }
};

}  // namespace

TEST_CASE("nettl: the probe finds cards, their drivers and the default route") {
  Target target;
  const auto facts = nettl::probe(target);
  REQUIRE(facts);
  CHECK(facts->os == "hpux");
  CHECK(facts->os_release == "B.11.31");
  CHECK(facts->hostname == "hp1");
  CHECK(facts->tool == "/usr/sbin/nettl");
  CHECK(facts->elevated);
  CHECK_FALSE(facts->fractional_sleep);
  CHECK(facts->shell == "/usr/bin/sh");
  CHECK(facts->spool_free == 7000 * 1024);
  REQUIRE(facts->interfaces.size() == 3);
  const auto& first = facts->interfaces[0];
  CHECK(first.name == "lan0");
  CHECK(first.driver == "IETHER");
  CHECK(first.mac == "00:1a:4b:06:f2:c1");
  CHECK(first.up);
  CHECK_FALSE(first.is_default);
  CHECK(facts->interfaces[1].driver == "IGELAN");
  CHECK(facts->interfaces[1].is_default);
  CHECK_FALSE(facts->interfaces[1].up);
  CHECK(facts->interfaces[2].name == "lan900");
  CHECK(facts->interfaces[2].driver.empty());
}

TEST_CASE("nettl: what a machine does not tell is missing, and no error") {
  Target target;
  target.fake.answers.erase("lanscan");
  target.answer("nettlconf -status", "damaged", 1);
  target.answer("df -P -k /var/tmp", "");
  target.answer("id -u", "104\n");
  const auto facts = nettl::probe(target);
  REQUIRE(facts);
  CHECK(facts->interfaces.empty());
  CHECK(facts->subsystems.empty());
  CHECK(facts->spool_free == 0);
  CHECK_FALSE(facts->elevated);
  CHECK(facts->rights == "missing: nettl traces for root only");
  target.fake.programs.clear();
  CHECK(nettl::probe(target)->rights == "nettl is not there: it comes with HP-UX");
  target.fake.answers.erase("uname -s");
  CHECK_FALSE(nettl::probe(target));
}

TEST_CASE("nettl: subsystems are found however nettlconf lays them out; up to 11.00 one stands for all") {
  const auto table = nettl::read_subsystems("37     100VG      12\n9   NS_LS_IP 12\n");
  const auto blocks = nettl::read_subsystems("ID:  37\nName:  100VG\nClass: 12\n\nID: 9\nName: NS_LS_IP\n");
  CHECK(table == std::vector<std::string>{"100VG", "NS_LS_IP"});
  CHECK(blocks == table);
  const auto old = nettl::read_cards(lanscan, ioscan, {"NS_LS_DRIVER", "NS_LS_IP"}, "B.11.00");
  CHECK(old[0].driver == "NS_LS_DRIVER");
  CHECK(nettl::read_cards(lanscan, ioscan, {"NS_LS_DRIVER", "NS_LS_IP"}, "B.11.31")[0].driver.empty());
}
