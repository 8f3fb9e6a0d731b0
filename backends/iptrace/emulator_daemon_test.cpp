// Expectations: aix-iptrace.md 1 (-i, -T, -S), 3 (start and stop), 4 (drops, full disks), 6 (emulator rules).
#include "backends/iptrace/emulator_daemon.h"

#include <cstdlib>

#include <doctest/doctest.h>
#include <unistd.h>

#include "backends/iptrace/emulator_report.h"
#include "backends/iptrace/emulator_state.h"
#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;
using anchoko::lab::EmulatedHost;
using anchoko::lab::PacketSource;

namespace {

// What a capture with these words writes of the packets.
Octets captured(const std::string& lines, const std::string& line, const std::vector<Octets>& packets,
                std::string* error = nullptr) {
  const TestHost folder(lines);
  write_pcap(folder / "in.pcap", packets);
  const auto host = folder.open();
  const auto options = parse_options(host, words_of(line + " " + (folder / "log")));
  REQUIRE(options);
  auto source = anchoko::lab::open_packets(host, chosen_interfaces(host, *options));
  REQUIRE(source);
  auto log = LogFile::open(options->file, encoding_of(host, *options).header(), rules_of(host, *options));
  REQUIRE(log);
  Capture capture(host, *options, **source, *log);
  while (true) {
    const auto next = capture.step();
    if (!next && error) *error = next.error().message;
    if (!next || *next == PacketSource::Next::end) break;
  }
  (void)log->flush();
  return octets_of_file(options->file);
}

std::vector<std::string> interfaces_in(const Octets& bytes) {
  std::vector<std::string> names;
  const auto log = read_iptrace(bytes);
  REQUIRE(log);
  CHECK_FALSE(log->cut);
  for (const auto& packet : log->packets) names.push_back(packet.interface);
  return names;
}

Octets from_us() {
  FrameMaker frame;
  std::swap(frame.to, frame.from);
  return frame.ip();
}
Octets on_loopback() {
  FrameMaker frame;
  frame.to = frame.from = 0;
  return frame.ip();
}

int run(const TestHost& folder, const std::string& line) {
  auto host = folder.open();
  return run_iptrace(host, words_of("iptrace " + line));
}

}  // namespace

TEST_CASE("a capture holds what passes, with interface and direction") {
  const auto in = FrameMaker().ip();
  const std::vector<Octets> packets{in, from_us(), on_loopback(), FrameMaker().arp()};
  const auto bytes = captured("", "-a", packets);
  CHECK(interfaces_in(bytes) == std::vector<std::string>{"en0", "en0", "lo0"});
  const auto log = read_iptrace(bytes);
  CHECK_FALSE(log->packets[0].sent);
  CHECK(log->packets[1].sent);
  CHECK(log->packets[0].time == 1'700'000'000'123'456'789);
  CHECK(Octets(log->packets[0].data.begin(), log->packets[0].data.end()) == in);
  CHECK(log->packets[2].data.size() == in.size() - 14);
  CHECK(interfaces_in(captured("", "-i lo0", packets)) == std::vector<std::string>{"lo0"});
  CHECK(captured("", "-i lo0 -p 99", packets).size() == 11);  // a log without packets is its magic
  CHECK(read_iptrace(captured("fact iptrace-format 1.0\n", "", packets))->version == "1.0");
}

TEST_CASE("a file of -T holds one link type, cut by -S") {
  const auto in = FrameMaker().ip();
  const auto file = captured("", "-B -S 20 -T", {in, on_loopback()});
  const auto log = read_tcpdump(file);
  REQUIRE(log);
  REQUIRE(log->packets.size() == 1);
  CHECK(log->packets[0].data.size() == 20);
  CHECK(log->packets[0].original == in.size());
}

TEST_CASE("drops and a full disk come when a host has them") {
  const std::vector<Octets> packets(6, FrameMaker().ip());
  CHECK(interfaces_in(captured("fault iptrace-drops 3\n", "", packets)).size() == 4);
  std::string error;
  CHECK(captured("fault iptrace-disk-full 200\n", "", packets, &error).size() == 200);
  CHECK(error.ends_with("No space left on device"));
  error.clear();
  CHECK(
      captured("fault iptrace-disk-full 200\nfact iptrace-disk-full goes-on\n", "", packets, &error).size() ==
      200);
  CHECK(error.empty());
}

TEST_CASE("an extension left behind stops a start until -u") {
  const TestHost folder;
  CHECK(run(folder, "-u") == 1);
  load_extension(folder.open());
  CHECK(run(folder, folder / "log") == 1);
  CHECK_FALSE(std::filesystem::exists(folder / "log"));
  CHECK(run(folder, "-u") == 0);
  CHECK_FALSE(extension_is_loaded(folder.open()));
}

TEST_CASE("-u may need to be repeated, and not every user may run it") {
  const TestHost folder("fault iptrace-unload-busy 2\n");
  load_extension(folder.open());
  CHECK(run(folder, "-u") == 1);
  CHECK(run(folder, "-u") == 1);
  CHECK(run(folder, "-u") == 0);
  const TestHost other("user alice\n");
  load_extension(other.open());
  CHECK(run(other, "-u") == 1);
  CHECK(extension_is_loaded(other.open()));
}

TEST_CASE(
    "a start is refused beside another one, without rights, in a WPAR with -B, and where no log can be") {
  const TestHost busy;
  note_daemon(busy.open(), getpid());  // a process that lives and is this program
  REQUIRE(running_daemon(busy.open()) == getpid());
  CHECK(run(busy, busy / "log") == 1);
  const TestHost dead;
  note_daemon(dead.open(), 1);
  CHECK_FALSE(running_daemon(dead.open()));
  const TestHost other("fault iptrace-busy\n");
  CHECK(run(other, other / "log") == 1);
  const TestHost beside("fact iptrace-with-tcpdump refuse\n");
  note_tcpdump(beside.open(), getpid());
  CHECK(run(beside, beside / "log") == 1);
  const TestHost user("user alice\n");
  CHECK(run(user, user / "log") == 1);
  const TestHost wpar("fault iptrace-wpar\n");
  CHECK(run(wpar, "-B " + (wpar / "log")) == 1);
  const TestHost folder;
  CHECK(run(folder, folder / "nosuch/log") == 1);
  CHECK(run(folder, "-c 1 " + (folder / "log")) == 1);
  CHECK_FALSE(extension_is_loaded(folder.open()));
}
