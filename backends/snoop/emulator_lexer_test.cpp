#include "backends/snoop/emulator_lexer.h"

#include <doctest/doctest.h>

// Expectations: reference for snoop, section 4.1.
namespace anchoko::snoop::emulated {
namespace {

using Kind = Token::Kind;

Token only(std::string_view text) {
  const auto tokens = tokens_of(text);
  REQUIRE(tokens.size() == 2);
  return tokens[0];
}

TEST_CASE("snoop words: numbers are decimal, octal or hexadecimal") {
  CHECK(only("80").value == 80);
  CHECK(only("010").value == 8);
  CHECK(only("0x50").value == 0x50);
  CHECK(only("0x50").kind == Kind::number);
}

TEST_CASE("snoop words: dotted numbers are addresses of four parts, AppleTalk of two, else names") {
  CHECK(only("192.0.2.1").kind == Kind::ip4);
  CHECK(only("10.1").kind == Kind::apple);
  CHECK(only("10.1.2").kind == Kind::word);
  CHECK(only("256.1.1.1").kind == Kind::word);
}

TEST_CASE("snoop words: five colons are a MAC address, other colons IPv6") {
  CHECK(only("8:0:20:f:b1:51").kind == Kind::ether);
  CHECK(only("aa:bb:cc:dd:ee:ff").kind == Kind::ether);
  CHECK(only("2001:db8::1").kind == Kind::ip6);
  CHECK(only("1:2:3:4:5::").kind == Kind::ip6);
  CHECK(only("::").kind == Kind::ip6);
}

TEST_CASE("snoop words: letters are case-sensitive words with - and . within") {
  CHECK(only("ip-in-ip").text == "ip-in-ip");
  CHECK(only("a.example").kind == Kind::word);
  CHECK_FALSE(only("AND").is("and"));
}

TEST_CASE("snoop words: a bracket belongs to the word that it is glued to") {
  const auto glued = tokens_of("ip[12:4]&0xff=1");
  REQUIRE(glued.size() == 10);
  CHECK(glued[0].kind == Kind::field);
  CHECK(glued[1].value == 12);
  CHECK(glued[2].is(":"));
  CHECK(glued[3].value == 4);
  CHECK(glued[5].is("&"));
  CHECK(glued[7].is("="));
  CHECK(tokens_of("ip [9]")[0].kind == Kind::word);
}

TEST_CASE("snoop words: == is =, && is twice &") {
  CHECK(tokens_of("1==2")[1].is("="));
  CHECK(tokens_of("1 != 2")[1].is("!="));
  CHECK(tokens_of("1<=2")[1].is("<="));
  CHECK(tokens_of("a && b").size() == 5);
  CHECK(tokens_of("tcp  udp")[1].at == 5);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
