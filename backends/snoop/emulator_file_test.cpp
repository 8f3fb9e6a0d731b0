#include "backends/snoop/emulator_file.h"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_folder.h"
#include "core/base/hex.h"

// Expectations: reference for snoop, sections 5 to 7.
namespace anchoko::snoop::emulated {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return hex(std::as_bytes(std::span(text)));
}

Record record_of(std::size_t size, std::uint32_t total) {
  Record record;
  record.original = 100;
  record.total = total;
  record.drops = 7;
  record.seconds = 0x5f000001;
  record.microseconds = 250000;
  record.bytes.assign(size, std::byte{0xab});
  return record;
}

const std::string header =
    "736e6f6f70000000"
    "00000002";

TEST_CASE("snoop files: without packets 12 bytes, or 16 where the header is written whole") {
  const TemporaryFolder folder;
  Release release;
  {
    CaptureFile file(release, 4, std::nullopt);
    REQUIRE(file.open(folder / "lazy"));
    CHECK(content_of(folder / "lazy") == header);
  }
  release.lazy_header = false;
  CaptureFile file(release, 0x80000005, std::nullopt);
  REQUIRE(file.open(folder / "whole"));
  CHECK(content_of(folder / "whole") == header + "80000005");
}

TEST_CASE("snoop files: a record byte for byte") {
  const TemporaryFolder folder;
  const Release release;
  CaptureFile file(release, 4, std::nullopt);
  REQUIRE(file.open(folder / "one"));
  REQUIRE(file.write(record_of(3, 32)));
  CHECK(content_of(folder / "one") == header + "00000004" +
                                          "00000064"
                                          "00000003"
                                          "00000020"
                                          "00000007"
                                          "5f000001"
                                          "0003d090" +
                                          "ababab0000000000");
  REQUIRE(file.write(record_of(4, 28)));
  const auto content = read_capture(folder / "one", release);
  REQUIRE(content);
  CHECK(content->dlpi_type == 4);
  REQUIRE(content->records.size() == 2);
  CHECK(content->records[1].bytes.size() == 4);
  CHECK(content->records[1].drops == 7);
}

TEST_CASE("snoop files: a full disk is told with what was written") {
  const TemporaryFolder folder;
  const Release release;
  const auto message = [&](std::uint64_t room) {
    CaptureFile file(release, 4, room);
    const auto opened = file.open(folder / "full");
    if (!opened) return opened.error().message;
    const auto written = file.write(record_of(3, 32));
    return written ? std::string() : written.error().message;
  };
  const std::string end = " to capture file: No space left on device";
  CHECK(message(4) == "cannot write snoop_id" + end);
  CHECK(message(9) == "cannot write version" + end);
  CHECK(message(13) == "cannot write mac_type" + end);
  CHECK(message(20) == "cannot write packet header" + end);
  CHECK(message(42) == "cannot write packet" + end);
  CHECK(message(48).empty());
}

TEST_CASE("snoop files: a ring makes all files at once and comes back to the first") {
  const TemporaryFolder folder;
  Release release;
  release.lazy_header = false;
  CaptureFile file(release, 4, std::nullopt);
  REQUIRE(file.open_ring({folder / "r", 3, 60}));
  CHECK(folder.entries() == 3);
  for (const char* name : {"r-00.snoop", "r-01.snoop", "r-02.snoop"})
    CHECK(std::filesystem::file_size(folder / name) == 16);
  const auto sizes = [&] {
    std::string text;
    for (const char* name : {"r-00.snoop", "r-01.snoop", "r-02.snoop"})
      text += std::to_string(std::filesystem::file_size(folder / name)) + " ";
    return text;
  };
  // The switch comes where the file has its size before a write.
  for (int i = 0; i < 2; ++i) REQUIRE(file.write(record_of(8, 32)));
  CHECK(sizes() == "80 16 16 ");
  for (int i = 0; i < 4; ++i) REQUIRE(file.write(record_of(8, 32)));
  CHECK(sizes() == "80 80 80 ");
  REQUIRE(file.write(record_of(8, 32)));
  CHECK(sizes() == "48 80 80 ");
}

TEST_CASE("snoop files: what snoop refuses to read, and how it finds its way back") {
  const TemporaryFolder folder;
  const Release release;
  CHECK(read_capture(folder / "none", release).error().message.ends_with("No such file or directory"));
  CHECK_FALSE(read_capture("/dev/null", release));
  std::ofstream(folder / "text") << "nothing of snoop in here";
  CHECK_FALSE(read_capture(folder / "text", release));
  {
    CaptureFile file(release, 4, std::nullopt);
    REQUIRE(file.open(folder / "bad"));
    REQUIRE(file.write(record_of(8, 32)));
    Record no_time = record_of(8, 32);
    no_time.seconds = 0;
    REQUIRE(file.write(no_time));
    REQUIRE(file.write(record_of(8, 32)));
  }
  const auto content = read_capture(folder / "bad", release);
  REQUIRE(content);
  CHECK(content->records.size() == 2);
  REQUIRE(content->warnings.size() == 1);
  CHECK(content->warnings[0] == "(warning) bad packet header in capture file offset 48: length=32\n");
}

TEST_CASE("snoop files: killed between its two writes") {
  const TemporaryFolder folder;
  const Release release;
  CaptureFile file(release, 4, std::nullopt);
  REQUIRE(file.open(folder / "cut"));
  REQUIRE(file.write(record_of(8, 32)));
  file.cut_last();
  CHECK(std::filesystem::file_size(folder / "cut") == 16 + 24);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
