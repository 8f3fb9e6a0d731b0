#include "backends/nettl/emulator_commands.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "backends/nettl/emulator_testing.h"

namespace anchoko::nettl::emulated {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::string at_once = "fact nettl-traceoff-flush at-once\n";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<Octets> frames(std::size_t count, std::size_t size = 60) {
  std::vector<Octets> all;
  for (std::size_t i = 0; i < count; ++i) {
    Octets payload = tcp(40000, static_cast<unsigned>(i % 2 ? 80 : 443));
    payload.resize(size);
    payload.back() = static_cast<std::uint8_t>(i);
    all.push_back(ethernet(0x0800, ipv4(6, payload)));
  }
  return all;
}

// Records of a file by their headers' lengths; -1: it ends within one.
int records_in(const std::string& path) {
  const std::string text = read_text(path);
  const auto word = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) << 8U) | static_cast<unsigned char>(text[at + 1]);
  };
  int count = 0;
  std::size_t at = 128;
  for (; at + 64 <= text.size(); ++count) at += static_cast<std::size_t>(word(at) + word(at + 34));
  return at == text.size() ? count : -1;
}

struct Traffic : TestHost {
  explicit Traffic(std::size_t count, const std::string& more = at_once,
                   const std::string& release = "B.11.31", std::size_t size = 60)
      : TestHost(more, release), trace(folder / "t") {
    write_pcap(folder / "in.pcap", frames(count, size));
  }
  // One whole trace.
  int capture(std::vector<std::string> more = {}, const std::string& entity = "IETHER") {
    std::vector<std::string> words = {"-traceon", "pduin", "pduout", "-entity", entity, "-file", trace};
    words.insert(words.end(), more.begin(), more.end());
    const int status = nettl(words);
    nettl({"-traceoff", "-entity", "all"});
    wait();
    return status;
  }
  std::string trace;
};

TEST_CASE("nettl: a trace begins, shows in the status and ends (hpux-nettl.md 5)") {
  Traffic host(5);
  CHECK(host.nettl({"-ss", "trace"}) == 0);
  CHECK(has(host.out, "No Subsystems Active"));
  REQUIRE(host.nettl({"-tn", "pduin", "pduout", "-e", "iether", "-f", host.trace}) == 0);
  CHECK(fs::file_size(host.trace + ".TRC000") >= 128);
  CHECK(host.nettl({"-ss"}) == 0);
  for (const auto& label :
       {std::string("Logging Information:"), std::string("Tracing Information:"), host.trace + ".TRC*",
        std::string("Max Trace file size(Kbytes):"), std::string("Trace memory allocated(KB):"),
        std::string("Trace memory to be allocated(KB):"), std::string("Messages Dropped:"),
        std::string("Processor ID:"), std::string("IETHER"), std::string("0x30000000")})
    CHECK_MESSAGE(has(host.out, label), label);
  CHECK(host.nettl({"-tf", "-e", "iether"}) == 0);
  CHECK(host.nettl({"-ss", "trace"}) == 0);
  CHECK(has(host.out, "No Subsystems Active"));
  host.wait();
  CHECK(records_in(host.trace + ".TRC000") == 5);
}

TEST_CASE("nettl: names of files by release (hpux-nettl.md 2)") {
  const auto made = [](const std::string& release, const std::string& facts, const std::string& name,
                       const std::string& entity) {
    Traffic host(1, at_once + facts, release);
    host.capture({}, entity);
    return fs::exists(host.trace + name);
  };
  CHECK(made("B.10.20", "", ".TRC0", "NS_LS_IP"));
  CHECK(made("B.11.00", "", ".TRC0", "NS_LS_IP"));
  CHECK(made("B.11.11", "fact nettl-edition oldest\n", ".TRC00", "NS_LS_IP"));
  CHECK(made("B.11.11", "", ".TRC000", "NS_LS_IP"));
  CHECK(made("B.11.23", "", ".TRC000", "NS_LS_IP"));
  CHECK(made("B.11.31", "fact nettl-suffix-digits 1\n", ".TRC0", "NS_LS_IP"));
}

TEST_CASE("nettl: an existing file is appended to (hpux-nettl.md 1)") {
  Traffic host(3);
  CHECK(host.capture() == 0);
  CHECK(host.capture() == 0);
  CHECK(records_in(host.trace + ".TRC000") == 6);
  Traffic again(3, at_once + "fact nettl-append-header again\n");
  again.capture();
  const auto size = fs::file_size(again.trace + ".TRC000");
  again.capture();
  CHECK(fs::file_size(again.trace + ".TRC000") == 2 * size);
}

