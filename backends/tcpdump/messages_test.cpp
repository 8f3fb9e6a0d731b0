#include "backends/tcpdump/messages.h"

#include <doctest/doctest.h>

using namespace anchoko;
using tcpdump::read_messages;

TEST_CASE("tcpdump messages: start line and counters") {
  const auto m = read_messages(
      "tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
      "12 packets captured\n15 packets received by filter\n3 packets dropped by kernel\n");
  CHECK(m.started);
  CHECK(m.stats.captured == 12u);
  CHECK(m.stats.received_by_filter == 15u);
  CHECK(m.stats.dropped_by_kernel == 3u);
  CHECK_FALSE(m.stats.dropped_by_interface.has_value());
  CHECK(m.complaints.empty());
  CHECK_FALSE(m.failure.has_value());
}

TEST_CASE("tcpdump messages: singular, fourth counter, the wording before 4.99, any") {
  const auto m = read_messages(
      "tcpdump: data link type LINUX_SLL2\n"
      "tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), capture size 262144 bytes\r\n"
      "1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n1 packet dropped by "
      "interface\n");
  CHECK(m.started);
  CHECK(m.stats.captured == 1u);
  CHECK(m.stats.received_by_filter == 1u);
  CHECK(m.stats.dropped_by_kernel == 0u);
  CHECK(m.stats.dropped_by_interface == 1u);
  CHECK(m.complaints.empty());
}

TEST_CASE("tcpdump messages: nothing is concluded from half a line") {
  CHECK_FALSE(read_messages("tcpdump: listening on eth").started);
  CHECK_FALSE(read_messages("12 packets captured").stats.captured.has_value());
  CHECK_FALSE(read_messages("").started);
  CHECK(read_messages("tcpdump: listening on lo\n1 packets capt").complaints.empty());
}

TEST_CASE("tcpdump messages: complaints and what they mean") {
  struct Row {
    const char* text;
    std::optional<ErrorKind> failure;
  };
  const Row rows[] = {
      {"tcpdump: lo: You don't have permission to perform this capture on that device\n",
       ErrorKind::unavailable},
      {"tcpdump: eth0: You don't have permission to capture on that device\n(socket: Operation not "
       "permitted)\n",
       ErrorKind::unavailable},
      {"tcpdump: /var/tmp/x: Permission denied\n", ErrorKind::unavailable},
      {"tcpdump: nope: No such device exists\n(No such device exists)\n", ErrorKind::failed},
      {"tcpdump: can't parse filter expression: syntax error\n", std::nullopt},
      {"tcpdump: expression rejects all packets\n", std::nullopt},
      {"Warning: Kernel filter failed: Invalid argument\n", std::nullopt},
      {"tcpdump: pcap_loop: The interface disappeared\n", std::nullopt},
      {"99999999999999999999999 packets captured\n", std::nullopt},
  };
  for (const auto& row : rows) {
    const auto m = read_messages(row.text);
    CHECK_FALSE(m.started);
    REQUIRE_FALSE(m.complaints.empty());
    CHECK(std::string(row.text).starts_with(m.complaints.front()));
    CHECK(m.failure == row.failure);
  }
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += std::string(10'000, 'x') + "\n";
  const auto m = read_messages(flood);
  CHECK(m.complaints.size() == 20);
  CHECK(m.complaints.front().size() == 500);
}
