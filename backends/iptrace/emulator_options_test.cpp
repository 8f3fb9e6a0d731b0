// Expectations: aix-iptrace.md 1 (synopses release by release) and 3 (start).
#include "backends/iptrace/emulator_options.h"

#include <doctest/doctest.h>

#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;

namespace {

bool accepts(const std::string& lines, const std::string& line) {
  const TestHost host(lines);
  return parse_options(host.open(), words_of(line)).has_value();
}

Options options_of(const std::string& lines, const std::string& line) {
  const TestHost host(lines);
  const auto options = parse_options(host.open(), words_of(line));
  INFO(line);
  REQUIRE(options);
  return *options;
}

std::string message_of(const std::string& line) {
  const TestHost host;
  const auto options = parse_options(host.open(), words_of(line));
  return options ? "" : options.error().message;
}

}  // namespace

TEST_CASE("iptrace takes what its synopsis has") {
  for (const char* line :
       {"/tmp/x", "-a /tmp/x", "-abe -i en0 /tmp/x", "-s 192.0.2.1 -b /tmp/x", "-d aixbox -b /tmp/x",
        "-s 192.0.2.1 -d 192.0.2.2 -b /tmp/x", "-p 80,443,telnet /tmp/x", "-P tcp,17 /tmp/x",
        "-Ptcp -p80 /tmp/x", "-ien0 /tmp/x", "-L 300000000 /tmp/x", "-B -S 128 -T /tmp/x", "-BTS128 /tmp/x",
        "-u", "-- /tmp/x", "-i lo0 -- -x"}) {
    INFO(line);
    CHECK(accepts("", line));
  }
}

TEST_CASE("iptrace refuses what it lacks") {
  for (const char* line : {"",
                           "-a",
                           "/tmp/x /tmp/y",
                           "/tmp/x -a",
                           "-c 10 /tmp/x",
                           "-C /tmp/x",
                           "-l 300 /tmp/x",
                           "-n /tmp/x",
                           "-w /tmp/x",
                           "-r /tmp/x",
                           "-g /tmp/x",
                           "--help",
                           "-i en7 /tmp/x",
                           "-i any /tmp/x",
                           "-i en0,lo0 /tmp/x",
                           "-s nobody /tmp/x",
                           "-s 192.0.2.0/24 /tmp/x",
                           "-s 192.0.2.1,192.0.2.2 /tmp/x",
                           "-s 2001:db8::1 /tmp/x",
                           "-s -b /tmp/x",
                           "-p 80-90 /tmp/x",
                           "-p 65536 /tmp/x",
                           "-p 80, /tmp/x",
                           "-p nosuch /tmp/x",
                           "-p",
                           "-P 256 /tmp/x",
                           "-P ip6 /tmp/x",
                           "-P tcp/udp /tmp/x",
                           "-L 0 /tmp/x",
                           "-L 10m /tmp/x",
                           "-B -S 0 -T /tmp/x",
                           "-B -S 64k -T /tmp/x",
                           "-u /tmp/x",
                           "-u -a",
                           "-V /tmp/x",
                           "-Q /tmp/x"}) {
    INFO(line);
    CHECK_FALSE(accepts("", line));
  }
}

TEST_CASE("a mistake is answered with its flag and the synopsis") {
  CHECK(message_of("-c 10 /tmp/x").starts_with("iptrace: Not a recognized flag: c\nusage: iptrace "));
  CHECK(message_of("-p").starts_with("iptrace: A flag requires a parameter: p\nusage: iptrace "));
  CHECK(message_of("").starts_with("usage: iptrace "));
}

