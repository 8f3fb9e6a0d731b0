#include <filesystem>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

#include "core/lab/emulated_host.h"
#include "core/lab/known_hosts.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;

TEST_CASE("lab: what is written of each known host can be read, and no two are one") {
  std::set<std::string> names, addresses, macs;
  for (const auto& known : lab::known_hosts()) {
    CAPTURE(known.name);
    testing::TemporaryFolder folder;
    std::ofstream(folder.path() / "host.conf") << lab::host_conf(known, "in.pcap", "none");
    const auto host = lab::EmulatedHost::open(folder.path());
    REQUIRE(host.has_value());
    CHECK(host->name() == known.name);
    CHECK(host->os() == known.os);
    CHECK(host->release() == known.release);
    CHECK(host->is_root());
    CHECK(host->packets() == (folder.path() / "in.pcap").string());
    REQUIRE(host->interfaces().size() == 1);
    CHECK(names.emplace(known.name).second);
    CHECK(addresses.emplace(known.address).second);
    CHECK(macs.emplace(known.mac).second);
    CHECK(lab::find_known_host(known.name) == &known);
  }
  CHECK(names.size() == 6);
  CHECK(lab::find_known_host("web1") == nullptr);
}