TEST_CASE("nettl: a ring, the newest file is number 0 (hpux-nettl.md 2)") {
  // 100 KB in files of 50 KB, written in buffers of 8 KB.
  Traffic host(400, at_once, "B.11.31", 1000);
  CHECK(host.capture({"-tm", "100", "-n", "3", "-mem", "32"}) == 0);
  REQUIRE(fs::exists(host.trace + ".TRC002"));
  CHECK_FALSE(fs::exists(host.trace + ".TRC003"));
  for (int number = 0; number < 3; ++number) {
    const std::string name = host.trace + ".TRC00" + std::to_string(number);
    CHECK(records_in(name) > 0);
    CHECK(fs::file_size(name) <= 50 * 1024);
  }
  const std::string newest = read_text(host.trace + ".TRC000");
  CHECK(static_cast<unsigned char>(newest.back()) == 399 % 256);
  // The one before ends where the newest begins.
  const std::string before = read_text(host.trace + ".TRC001");
  const auto newest_count = records_in(host.trace + ".TRC000");
  CHECK(static_cast<unsigned char>(before.back()) == (399 - newest_count) % 256);
}

TEST_CASE("nettl: large memory makes files larger (hpux-nettl.md 2)") {
  Traffic host(400, at_once, "B.11.31", 1000);
  CHECK(host.capture({"-tm", "100", "-mem", "1024"}) == 0);
  CHECK(fs::file_size(host.trace + ".TRC000") > 50 * 1024);
}

TEST_CASE("nettl: a second -traceon changes masks alone (hpux-nettl.md 0)") {
  Traffic host(2);
  REQUIRE(host.nettl({"-tn", "pduin", "-e", "iether", "-f", host.trace}) == 0);
  CHECK(host.nettl(
            {"-tn", "pduout", "-e", "iether", "ns_ls_ip", "-f", host.folder / "other", "-tm", "5000"}) == 0);
  CHECK(has(host.err, "ignored"));
  CHECK_FALSE(fs::exists(host.folder / "other.TRC000"));
  host.nettl({"-ss", "trace"});
  CHECK(has(host.out, host.trace + ".TRC*"));
  CHECK(has(host.out, "0x10000000"));
  CHECK_FALSE(has(host.out, "0x20000000"));
  CHECK(has(host.out, "NS_LS_IP"));
  CHECK(host.nettl({"-tn", "pduin", "-e", "ns_ls_tcp"}) == 0);
  CHECK(host.err.empty());
  // One subsystem ends, others go on.
  CHECK(host.nettl({"-tf", "-e", "iether"}) == 0);
  host.nettl({"-ss", "trace"});
  CHECK_FALSE(has(host.out, "IETHER"));
  CHECK(has(host.out, "NS_LS_TCP"));
  CHECK(host.nettl({"-tf", "-e", "all"}) == 0);

  Traffic other(2, at_once + "fact nettl-retrace-mask adds\nfact nettl-retrace-exit 3\n");
  other.nettl({"-tn", "pduin", "-e", "iether", "-f", other.trace});
  CHECK(other.nettl({"-tn", "pduout", "-e", "iether", "-f", other.folder / "other"}) == 3);
  other.nettl({"-ss", "trace"});
  CHECK(has(other.out, "0x30000000"));
}

TEST_CASE("nettl: the facility goes up and down (hpux-nettl.md 1 and 5)") {
  Traffic host(1, at_once + "nettl-at-boot stopped\n");
  const std::vector<std::string> on = {"-tn", "pduin", "-e", "iether", "-f", host.trace};
  CHECK(host.nettl({"-ss"}) == 1);
  CHECK(host.out.empty());
  CHECK(host.nettl(on) == 1);
  CHECK(host.nettl({"-sp"}) == 1);
  CHECK(host.nettl({"-st"}) == 0);
  CHECK(host.nettl({"-ss"}) == 0);
  CHECK(host.nettl({"-st"}) == 1);
  CHECK(host.nettl(on) == 0);
  CHECK(host.nettl({"-sp"}) == 0);  // ends the trace, too
  host.wait();
  CHECK(host.nettl({"-ss"}) == 1);
  CHECK(host.nettl({"-st"}) == 0);
  host.nettl({"-ss", "trace"});
  CHECK(has(host.out, "No Subsystems Active"));
}

TEST_CASE("nettl: who may, and where to (hpux-nettl.md 1)") {
  Traffic host(1, at_once + "user guest\n");
  CHECK(host.nettl({"-ss"}) == 0);
  CHECK(host.nettl({"-tn", "pduin", "-e", "iether", "-f", host.trace}) == 1);
  CHECK(host.nettl({"-tf", "-e", "all"}) == 1);
  CHECK(host.nettl({"-sp"}) == 1);
  Traffic root(1);
  CHECK(root.nettl({"-tn", "pduin", "-e", "iether"}, true) == 1);  // binary to a terminal
  CHECK(root.nettl({"-tn", "pduin", "-e", "iether", "-f", root.folder / "no/such/folder"}) == 1);
  root.nettl({"-ss", "trace"});
  CHECK(has(root.out, "No Subsystems Active"));
  CHECK(root.nettl({"-tn", "pduin", "-e", "iether", "-c", "lan7", "-f", root.trace}) == 1);
  CHECK(root.nettl({"-tn", "pduin", "-e", "iether", "-c", "/dev/lan0", "-f", root.trace}) == 0);
}

