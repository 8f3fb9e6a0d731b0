// Expectations: tcpdump.md 1 (AIX's row), 2 (rotation), 3 (messages); aix-iptrace.md 7 (its file).
#include "backends/iptrace/emulator_tcpdump.h"

#include <doctest/doctest.h>

#include "backends/iptrace/emulator_judge.h"
#include "backends/iptrace/emulator_report.h"
#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;

namespace {

bool accepts(const std::string& lines, const std::string& line) {
  const TestHost host(lines);
  return parse_tcpdump(host.open(), words_of(line)).has_value();
}

TcpdumpOptions options_of(const std::string& lines, const std::string& line) {
  const TestHost host(lines);
  const auto options = parse_tcpdump(host.open(), words_of(line));
  INFO(line);
  REQUIRE(options);
  return *options;
}

JudgedFrame judged(const Octets& bytes) {
  return {1'700'000'000'123'456'789, static_cast<std::uint32_t>(bytes.size()), bytes};
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

TEST_CASE("AIX's tcpdump has the options of an old fork") {
  for (const char* line :
       {"", "-i en0 -w /tmp/x -s 0 -n host 192.0.2.1 and port 22", "-i 2", "-D", "-L",
        "-B 512 -C 10 -G 60 -U -z gzip -Z root -w x", "-y EN10MB -p -r x", "-enxX", "-c1"}) {
    INFO(line);
    CHECK(accepts("", line));
  }
  for (const char* line : {"-W 5",
                           "-j host",
                           "-Q in",
                           "-Q",
                           "-P in",
                           "-J",
                           "-V x",
                           "-#",
                           "--immediate-mode",
                           "-K",
                           "-I",
                           "-i en9",
                           "-i any",
                           "-c 0",
                           "-c x",
                           "-C 1k",
                           "-G 0",
                           "-y RAW",
                           "-Z nosuchuser",
                           "-s",
                           "-s 65536",
                           "-F /nosuch",
                           "geneve",
                           "tcp[tcpflags] & tcp-ece != 0"}) {
    INFO(line);
    CHECK_FALSE(accepts("", line));
  }
  CHECK_FALSE(accepts("release 6.1\n", "-U -w x"));
  CHECK_FALSE(accepts("fact aix-tcpdump-rotation no\n", "-C 10 -w x"));
}

TEST_CASE("the first word of the expression ends the options") {
  const auto options = options_of("", "-i en0 host 192.0.2.1 -w /tmp/x");
  CHECK(options.write.empty());
  CHECK(options.expression == "host 192.0.2.1 -w /tmp/x");
}

TEST_CASE("without -s packets are cut, and -s 0 may mean whole or not") {
  CHECK(options_of("", "").snap == 96);
  CHECK(options_of("fact aix-tcpdump-snap 68\n", "").snap == 68);
  CHECK(options_of("", "-s 0").snap == 0);
  CHECK(options_of("fact aix-tcpdump-snap-0 default\n", "-s 0").snap == 96);
  CHECK(options_of("", "-C 2 -w x").file_size == 2'000'000);
}

TEST_CASE("frames are judged by tcpdump's language") {
  if (!check_expression("ip", link_ethernet)) {
    MESSAGE("no tcpdump on this machine");
    return;
  }
  auto other = FrameMaker();
  other.destination_port = 443;
  std::vector<JudgedFrame> frames;
  for (const auto& bytes : {FrameMaker().ip(), other.ip(), FrameMaker().arp(), FrameMaker().ipv6()})
    frames.push_back(judged(bytes));
  CHECK(*judge_frames("port 80", link_ethernet, frames) == std::vector<bool>{true, false, false, true});
  CHECK(*judge_frames("host 192.0.2.11 and not port 80", link_ethernet, frames) ==
        std::vector<bool>{false, true, true, false});
  CHECK(*judge_frames("", link_ethernet, frames) == std::vector<bool>(4, true));
  CHECK_FALSE(check_expression("port", link_ethernet));
  CHECK_FALSE(check_expression("tcp and udp", link_ethernet));
  CHECK(check_expression("tcp and udp", link_ethernet).error().message.find("rejects all packets") !=
        std::string::npos);
  CHECK(print_frames({}, link_ethernet, frames)->find("192.0.2.11.40000 > 192.0.2.10.80") !=
        std::string::npos);
}

TEST_CASE("-C rotates beyond its size, -G with the time in the name") {
  const TestHost folder;
  const auto host = folder.open();
  const Octets header(24), record(600'000);
  constexpr std::int64_t second = 1'000'000'000;
  {
    const auto options = options_of("", "-C 1 -w " + (folder / "f"));
    SaveFiles files(host, options, header);
    REQUIRE(files.open(0));
    for (int i = 0; i < 5; ++i) REQUIRE(files.write(record, 0));
    files.flush();
  }
  CHECK(content(folder / "f").size() == 1'200'024);
  CHECK(content(folder / "f1").size() == 1'200'024);
  CHECK(content(folder / "f2").size() == 600'024);
  const auto options = options_of("", "-G 10 -U -w " + (folder / "g%s"));
  SaveFiles files(host, options, header);
  REQUIRE(files.open(100 * second));
  REQUIRE(files.write(record, 109 * second));
  REQUIRE(files.write(record, 110 * second));
  CHECK(content(folder / "g100").size() == 600'024);
  CHECK(content(folder / "g110").size() == 600'024);
}

TEST_CASE("only with -U a file has its beginning at once, and a full disk goes unnoticed") {
  const TestHost folder("fault tcpdump-disk-full 30\n");
  const auto host = folder.open();
  const Octets header(24), record(100);
  const auto options = options_of("", "-w " + (folder / "f"));
  SaveFiles files(host, options, header);
  REQUIRE(files.open(0));
  CHECK(content(folder / "f").empty());
  REQUIRE(files.write(record, 0));
  files.flush();
  CHECK(content(folder / "f").size() == 30);
  const auto unbuffered = options_of("", "-U -w " + (folder / "g"));
  SaveFiles others(host, unbuffered, header);
  REQUIRE(others.open(0));
  CHECK(content(folder / "g").size() == 24);
}

TEST_CASE("a run stops after -c and writes the look-alike") {
  const TestHost folder;
  write_pcap(folder / "in.pcap",
             {FrameMaker().arp(), FrameMaker().ip(), FrameMaker().ip(), FrameMaker().ip()});
  auto host = folder.open();
  const auto run = [&](const std::string& line) { return run_tcpdump(host, words_of("tcpdump " + line)); };
  if (!check_expression("ip", link_ethernet)) return;
  REQUIRE(run("-i en0 -c 2 -s 40 -w " + (folder / "out") + " tcp") == 0);
  const auto bytes = octets_of_file(folder / "out");
  const auto file = read_tcpdump(bytes);
  REQUIRE(file);
  CHECK(bytes[7] == std::byte{2});  // version 2.2
  REQUIRE(file->packets.size() == 2);
  CHECK(file->packets[0].data.size() == 40);
  CHECK(file->packets[0].original == FrameMaker().ip().size());
  CHECK(file->packets[0].time == 1'700'000'000'123'456'789);
  CHECK(run("-r " + (folder / "out") + " -w " + (folder / "again") + " -s 0 tcp") == 0);
  CHECK(read_tcpdump(octets_of_file(folder / "again"))->packets.size() == 2);
  CHECK(run("-r " + (folder / "host.conf")) == 1);
  const TestHost user("user alice\n");
  auto other = user.open();
  CHECK(run_tcpdump(other, words_of("tcpdump -c 1")) == 1);
}
