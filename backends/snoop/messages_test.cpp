#include "backends/snoop/messages.h"

#include <doctest/doctest.h>

using namespace anchoko;
using snoop::read_messages;

// The words are those of the reference for snoop, section 2.
TEST_CASE("snoop's messages: it captures when it names its device, in a whole line") {
  CHECK(read_messages("Using device net0 (non promiscuous)\n").started);
  CHECK(read_messages("Using device ipnet/net0 (promiscuous mode)\n").started);
  CHECK_FALSE(read_messages("Using device ne").started);
  CHECK_FALSE(read_messages("").started);
  CHECK(read_messages("Using device /dev/bge0 (promiscuous mode)\n").complaints.empty());
}

TEST_CASE("snoop's messages: the count that it gives, also behind its running one") {
  for (const char* text : {"10 packets captured\n", "\r0 \r9 \r10 10 packets captured\n"}) {
    const auto messages = read_messages(std::string("Using device net0 (non promiscuous)\n") + text);
    CHECK(messages.stats.captured == 10);
    CHECK(messages.complaints.empty());
  }
  CHECK_FALSE(read_messages("10 packets captu").stats.captured.has_value());
}

TEST_CASE("snoop's messages: what failed, and what mends it") {
  const auto check = [](const char* line, ErrorKind kind, const char* hint) {
    const auto messages = read_messages(std::string(line) + "\n");
    REQUIRE(messages.complaints.size() == 1);
    CHECK(messages.complaints.front() == line);
    REQUIRE(messages.failure);
    CHECK(*messages.failure == kind);
    CHECK(messages.hint.find(hint) != std::string::npos);
  };
  check("snoop: cannot open \"net0\": Permission denied", ErrorKind::unavailable, "net_rawaccess");
  check("snoop: cannot open \"net9\": DLPI link does not exist", ErrorKind::failed, "dladm show-link");
  check("snoop: cannot open \"/dev/bge9\": No such file or directory", ErrorKind::failed, "dladm show-link");
  check("snoop: cannot open \"net0\": Device busy", ErrorKind::failed, "holds that link");
  check("snoop: cannot set promiscuous mode on \"net0\": DL_PROMISCON_REQ failed", ErrorKind::failed,
        "promiscuous = false");
  check("snoop: cannot write packet header to capture file: No space left on device", ErrorKind::failed,
        "disk is full");
  check("snoop: invalid expression at \"vlan\".", ErrorKind::failed, "--no-pushdown");
  check("snoop: expression too long", ErrorKind::failed, "--no-pushdown");
  // A file that may not be written is another matter than a device.
  CHECK_FALSE(read_messages("snoop: /var/tmp/x: Permission denied\n").failure);
}

TEST_CASE("snoop's messages: warnings are told and are no failure; of a usage the first line does") {
  const auto warned = read_messages(
      "snoop: WARNING: no datalinks plumbed for IP traffic, using \"net1\"\nUsing device net1 (non "
      "promiscuous)\n");
  CHECK(warned.complaints.size() == 1);
  CHECK_FALSE(warned.failure);
  CHECK(warned.started);
  const auto refused = read_messages(
      "snoop: illegal option -- I\n\nUsage:  snoop\n\t[ -a ]\t\t# Listen to packets on audio\n");
  CHECK(refused.complaints.size() == 2);
  CHECK(refused.hint.find("release") != std::string::npos);
}

TEST_CASE("snoop's messages: a full disk may take the end of what it says about itself") {
  const auto messages =
      read_messages("Using device net0 (non promiscuous)\nsnoop: cannot write packet to capture fi");
  REQUIRE(messages.complaints.size() == 1);
  CHECK(read_messages("Using device net0 (non promiscuous)\nsnoop: somethi").complaints.empty());
}
