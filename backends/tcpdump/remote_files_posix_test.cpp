#include <doctest/doctest.h>

#include "backends/tcpdump/examine.h"
#include "backends/tcpdump/probe.h"
#include "backends/tcpdump/remote_files.h"
#include "tests/tools/fake_runner.h"

using namespace anchoko;
using tcpdump::LocalFiles;
using tcpdump::RemoteFiles;

namespace {

// Runs the script here, so that this machine's own files are the judge.
Result<RemoteFiles> fetch_here() {
  const auto local = make_local_runner();
  return RemoteFiles::fetch(*local);
}

}  // namespace

TEST_CASE("remote files: what arrives is what the machine itself reads") {
  const auto files = fetch_here();
  REQUIRE(files.has_value());
  const LocalFiles local;
  for (const char* path :
       {"/proc/sys/kernel/ostype", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/hostname",
        "/etc/os-release", "/proc/net/route", "/proc/net/ipv6_route", "/sys/class/net/lo/flags",
        "/sys/class/net/lo/uevent", "/sys/class/net/lo/address", "/proc/net/vlan/config"}) {
    CAPTURE(std::string(path));
    // An emulator of another processor makes up its own for the program, in its own byte order.
    if (ANCHOKO_TEST_PATIENCE > 1 && std::string(path) == "/proc/net/route") continue;
    CHECK(files->read(path) == local.read(path));
  }
  CHECK(files->list("/sys/class/net/lo") == local.list("/sys/class/net/lo"));
  CHECK(files->list("/etc/apparmor.d") == local.list("/etc/apparmor.d"));
  CHECK(files->writable("/var/tmp") == local.writable("/var/tmp"));
  REQUIRE(files->free_bytes("/var/tmp").has_value());
  const auto here = static_cast<double>(*local.free_bytes("/var/tmp"));
  CHECK(static_cast<double>(*files->free_bytes("/var/tmp")) == doctest::Approx(here).epsilon(0.05));
  CHECK_FALSE(files->read("/etc/passwd").has_value());
  CHECK(files->list("/etc").empty());
  CHECK_FALSE(files->free_bytes("/").has_value());
}

TEST_CASE("remote files: the probe finds the same facts") {
  const auto files = fetch_here();
  REQUIRE(files.has_value());
  const auto runner = make_local_runner();
  const auto remote = tcpdump::probe(*runner, *files);
  const auto local = tcpdump::probe(*runner, LocalFiles());
  REQUIRE(remote.has_value());
  REQUIRE(local.has_value());
  CHECK(remote->os == local->os);
  CHECK(remote->os_release == local->os_release);
  CHECK(remote->kernel == local->kernel);
  CHECK(remote->hostname == local->hostname);
  CHECK(remote->rights == local->rights);
  CHECK(remote->elevated == local->elevated);
  REQUIRE(remote->interfaces.size() == local->interfaces.size());
  for (std::size_t i = 0; i < local->interfaces.size(); ++i) {
    CHECK(remote->interfaces[i].name == local->interfaces[i].name);
    CHECK(remote->interfaces[i].up == local->interfaces[i].up);
    CHECK(remote->interfaces[i].is_default == local->interfaces[i].is_default);
    CHECK(remote->interfaces[i].link_type == local->interfaces[i].link_type);
    CHECK(remote->interfaces[i].mac == local->interfaces[i].mac);
    CHECK(remote->interfaces[i].has_vlans == local->interfaces[i].has_vlans);
  }
}

TEST_CASE("remote files: an answer without its end, and a target out of reach, are errors") {
  testing::FakeRunner runner;
  runner.fallback = [](const CommandLine&) {
    return CommandOutput{0, "mark-1 file /etc/os-release\nNAME=x\n", ""};
  };
  CHECK(RemoteFiles::fetch(runner).error().kind == ErrorKind::failed);
  runner.fallback = [](const CommandLine&) { return fail(ErrorKind::unavailable, "no route"); };
  CHECK(RemoteFiles::fetch(runner).error().kind == ErrorKind::unavailable);
}
