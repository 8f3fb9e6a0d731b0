#include "core/base/json.h"

#include <doctest/doctest.h>

namespace anchoko {
namespace {

TEST_CASE("members keep their order and text is escaped") {
  Json json;
  json.set("z", 1)
      .set("a", "tab\t\"quote\"")
      .set("n", nullptr)
      .set("big", std::uint64_t{18446744073709551615ULL});
  CHECK(json.dump(-1) == R"({"z":1,"a":"tab\t\"quote\"","n":null,"big":18446744073709551615})");
}

TEST_CASE("bytes that are not UTF-8 do not break the document") {
  const auto text = Json("a\xff").dump(-1);
  CHECK(text == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("parsing gives back what was written, and refuses what is not JSON") {
  const auto json = Json::parse(R"({"a":[1,-2,true,"x"]})");
  REQUIRE(json);
  CHECK(json->dump(-1) == R"({"a":[1,-2,true,"x"]})");
  CHECK_FALSE(Json::parse("{"));
}

}  // namespace
}  // namespace anchoko
