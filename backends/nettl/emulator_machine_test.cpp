#include "backends/nettl/emulator_machine.h"

#include <doctest/doctest.h>

#include "backends/nettl/emulator_testing.h"

namespace anchoko::nettl::emulated {
namespace {

using testing::TestHost;

TEST_CASE("lanscan and ioscan tell interfaces and their drivers (hpux-nettl.md 3)") {
  const TestHost test("nettl-drivers lan1=GELAN\ninterface lo0 lo 00:00:00:00:00:00 127.0.0.1\n");
  const auto host = test.open();
  std::string out, err;
  const auto has = [&](const char* part) { return out.find(part) != std::string::npos; };
  CHECK(run_lanscan(host, std::vector<std::string>{"lanscan"}, out, err) == 0);
  CHECK(has("0x020000000001"));
  CHECK(has("lan1"));
  CHECK_FALSE(has("lo0"));
  out.clear();
  CHECK(run_lanscan(host, std::vector<std::string>{"lanscan", "-ia"}, out, err) == 0);
  CHECK(out == "lan0 snap0 0x020000000001\nlan1 snap1 0x020000000101\n");
  CHECK(run_lanscan(host, std::vector<std::string>{"lanscan", "-z"}, out, err) == 1);
  CHECK(run_lanscan(host, std::vector<std::string>{"lanscan", "lan0"}, out, err) == 1);
  out.clear();
  CHECK(run_ioscan(host, std::vector<std::string>{"ioscan", "-fnkC", "lan"}, out, err) == 0);
  CHECK(has("iether"));
  CHECK(has("gelan"));
  CHECK(has("CLAIMED"));
  out.clear();
  CHECK(run_ioscan(host, std::vector<std::string>{"ioscan", "-fd", "gelan"}, out, err) == 0);
  CHECK_FALSE(has("iether"));
  CHECK(run_ioscan(host, std::vector<std::string>{"ioscan", "-f", "-C"}, out, err) == 1);
  CHECK(run_ioscan(host, std::vector<std::string>{"ioscan", "-z"}, out, err) == 1);
}

}  // namespace
}  // namespace anchoko::nettl::emulated
