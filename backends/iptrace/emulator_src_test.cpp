// Expectations: aix-iptrace.md 3 (SRC) and startsrc's manual page (the argument string).
#include "backends/iptrace/emulator_src.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "backends/iptrace/emulator_state.h"
#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;

namespace {

using Words = std::vector<std::string>;

int run(int (*tool)(anchoko::lab::EmulatedHost&, std::span<const std::string>), const TestHost& folder,
        const std::string& line) {
  auto host = folder.open();
  return tool(host, words_of("tool " + line));
}

}  // namespace

TEST_CASE("the argument string is split at blanks, quotes join or are letters") {
  CHECK(*split_arguments("  -a -p 80\t/x ", true) == Words{"-a", "-p", "80", "/x"});
  CHECK(*split_arguments("'-p 80' \"\" a\"b c\"", true) == Words{"-p 80", "", "ab c"});
  CHECK(*split_arguments("'-p 80'", false) == Words{"'-p", "80'"});
  CHECK(split_arguments("", true)->empty());
  CHECK_FALSE(split_arguments("'-p 80", true));
}

TEST_CASE("SRC's tools refuse what they lack and what they do not know") {
  const TestHost folder;
  for (const char* line :
       {"", "-s", "iptrace", "-s iptrace x", "-z -s iptrace", "-s nosuch", "-e A=b -s iptrace"}) {
    INFO(line);
    CHECK(run(run_startsrc, folder, line) == 1);
    CHECK(run(run_stopsrc, folder, line) == 1);
    CHECK(run(run_lssrc, folder, line) == 1);
  }
  CHECK(run(run_stopsrc, folder, "-f -c -s iptrace") == 1);
  CHECK(run(run_lssrc, folder, "-a -s iptrace") == 1);
  CHECK(run(run_lssrc, folder, "-a") == 0);
  CHECK(run(run_lssrc, folder, "-g tcpip") == 0);
  CHECK(run(run_lssrc, folder, "-s iptrace") == 0);
  CHECK(run(run_stopsrc, folder, "-s iptrace") == 1);  // 0513-004
  for (const char* fault : {"fault src-down\n", "fault src-not-on-file\n"})
    CHECK(run(run_lssrc, TestHost(fault), "-s iptrace") == 1);
  CHECK(run(run_startsrc, TestHost("user alice\n"), "-s iptrace -a /tmp/x") == 1);
}

TEST_CASE("SRC starts one instance only, and forgets one that died") {
  const TestHost folder;
  note_subsystem(folder.open(), getpid(), false);
  REQUIRE(src_subsystem(folder.open()).pid == getpid());
  CHECK(run(run_startsrc, folder, "-s iptrace") == 1);
  note_subsystem(folder.open(), getpid(), true);
  CHECK(src_subsystem(folder.open()).stopping);
  note_subsystem(folder.open(), 1, false);  // lives, but is no emulator
  CHECK_FALSE(src_subsystem(folder.open()).pid);
}

TEST_CASE("somebody else's session is shown, and who stops it is found out") {
  const TestHost folder("fault iptrace-busy src\n");
  CHECK(src_subsystem(folder.open()).pid);
  CHECK(run(run_startsrc, folder, "-s iptrace -a /tmp/x") == 1);
  CHECK(run(run_stopsrc, folder, "-s iptrace") == 0);
  CHECK(folder.open().read_state("iptrace-somebody-was-stopped")->has_value());
  const TestHost by_hand("fault iptrace-busy\n");
  CHECK_FALSE(src_subsystem(by_hand.open()).pid);
  CHECK(running_daemon(by_hand.open()));
}
