#include "core/filter/ast.h"

#include <string>

#include <doctest/doctest.h>

#include "core/filter/parser.h"

namespace anchoko::filter {
namespace {

// Pairs that differ in one value only: every value that changes the verdict must count.
constexpr const char* pairs[][2] = {
    {"ether dst 02:00:00:00:00:01", "ether dst 02:00:00:00:00:02"},
    {"ether dst 02:00:00:00:00:01", "ether src 02:00:00:00:00:01"},
    {"host 192.0.2.1", "host 192.0.2.2"},
    {"net 192.0.2.0/24", "net 192.0.2.0/25"},
    {"host 2001:db8::1", "host 2001:db8::2"},
    {"net 2001:db8::/64", "net 2001:db8::/65"},
    {"tcp port 80", "udp port 80"},
    {"portrange 80-81", "portrange 80-82"},
    {"ip proto 6", "ip proto 17"},
    {"vlan", "vlan 0"},
    {"vlan 1", "vlan 2"},
    {"less 100", "less 101"},
    {"tcp[13] = 2", "tcp[13] != 2"},
    {"tcp[13] = 2", "tcp[13] = 3"},
    {"tcp[13] = 2", "tcp[14] = 2"},
    {"tcp[13] = 2", "tcp[13:2] = 2"},
    {"tcp[13] & 2 = 2", "tcp[13] | 2 = 2"},
};

TEST_CASE("filters are equal only if every value of theirs is") {
  for (const auto& [one, other] : pairs) {
    CAPTURE(std::string(one));
    CAPTURE(std::string(other));
    CHECK(equal(*parse(one), *parse(one)));
    CHECK_FALSE(equal(*parse(one), *parse(other)));
  }
  CHECK(equal(*parse("tcp   port http"), *parse("tcp port 80")));
}

}  // namespace
}  // namespace anchoko::filter