TEST_CASE("nettl: capture filters from setting to removing (hpux-nettl.md 4)") {
  Traffic host(10);
  const std::string file = host.folder / "filters";
  std::ofstream(file) << "subsystem IETHER th_dport == 80\n";
  CHECK(host.nettl({"-filteron", "iether"}) == 1);  // none is set
  CHECK(host.nettl({"-displayfilter", "iether"}) == 0);
  CHECK_FALSE(has(host.out, "th_dport"));
  CHECK(host.nettl({"-setfilter", file}) == 0);
  CHECK(host.capture() == 0);
  CHECK(records_in(host.trace + ".TRC000") == 10);  // not on yet
  CHECK(host.nettl({"-flon", "IETHER"}) == 0);
  CHECK(host.nettl({"-displayfilter", "iether"}) == 0);
  CHECK(host.out == "subsystem IETHER th_dport == 80\n");
  host.trace += "2";
  CHECK(host.capture() == 0);
  CHECK(records_in(host.trace + ".TRC000") == 5);
  CHECK(host.nettl({"-setfilter", file}) == 1);  // while it is on
  CHECK(host.nettl({"-removefilter", "iether"}) == 1);
  CHECK(host.nettl({"-filteroff", "iether"}) == 0);
  CHECK(host.nettl({"-setfilter", file}) == 0);
  CHECK(host.nettl({"-rfl", "iether"}) == 0);
  CHECK(host.nettl({"-removefilter", "iether"}) == 1);
  CHECK(host.nettl({"-setfilter", host.folder / "none"}) == 1);
  std::ofstream(file) << "subsystem IETHER th_dport == 80\nsubsystem GELAN ip_src = 1\n";
  CHECK(host.nettl({"-setfilter", file}) == 1);
  CHECK(host.nettl({"-filteron", "iether"}) == 1);  // nothing of that file was set
}

TEST_CASE("nettl: what goes wrong on demand") {
  Traffic busy(4, at_once + "fault nettl-busy\n");
  busy.nettl({"-ss", "trace"});
  CHECK(has(busy.out, "theirs.TRC*"));
  busy.nettl({"-tn", "pduin", "-e", "iether", "-f", busy.trace});
  CHECK(has(busy.err, "ignored"));
  CHECK_FALSE(fs::exists(busy.trace + ".TRC000"));
  busy.nettl({"-tf", "-e", "all"});
  busy.nettl({"-ss", "trace"});
  CHECK(has(busy.out, "No Subsystems Active"));  // they do not come back

  Traffic dying(4, at_once + "fault nettl-daemon-dies 0\n");
  dying.capture();
  CHECK(records_in(dying.trace + ".TRC000") == 0);

  Traffic full(4, at_once + "fault nettl-disk-full 300\n");
  full.capture();
  CHECK(fs::file_size(full.trace + ".TRC000") == 300);

  Traffic dropping(10, at_once + "fault nettl-drop 5\n");
  CHECK(dropping.nettl({"-tn", "pduin", "-e", "iether", "-f", dropping.trace}) == 0);
  const auto counted = [&] {
    dropping.nettl({"-ss", "trace"});
    return dropping.out.find(" 2\n", dropping.out.find("Messages Dropped:")) != std::string::npos;
  };
  for (int tries = 0; tries < 500 && !counted(); ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(counted());
  dropping.nettl({"-tf", "-e", "all"});
  dropping.wait();
  CHECK(records_in(dropping.trace + ".TRC000") == 8);

  Traffic unclean(4, at_once + "fault nettl-unclean-end\n");
  unclean.capture();
  CHECK(records_in(unclean.trace + ".TRC000") == -1);

  CHECK(Traffic(1, "fault nettl-traceon-fails\n").capture() == 1);
  CHECK(Traffic(1, "fault nettl-damaged-conf\n").nettl({"-ss"}) == 1);
  Traffic small(1, at_once + "fault nettl-disk-short\n");
  CHECK(small.capture({"-n", "5"}) == 0);
}

TEST_CASE("nettl: what is in memory is written when the timer says so (hpux-nettl.md 1 and 5)") {
  Traffic host(3, "");
  REQUIRE(host.nettl({"-tn", "pduin", "-e", "iether", "-f", host.trace, "-timer", "2"}) == 0);
  const auto begun = std::chrono::steady_clock::now();
  host.nettl({"-tf", "-e", "iether"});
  CHECK(records_in(host.trace + ".TRC000") == 0);
  host.wait();
  CHECK(records_in(host.trace + ".TRC000") == 3);
  CHECK(std::chrono::steady_clock::now() - begun > std::chrono::milliseconds(1500));
}

TEST_CASE("nettl: facts have only the readings of the table") {
  CHECK(TestHost("fact nettl-filter-vlan maybe\n").nettl({"-ss"}) == 1);
  CHECK(TestHost("fact nettl-layer-delay x\n").nettl({"-ss"}) == 1);
  CHECK(TestHost("fact nettl-down-exit 7\nnettl-at-boot stopped\n").nettl({"-ss"}) == 7);
  CHECK(TestHost("", "B.12.00").nettl({"-ss"}) == 1);
}

}  // namespace
}  // namespace anchoko::nettl::emulated
