#include "backends/tcpdump/tool_version.h"

#include <doctest/doctest.h>

using namespace anchoko::tcpdump;

TEST_CASE("tcpdump: version texts of several releases") {
  struct Row {
    const char* text;
    const char* tool;
    const char* library;
    ToolVersion version;
  };
  const Row rows[] = {
      {"tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\nOpenSSL 3.0.19 27 Jan 2026\n",
       "4.99.3",
       "libpcap 1.10.3",
       {4, 99, 3}},
      {"tcpdump version 4.9.2\nlibpcap version 1.5.3\nOpenSSL 1.0.2k-fips  26 Jan 2017\n",
       "4.9.2",
       "libpcap 1.5.3",
       {4, 9, 2}},
      {"tcpdump: invalid option -- '-'\ntcpdump version 4.1-PRE-CVS_2012_02_01\nlibpcap version "
       "1.4.0\nUsage: tcpdump [-aAd]\n",
       "4.1-PRE-CVS_2012_02_01",
       "libpcap 1.4.0",
       {4, 1, 0}},
      {"tcpdump version 4.99.1 -- Apple version 148\nlibpcap version 1.10.1\n",
       "4.99.1",
       "libpcap 1.10.1",
       {4, 99, 1}},
      {"tcpdump version tcpdump version 5.0\n", "5.0", "", {5, 0, 0}},
      {"sh: tcpdump: not found\n", "", "", {}},
      {"tcpdump version \n", "", "", {}},
      {"", "", "", {}},
      {"tcpdump version 99999999999999999999.1\n", "99999999999999999999.1", "", {}},
  };
  for (const auto& row : rows) {
    const auto text = read_version(row.text);
    CHECK(text.tool == row.tool);
    CHECK(text.library == row.library);
    CHECK(parse_version(text.tool) == row.version);
  }
  CHECK(parse_version("libpcap 1.10.3") == ToolVersion{1, 10, 3});
}

TEST_CASE("tcpdump: options by release (reference: tcpdump, section 1)") {
  const auto options = [](const char* tool, const char* library = "1.10.3") {
    return tool_options(parse_version(tool), parse_version(library));
  };
  CHECK_FALSE(options("3.7.2").flush_each_packet);
  CHECK(options("3.8.0").flush_each_packet);
  CHECK_FALSE(options("3.8.3").stay_user);
  CHECK(options("3.9.8").stay_user);
  CHECK(options("4.0.0").buffer_size);
  CHECK_FALSE(options("4.6.2").immediate_mode);
  CHECK(options("4.7.4").immediate_mode);
  CHECK(options("4.4.0").direction == "");
  CHECK(options("4.5.1").direction == "-P");
  CHECK(options("4.6.0").direction == "-Q");
  CHECK(options("4.99.3").direction == "-Q");
  CHECK(options("4.99.0", "1.10.0").any_is_sll2);
  CHECK_FALSE(options("4.99.0", "1.9.1").any_is_sll2);
  CHECK_FALSE(options("4.9.3", "1.10.0").any_is_sll2);
  // Not known: what 4.0 had, nothing newer.
  const auto unknown = options("");
  CHECK(unknown.flush_each_packet);
  CHECK(unknown.stay_user);
  CHECK_FALSE(unknown.immediate_mode);
  CHECK(unknown.direction == "");
}
