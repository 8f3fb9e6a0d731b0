// Expectations: aix-iptrace.md 5 and 6.
#include "backends/iptrace/emulator_report.h"

#include <doctest/doctest.h>

#include "backends/iptrace/emulator_log.h"
#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;

namespace {

Octets log_of(Encoding::Kind kind, int packets) {
  const Encoding encoding(kind, true, {}, type_ethernet);
  Octets bytes = encoding.header();
  const auto frame = FrameMaker().ip();
  for (int i = 0; i < packets; ++i) {
    const auto record = encoding.record(frame_of(frame), identity_of("en1"));
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  return bytes;
}

}  // namespace

TEST_CASE("a log is read until its short last record") {
  auto bytes = log_of(Encoding::Kind::iptrace_2, 3);
  CHECK(read_iptrace(bytes)->packets.size() == 3);
  CHECK(read_iptrace(bytes)->packets[2].interface == "en1");
  bytes.pop_back();
  CHECK(read_iptrace(bytes)->packets.size() == 2);
  CHECK(read_iptrace(bytes)->cut);
  CHECK(read_iptrace(log_of(Encoding::Kind::iptrace_2, 0))->packets.empty());
  bytes[11] = std::byte{0xff};  // a length beyond the file
  CHECK(read_iptrace(bytes)->packets.empty());
  CHECK(read_iptrace(log_of(Encoding::Kind::iptrace_1, 2))->packets.size() == 2);
}

TEST_CASE("what is another kind of file is refused") {
  CHECK_FALSE(read_iptrace(log_of(Encoding::Kind::pcap_2_2, 1)));
  CHECK_FALSE(read_iptrace({}));
  CHECK_FALSE(read_tcpdump(log_of(Encoding::Kind::iptrace_2, 1)));
  CHECK(read_tcpdump(log_of(Encoding::Kind::pcap_2_2, 2))->packets.size() == 2);
  CHECK(read_tcpdump(log_of(Encoding::Kind::pcap_2_4, 2))->packets[1].time == 1'700'000'000'123'456'000);
}

TEST_CASE("ipreport has its own options") {
  const TestHost folder;
  auto host = folder.open();
  const auto run = [&](const std::string& line) { return run_ipreport(host, words_of("ipreport " + line)); };
  CHECK(run("") == 1);
  CHECK(run("-q x") == 1);
  CHECK(run("-c some x") == 1);
  CHECK(run(folder / "nosuch") == 1);
  CHECK(run(folder / "host.conf") == 1);
  write_pcap(folder / "in.pcap", {});
  CHECK(run(folder / "in.pcap") == 1);
}