TEST_CASE("each release has its own flags") {
  const std::string v43 = "release 4.3\n", v52 = "release 5.2\n", v53 = "release 5.3\n",
                    v61 = "release 6.1\n";
  CHECK(accepts(v43, "-a -e -P tcp -i en0 -p 80 -s 192.0.2.1 -b /tmp/x"));
  CHECK_FALSE(accepts(v43, "-p 80,443 /tmp/x"));
  CHECK_FALSE(accepts(v43, "-P tcp,udp /tmp/x"));
  CHECK_FALSE(accepts(v43, "-L 1000000 /tmp/x"));
  CHECK_FALSE(accepts(v43, "-u"));
  CHECK_FALSE(accepts(v43, "-b /tmp/x"));
  CHECK(accepts(v52, "-b -L 1000000 -p 80,443 /tmp/x"));
  CHECK(accepts(v52, "-u"));
  CHECK_FALSE(accepts(v52, "-B /tmp/x"));
  CHECK(accepts(v53, "-B -S 128 -T /tmp/x"));
  CHECK(accepts(v61, "-B -S 128 -T /tmp/x"));
  CHECK(accepts("release 7200-05-03-2136\n", "-B -S 128 -T /tmp/x"));
  CHECK_FALSE(accepts(v61 + "fact iptrace-q accept\n", "-Q /tmp/x"));
  CHECK(accepts("fact iptrace-q accept\n", "-Q -V /tmp/x"));
  CHECK_FALSE(accepts("fact iptrace-q accept\n", "-V /tmp/x"));
}

TEST_CASE("open facts of the grammar have switches") {
  CHECK_FALSE(accepts("", "-S 128 /tmp/x"));
  CHECK(accepts("fact iptrace-snap-without-bpf accept\n", "-S 128 /tmp/x"));
  CHECK_FALSE(accepts("", "-T /tmp/x"));
  CHECK(accepts("fact iptrace-tcpdump-without-bpf accept\n", "-T /tmp/x"));
  CHECK(accepts("", "-b /tmp/x"));
  CHECK_FALSE(accepts("fact iptrace-lone-b refuse\n", "-b /tmp/x"));
  CHECK(accepts("fact iptrace-ipv6-hosts accept\n", "-s 2001:db8::1 /tmp/x"));

  CHECK(options_of("", "-p 80 -p 443 /tmp/x").ports == std::vector<std::uint16_t>{443});
  CHECK(options_of("fact iptrace-repeat first\n", "-p 80 -p 443 /tmp/x").ports ==
        std::vector<std::uint16_t>{80});
  CHECK(options_of("fact iptrace-repeat list\n", "-p 80 -p 443 /tmp/x").ports ==
        std::vector<std::uint16_t>{80, 443});
  CHECK_FALSE(accepts("fact iptrace-repeat refuse\n", "-p 80 -p 443 /tmp/x"));
  CHECK(options_of("", "-i en0 -i lo0 /tmp/x").interfaces == std::vector<std::size_t>{1});
  CHECK(options_of("fact iptrace-repeat-interface list\n", "-i en0 -i lo0 /tmp/x").interfaces.size() == 2);
  CHECK_FALSE(accepts("fact iptrace-repeat-interface refuse\n", "-i en0 -i lo0 /tmp/x"));
}

TEST_CASE("names and numbers become values") {
  const auto options =
      options_of("hosts far=198.51.100.7\n", "-s far -d 10.1 -p domain,http -P udp,6 -L 5000 /tmp/x");
  REQUIRE(options.sources.size() == 1);
  CHECK(options.sources[0].bytes[0] == std::byte{198});
  CHECK(options.sources[0].bytes[3] == std::byte{7});
  // inet_addr fills up the middle of a short form.
  REQUIRE(options.destinations.size() == 1);
  CHECK(options.destinations[0].bytes[0] == std::byte{10});
  CHECK(options.destinations[0].bytes[1] == std::byte{0});
  CHECK(options.destinations[0].bytes[3] == std::byte{1});
  CHECK(options.ports == std::vector<std::uint16_t>{53, 80});
  CHECK(options.protocols == std::vector<std::uint8_t>{17, 6});
  CHECK(options.log_size == 5000);
  CHECK(options.file == "/tmp/x");
}
