// Expectations: aix-iptrace.md 6 (records), 7 (the pcap look-alike), 1 (-L).
#include "backends/iptrace/emulator_log.h"

#include <string>

#include <doctest/doctest.h>

#include "backends/iptrace/emulator_test_host.h"

using namespace anchoko::iptrace::emulated;
using Kind = Encoding::Kind;

namespace {

std::uint32_t number_at(const Octets& bytes, std::size_t at) {
  return anchoko::load_be32(bytes.data() + at);
}
std::string text_at(const Octets& bytes, std::size_t at, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, size};
}
Octets octets(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}
std::string content(const std::string& path) {
  const auto bytes = octets_of_file(path);
  return text_at(bytes, 0, bytes.size());
}

}  // namespace

TEST_CASE("a record of iptrace 2.0 has its fields where the format says") {
  const auto frame = FrameMaker().ip();
  const Encoding encoding(Kind::iptrace_2, true, {}, type_ethernet);
  CHECK(text_at(encoding.header(), 0, 11) == "iptrace 2.0");
  CHECK(encoding.header().size() == 11);
  const auto record = encoding.record(frame_of(frame, true), identity_of("en3"));
  REQUIRE(record.size() == 40 + frame.size());
  CHECK(number_at(record, 0) == 32 + frame.size());
  CHECK(number_at(record, 4) == 1'700'000'000);
  CHECK(record[11] == std::byte{3});
  CHECK(text_at(record, 12, 4) == std::string("en\0\0", 4));
  CHECK(text_at(record, 16, 12) == std::string("et\0\0if_en: n", 12));
  CHECK(record[28] == std::byte{6});
  CHECK(record[29] == std::byte{1});
  CHECK(number_at(record, 32) == 1'700'000'000);
  CHECK(number_at(record, 36) == 123'456'789);
  CHECK(Octets(record.begin() + 40, record.end()) == frame);
  const auto received = encoding.record(frame_of(frame), identity_of("en3"));
  CHECK(received[29] == std::byte{0});
  const auto clean =
      Encoding(Kind::iptrace_2, false, {}, type_ethernet).record(frame_of(frame), identity_of("en3"));
  CHECK(text_at(clean, 16, 12) == std::string(12, '\0'));
}

TEST_CASE("a record of iptrace 1.0 knows whole seconds only") {
  const auto frame = FrameMaker().ip();
  const Encoding encoding(Kind::iptrace_1, true, {}, type_ethernet);
  CHECK(text_at(encoding.header(), 0, 11) == "iptrace 1.0");
  const auto record = encoding.record(frame_of(frame), identity_of("en0"));
  REQUIRE(record.size() == 30 + frame.size());
  CHECK(number_at(record, 0) == 22 + frame.size());
  CHECK(number_at(record, 4) == 1'700'000'000);
  CHECK(record[28] == std::byte{6});
  CHECK(Octets(record.begin() + 30, record.end()) == frame);
}

TEST_CASE("a loopback's record holds the bare packet") {
  const auto frame = FrameMaker().ip();
  const auto record =
      Encoding(Kind::iptrace_2, true, {}, type_loopback).record(frame_of(frame), identity_of("lo0"));
  CHECK(record[28] == std::byte{0x18});
  REQUIRE(record.size() == 40 + frame.size() - 14);
  CHECK(record[40] == std::byte{0x45});
}

TEST_CASE("the look-alike of pcap has version 2.2, nanoseconds and the original length first") {
  const auto frame = FrameMaker().ip();
  const Encoding encoding(Kind::pcap_2_2, true, 32, type_ethernet);
  const auto header = encoding.header();
  REQUIRE(header.size() == 24);
  CHECK(number_at(header, 0) == 0xa1b2c3d4);
  CHECK(number_at(header, 4) == 0x00020002);
  CHECK(number_at(header, 16) == 32);
  CHECK(number_at(header, 20) == 6);
  const auto record = encoding.record(frame_of(frame), identity_of("en0"));
  REQUIRE(record.size() == 16 + 32);
  CHECK(number_at(record, 4) == 123'456'789);
  CHECK(number_at(record, 8) == frame.size());
  CHECK(number_at(record, 12) == 32);
  const Encoding ordinary(Kind::pcap_2_4, true, 32, type_ethernet);
  CHECK(number_at(ordinary.header(), 4) == 0x00020004);
  CHECK(number_at(ordinary.header(), 20) == 1);
  const auto usual = ordinary.record(frame_of(frame), identity_of("en0"));
  CHECK(number_at(usual, 4) == 123'456);
  CHECK(number_at(usual, 8) == 32);
  CHECK(number_at(usual, 12) == frame.size());
}

TEST_CASE("with -L a full log becomes file.old, each file with its own beginning") {
  for (const bool copies : {false, true}) {
    const TestHost folder;
    const auto path = folder / "log";
    LogFile::Rules rules;
    rules.limit = 10;
    rules.copies = copies;
    {
      auto log = LogFile::open(path, octets("magic"), rules);
      REQUIRE(log);
      CHECK(content(path) == "magic");
      for (const char* record : {"one1", "two2", "tri3"}) REQUIRE(log->write(octets(record)));
    }
    CHECK(content(path + ".old") == "magicone1two2");
    CHECK(content(path) == "magictri3");
    // At the next start the log is the old one, and the old one is lost.
    auto again = LogFile::open(path, octets("magic"), rules);
    REQUIRE(again);
    CHECK(content(path + ".old") == "magictri3");
    CHECK(content(path) == "magic");
  }
}

TEST_CASE("without -L an existing file is lost, or added to") {
  const TestHost folder;
  const auto path = folder / "log";
  write_pcap(path, {});
  {
    auto log = LogFile::open(path, octets("magic"), {});
    REQUIRE(log);
    REQUIRE(log->write(octets("one")));
  }
  CHECK(content(path) == "magicone");
  CHECK_FALSE(std::filesystem::exists(path + ".old"));
  LogFile::Rules rules;
  rules.appends = true;
  auto log = LogFile::open(path, octets("magic"), rules);
  REQUIRE(log);
  REQUIRE(log->write(octets("two")));
  CHECK(content(path) == "magiconetwo");
}

TEST_CASE("a full disk leaves a short last record and an error") {
  const TestHost folder;
  const auto path = folder / "log";
  LogFile::Rules rules;
  rules.room = 10;
  auto log = LogFile::open(path, octets("magic"), rules);
  REQUIRE(log);
  CHECK(log->write(octets("one1")));
  const auto written = log->write(octets("two2"));
  REQUIRE_FALSE(written);
  CHECK(written.error().message == path + ": No space left on device");
  CHECK(content(path) == "magicone1t");
}

TEST_CASE("a buffer holds records back") {
  const TestHost folder;
  const auto path = folder / "log";
  LogFile::Rules rules;
  rules.buffer = 8;
  auto log = LogFile::open(path, octets("magic"), rules);
  REQUIRE(log);
  REQUIRE(log->write(octets("one1")));
  CHECK(content(path) == "magic");
  REQUIRE(log->write(octets("two2")));
  CHECK(content(path) == "magicone1two2");
  REQUIRE(log->write(octets("tri3")));
  REQUIRE(log->flush());
  CHECK(content(path) == "magicone1two2tri3");
}

TEST_CASE("an interface is letters, a unit and a type") {
  CHECK(identity_of("en0").letters == "en");
  CHECK(identity_of("en12").unit == 12);
  CHECK(identity_of("et1").type == 7);
  CHECK(identity_of("lo0").type == 24);
}
