#include "backends/iptrace/probe_answer.h"

#include <doctest/doctest.h>

#include "backends/iptrace/iptrace.h"

using namespace anchoko;

namespace {

// An AIX that gives the same answers whatever is asked, each behind the word that the script was given.
class AixRunner final : public CommandRunner {
 public:
  std::map<std::string, std::string> parts{
      {"level", "7200-05-03-2136\n"},
      {"release", "7.2.0.0\n"},
      {"name", "aix1\n"},
      {"id", "0\n"},
      {"devices",
       "en0 Available       Standard Ethernet Network Interface\n"
       "en1 Defined         Standard Ethernet Network Interface\n"
       "lo0 Available       Loopback Network Interface\n"},
      {"addresses",
       "en0: flags=1e084863,480<UP,BROADCAST,NOTRAILERS,RUNNING>\n"
       "\tinet 192.0.2.10 netmask 0xffffff00 broadcast 192.0.2.255\n"
       "\t tcp_sendspace 262144 tcp_recvspace 262144 rfc1323 1\n"
       "lo0: flags=e08084b,c0<UP,BROADCAST,LOOPBACK,RUNNING>\n"
       "\tinet 127.0.0.1 netmask 0xff000000 broadcast 127.255.255.255\n"
       "\tinet6 ::1%1/0\n"},
      {"routes",
       "Route Tree for Protocol Family 2 (Internet):\n"
       "default            192.0.2.1         UG        4     12345 en0      -      -\n"},
      {"src", "known\n"},
      {"shell", "/usr/bin/ksh\n/usr/bin/sh\n"},
      {"spool",
       "Filesystem    1024-blocks      Used Available Capacity Mounted on\n"
       "/dev/hd9var        524288    100000    424288      20% /var\n"}};
  bool cut = false;

  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds,
                            std::string_view input) override {
    if (command.front() == "uname") return CommandOutput{0, "AIX\n", ""};
    const std::string mark(input.substr(5, input.find('\n') - 5));
    std::string out = "a greeting\n";
    for (const auto& [title, text] : parts) out += mark + " " + title + "\n" + text;
    return CommandOutput{0, cut ? out : out + mark + " end\n", ""};
  }
  std::string find_program(const std::string& name) override { return "/usr/sbin/" + name; }
  std::string target() const override { return "aix1"; }
};

}  // namespace

TEST_CASE("iptrace probe: what an AIX host tells") {
  AixRunner runner;
  const auto facts = iptrace::probe(runner);
  REQUIRE(facts);
  CHECK(facts->os == "aix");
  CHECK(facts->os_release == "7.2.0.0");
  CHECK(facts->hostname == "aix1");
  CHECK(facts->tool == "/usr/sbin/iptrace");
  CHECK(facts->shell == "/usr/bin/ksh");
  CHECK(facts->starter == "src");
  CHECK(facts->elevated);
  CHECK_FALSE(facts->fractional_sleep);
  CHECK_FALSE(facts->spool_on_network);
  CHECK(facts->spool_free == 424288ull * 1024);
  REQUIRE(facts->interfaces.size() == 2);
  CHECK(facts->interfaces[0].name == "en0");
  CHECK(facts->interfaces[0].is_default);
  CHECK(facts->interfaces[0].up);
  CHECK(facts->interfaces[0].addresses == std::vector<std::string>{"192.0.2.10"});
  CHECK(facts->interfaces[1].loopback);
  CHECK(facts->interfaces[1].addresses == std::vector<std::string>{"127.0.0.1", "::1"});
}

TEST_CASE("iptrace probe: what is missing is a fact, an answer that is cut an error") {
  AixRunner runner;
  runner.parts["id"] = "201\n";
  runner.parts["src"] = "";
  runner.parts["wpar"] = "3\n";
  runner.parts["spool"] =
      "Filesystem 1024-blocks Used Available Capacity Mounted on\nnas1:/var 9 1 8 1% /var\n";
  const auto facts = iptrace::probe(runner);
  REQUIRE(facts);
  CHECK_FALSE(facts->elevated);
  CHECK(facts->rights.find("workload partition 3") != std::string::npos);
  CHECK(facts->starter.empty());
  CHECK(facts->spool_on_network);
  runner.cut = true;
  CHECK_FALSE(iptrace::probe(runner));
}
