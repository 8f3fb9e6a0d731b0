#include "core/formats/etl/survey.h"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/formats/etl/lz77.h"
#include "core/formats/etl/reader.h"
#include "core/formats/etl/test_trace.h"

namespace anchoko::formats::etl {
namespace {

using namespace test;
using formats::test::MemoryInput;

Bytes compressed_buffer(const Bytes& content) {
  const Bytes packed = compress_lz77(content);
  return test::buffer({.flags = 0x61, .size = 0, .used = static_cast<std::uint32_t>(72 + content.size())},
                      packed);
}

Survey survey_of(const Bytes& file) {
  auto input = SeekableInput::open(std::make_unique<MemoryInput>(file, 4096));
  REQUIRE(input);
  std::string problem;
  const auto header = read_logfile_header(std::span(file).first(4096), problem);
  REQUIRE(header);
  ReadReport report;
  DamageLog damage(report, file.size());
  Survey survey;
  Surveyor surveyor(**input, *header, damage, [](const Event&, const Guid&, PacketKind) {});
  CHECK(surveyor.run(survey));
  return survey;
}

TEST_CASE("etl: the index of a trace stays small beside the file, whatever its buffers say") {
  std::vector<Bytes> backwards;
  for (std::int64_t time = 60; time > 0; --time) backwards.push_back(packet(time, Bytes(60)));
  const Bytes small = compressed_buffer(joined(backwards));
  CHECK(small.size() < 1024);
  std::vector<Bytes> parts{first_buffer({.mode = logfile::mode_compressed})};
  for (int i = 0; i < 50; ++i) parts.push_back(small);
  const auto survey = survey_of(joined(parts));
  CHECK(survey.packet_events == 50 * 60);
  CHECK(survey.buffers.size() == 50);
  CHECK(survey.runs.size() == 50);
}

// Answers as often as it is told to that reading goes on.
struct Patience {
  int left = 0;
  int asked = 0;
  GoOn go_on() {
    return [this] { return asked++ < left; };
  }
};

TEST_CASE("etl: an interrupt ends the first pass between two buffers and within a large one") {
  const auto message = bytes().u16(4096).u8(0).u8(0x90).raw(Bytes(4092)).bytes();
  std::vector<Bytes> many{first_buffer()};
  for (int i = 0; i < 20; ++i) many.push_back(test::buffer({}, packet(i, Bytes(60))));
  std::vector<Bytes> content;
  for (int i = 0; i < 2000; ++i) content.push_back(message);
  const std::vector<Bytes> files{joined(many), joined({first_buffer({.mode = logfile::mode_compressed}),
                                                       compressed_buffer(joined(content))})};
  for (const auto& file : files) {
    Patience patience{.left = 6};
    ReadOptions options;
    options.go_on = patience.go_on();
    // Memory that is read only once is kept first: what is asked then is not counted.
    auto reader = open_etl(std::make_unique<MemoryInput>(file, file.size()), options);
    REQUIRE(reader);
    patience.left = patience.asked + 3;
    PacketRecord record;
    CHECK((*reader)->next(record) == ReadStatus::failed);
    CHECK((*reader)->error().kind == ErrorKind::interrupted);
    CHECK(patience.asked == patience.left + 1);
    CHECK((*reader)->next(record) == ReadStatus::failed);
  }
}

}  // namespace
}  // namespace anchoko::formats::etl
