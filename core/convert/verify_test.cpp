#include "core/convert/verify.h"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "core/formats/pcapng/writer.h"
#include "core/formats/test_bytes.h"

namespace anchoko::convert {
namespace {

using formats::test::OwnedRecord;

OwnedRecord sample() {
  OwnedRecord record;
  record.data = formats::test::sequence(61);
  record.original_length = 99;
  record.timestamp_ns = 5000;
  return record;
}

// Writes `written`, verifies it against the digest of `told`.
bool verifies(const std::vector<OwnedRecord>& written, const std::vector<OwnedRecord>& told) {
  const auto path =
      std::filesystem::temp_directory_path() / ("anchoko-verify-test-" + std::to_string(std::rand()));
  auto writer = formats::create_pcapng_writer(create_output(path.string(), Overwrite::no).value()).value();
  REQUIRE(writer->begin({}));
  Written expected;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(writer->add_interface({}));
    expected.interfaces.emplace_back();
  }
  for (const auto& record : written) REQUIRE(writer->write(record.view()));
  for (const auto& record : told) expected.digest.add(record.view(), record.interface, true);
  REQUIRE(writer->finish());
  const bool result = verify(path.string(), expected, nullptr).has_value();
  std::filesystem::remove(path);
  return result;
}

TEST_CASE("verify: every difference in a record is seen") {
  CHECK(verifies({sample(), sample()}, {sample(), sample()}));
  CHECK_FALSE(verifies({sample()}, {sample(), sample()}));
  for (std::size_t i = 0; i < sample().data.size(); ++i) {
    auto changed = sample();
    changed.data[i] ^= std::byte{0x10};
    CHECK_FALSE(verifies({changed, sample()}, {sample(), sample()}));
  }
  auto shorter = sample();
  shorter.data.pop_back();
  CHECK_FALSE(verifies({shorter}, {sample()}));
  auto longer = sample();
  longer.original_length = 100;
  CHECK_FALSE(verifies({longer}, {sample()}));
  auto later = sample();
  later.timestamp_ns += 1000;
  CHECK_FALSE(verifies({later}, {sample()}));
  CHECK_FALSE(verifies({sample(), later}, {later, sample()}));
  auto elsewhere = sample();
  elsewhere.interface = 1;
  CHECK_FALSE(verifies({elsewhere}, {sample()}));
  auto outbound = sample();
  outbound.direction = PacketDirection::outbound;
  CHECK_FALSE(verifies({outbound}, {sample()}));
}

}  // namespace
}  // namespace anchoko::convert
