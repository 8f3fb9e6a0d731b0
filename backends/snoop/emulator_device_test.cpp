#include "backends/snoop/emulator_device.h"

#include <fstream>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_folder.h"

// Expectations: reference for snoop, sections 1, 2 and 8.
namespace anchoko::snoop::emulated {
namespace {

struct Stage {
  explicit Stage(const std::string& lines) {
    std::ofstream(folder / "host.conf") << "os solaris\n" << lines;
    auto opened = lab::EmulatedHost::open(folder.path());
    REQUIRE(opened);
    host = std::move(*opened);
    auto read = release_of(*host);
    REQUIRE(read);
    release = *read;
  }
  Result<Device> open(const Options& options = {}) const { return open_device(*host, options, release); }
  Result<Device> open_named(const std::string& name) const {
    Options options;
    options.device = name;
    return open(options);
  }
  Result<Device> open_ip(const std::string& name) const {
    Options options;
    options.ip_interface = name;
    return open(options);
  }

  TemporaryFolder folder;
  std::optional<lab::EmulatedHost> host;
  Release release;
};

const std::string eleven =
    "release 5.11\n"
    "interface lo0 lo 0:0:0:0:0:0 127.0.0.1\n"
    "interface net0 none0 2:0:0:0:0:1\n"
    "interface net1 none1 2:0:0:0:0:2 192.0.2.1\n";

TEST_CASE("snoop device: Solaris 11 takes the first plumbed link") {
  const Stage stage(eleven);
  const auto chosen = stage.open();
  REQUIRE(chosen);
  CHECK(chosen->shown == "net1");
  CHECK(chosen->warning.empty());
  CHECK(stage.open_named("net0")->shown == "net0");
  CHECK(stage.open_ip("net1")->shown == "ipnet/net1");
  CHECK(stage.open_ip("net1")->medium == Medium::ipnet);
  CHECK(stage.open_named("lo0")->medium == Medium::ipnet);
  CHECK_FALSE(stage.open_ip("net0"));  // not plumbed
  CHECK(stage.open_named("net7").error().message == "cannot open \"net7\": DLPI link does not exist");
}

TEST_CASE("snoop device: without a plumbed link the first one, with a warning; without any an error") {
  const Stage stage("release 5.11\ninterface net0 none0 2:0:0:0:0:1\n");
  CHECK(stage.open()->shown == "net0");
  CHECK_FALSE(stage.open()->warning.empty());
  CHECK(Stage("release 5.11\n").open().error().message == "no datalinks found");
}

TEST_CASE("snoop device: Solaris 10 opens devices by path, has no loopback") {
  const Stage stage(
      "release 5.10\ninterface lo0 lo 0:0:0:0:0:0 127.0.0.1\ninterface bge0 none0 2:0:0:0:0:1 192.0.2.1\n");
  CHECK(stage.open()->shown == "/dev/bge0");
  CHECK_FALSE(stage.open_named("lo0"));
  CHECK_FALSE(stage.open_named("bge"));
}

TEST_CASE("snoop device: rights") {
  const Stage nobody(eleven + "user joe\n");
  CHECK(nobody.open().error().message == "cannot open \"net1\": Permission denied");
  const Stage observer(eleven + "user joe\nprivileges net_observability\n");
  CHECK_FALSE(observer.open_named("net1"));
  CHECK(observer.open_ip("net1"));
  CHECK(observer.open_named("lo0"));
  CHECK(Stage(eleven + "user joe\nprivileges net_rawaccess\n").open_named("net1"));
  CHECK_FALSE(Stage(eleven + "fault snoop-not-root\n").open());
  CHECK_FALSE(Stage(eleven + "fault snoop-busy\n").open());
  CHECK(Stage(eleven + "user joe\nfact snoop-denied-text Not owner\n")
            .open()
            .error()
            .message.ends_with(": Not owner"));
}

TEST_CASE("snoop device: a link that cannot be promiscuous") {
  const Stage stage(eleven + "variant illumos\nfault snoop-no-promiscuity\n");
  CHECK_FALSE(stage.open());
  Options options;
  options.promiscuous = false;
  CHECK(stage.open(options));
  options.promiscuous = true;
  options.promiscuity_may_fail = true;
  CHECK(stage.open(options));
}

TEST_CASE("snoop release: facts have known values only, releases too") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& lines) {
    std::ofstream(folder / "host.conf") << "os solaris\n" << lines;
    return release_of(*lab::EmulatedHost::open(folder.path()));
  };
  CHECK_FALSE(read("release 5.9\n"));
  CHECK_FALSE(read("release 5.11\nvariant other\n"));
  CHECK_FALSE(read("release 5.11\nfact snoop-pad 6\n"));
  CHECK_FALSE(read("release 5.11\nfact snoop-compile-ns x\n"));
  CHECK(read("release 5.11\nfact snoop-pad 4\n")->pad == 4);
  // 5, 7.1: lazily written but on illumos of 2023.
  CHECK(read("release 5.10\n")->lazy_header);
  CHECK(read("release 5.11\n")->lazy_header);
  CHECK_FALSE(read("release 5.11\nvariant illumos\n")->lazy_header);
  CHECK(read("release 5.11\nvariant illumos\nfact snoop-illumos-year 2018\n")->lazy_header);
  CHECK_FALSE(read("release 5.10\n")->tags);
  CHECK(read("release 5.10\nfact snoop-s10-vlan yes\n")->tags);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
