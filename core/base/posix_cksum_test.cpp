#include "core/base/posix_cksum.h"

#include <string>

#include <doctest/doctest.h>

using namespace anchoko;

// As GNU's cksum prints them.
TEST_CASE("cksum: the numbers that the command prints") {
  const auto of = [](const std::string& text) {
    PosixCksum sum;
    sum.add(text);
    return sum.value();
  };
  CHECK(of("") == 4294967295U);
  CHECK(of("a") == 1220704766U);
  CHECK(of("hello world\n") == 3733384285U);
  CHECK(of(std::string(70000, '\xff')) == 2060310866U);
  PosixCksum pieces;
  pieces.add("hello ");
  pieces.add("world\n");
  CHECK(pieces.value() == 3733384285U);
  CHECK(pieces.bytes() == 12);
}
