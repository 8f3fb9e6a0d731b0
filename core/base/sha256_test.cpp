#include "core/base/sha256.h"

#include <string_view>

#include <doctest/doctest.h>

namespace anchoko {
namespace {

std::string digest(std::string_view text, std::size_t step) {
  Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += step) {
    hash.add(std::as_bytes(std::span(text.substr(at, step))));
  }
  return hash.finish();
}

// The examples of NIST's "Secure Hash Standard Validation System" and FIPS 180-2, appendix B.
TEST_CASE("sha256: the published examples, in pieces of any size") {
  if (!Sha256::available()) return;  // a build without the library
  const std::string million(1'000'000, 'a');
  for (const std::size_t step : {1u, 3u, 55u, 56u, 63u, 64u, 65u, 1'000'000u}) {
    CAPTURE(step);
    CHECK(digest("", step) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(digest("abc", step) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", step) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(digest(million, step) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

}  // namespace
}  // namespace anchoko
