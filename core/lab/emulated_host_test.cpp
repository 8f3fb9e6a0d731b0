#include "core/lab/emulated_host.h"

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace anchoko;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "anchoko-lab-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void conf(const std::string& text) const { std::ofstream(path / "host.conf") << text; }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("lab: host.conf says what a host is") {
  const Folder folder;
  folder.conf(
      "# a host\n"
      "os aix\nrelease 7.2 TL5\nname db1   # trailing\n"
      "interface en0 veth3 02:00:00:0a:0B:0c 192.0.2.20 2001:db8::20\n"
      "interface en1 veth4 02:00:00:00:00:02\n"
      "fact iptrace-port-ipv6 no\nfault disk-full\nfault slow-stop 3\nvariant special one\n");
  const auto host = lab::EmulatedHost::open(folder.path);
  REQUIRE(host);
  CHECK(host->os() == "aix");
  CHECK(host->release() == "7.2 TL5");
  CHECK(host->name() == "db1");
  CHECK(host->is_root());
  CHECK(host->packets() == "live");
  REQUIRE(host->interfaces().size() == 2);
  CHECK(host->interfaces()[0].mac == lab::MacAddress{2, 0, 0, 10, 11, 12});
  CHECK(host->interfaces()[0].addresses == std::vector<std::string>{"192.0.2.20", "2001:db8::20"});
  CHECK(host->find_interface("en1") == &host->interfaces()[1]);
  CHECK(host->find_interface("en2") == nullptr);
  CHECK(host->fact("iptrace-port-ipv6", "yes") == "no");
  CHECK(host->fact("another", "yes") == "yes");
  CHECK(host->fault("disk-full") == "");
  CHECK(host->fault("slow-stop") == "3");
  CHECK_FALSE(host->fault("busy"));
  CHECK(host->setting("variant") == "special one");
}

TEST_CASE("lab: mistakes in host.conf are told with their line") {
  const Folder folder;
  const auto error = [&](const std::string& text) {
    folder.conf(text);
    const auto host = lab::EmulatedHost::open(folder.path);
    REQUIRE_FALSE(host);
    return host.error().message;
  };
  CHECK(error("os aix\ninterface en0 veth0 02:00:00:00:00\n")
            .ends_with(":2: '02:00:00:00:00' is no MAC address"));
  CHECK(error("os aix\n\ninterface en0\n").ends_with(":3: interface NAME DEVICE MAC ADDRESS…"));
  CHECK(error("os\n").ends_with(":1: 'os' has no value"));
  CHECK(error("name x\n").ends_with("host.conf: it does not say which os"));
}

TEST_CASE("lab: the state of a host outlives a tool, and is private") {
  const Folder folder;
  folder.conf("os hpux\nuser ops\n");
  const auto host = lab::EmulatedHost::open(folder.path);
  REQUIRE(host);
  CHECK_FALSE(host->is_root());
  CHECK(*host->read_state("trace.0") == std::nullopt);
  CHECK(host->state_names().empty());
  REQUIRE(host->write_state("trace.0", "one\ntwo\n"));
  REQUIRE(host->write_state("trace.0", std::string("a\0b", 3)));
  CHECK(*host->read_state("trace.0") == std::string("a\0b", 3));
  CHECK(host->state_names() == std::vector<std::string>{"trace.0"});
  struct stat status {};
  REQUIRE(stat((folder.path / "state" / "trace.0").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK_FALSE(host->write_state("../outside", "x"));
  REQUIRE(host->remove_state("trace.0"));
  REQUIRE(host->remove_state("trace.0"));
  CHECK(host->state_names().empty());
}
