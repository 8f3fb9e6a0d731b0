#include "backends/tcpdump/plan.h"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "backends/tcpdump/dialect.h"
#include "backends/tcpdump/distribution.h"
#include "backends/tcpdump/plan_checks.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"

using namespace anchoko;
using Words = std::vector<std::string>;

namespace {

constexpr const char* id = "6b2x0k-4f7t";

HostInterface ethernet(const std::string& name) {
  HostInterface one;
  one.name = name;
  one.up = true;
  one.link_type = "EN10MB";
  return one;
}

HostFacts debian() {
  HostFacts facts;
  facts.os = "linux";
  facts.os_release = "Debian GNU/Linux 12 (bookworm)";
  facts.install_tool = tcpdump::install_command("ID=debian\n", "tcpdump", false);
  facts.hostname = "web1";
  facts.tool = "/usr/bin/tcpdump";
  facts.tool_version = "4.99.3";
  facts.tool_library = "libpcap 1.10.3";
  facts.fractional_sleep = true;
  facts.elevated = true;
  facts.root = true;
  facts.spool_free = std::uint64_t{100} << 30;
  facts.interfaces = {ethernet("lo"), ethernet("eth0"), ethernet("eth1"), ethernet("wg0")};
  facts.interfaces[0].loopback = true;
  facts.interfaces[1].is_default = true;
  facts.interfaces[3].link_type = "RAW";
  return facts;
}

SessionSpec spec_of(const std::string& filter = {}, const std::string& interface = {}) {
  SessionSpec spec;
  spec.filter_text = filter;
  spec.filter = filter::parse(filter).value();
  spec.limits.duration = std::chrono::seconds(60);
  if (interface == "any") {
    spec.interface_choice = InterfaceChoice::any;
  } else if (!interface.empty()) {
    spec.interface_choice = InterfaceChoice::named;
    spec.interfaces = {interface};
  }
  return spec;
}

Result<CapturePlan> plan_of(const SessionSpec& spec, const HostFacts& facts = debian()) {
  const auto lowered = plan::legalize(spec.filter, tcpdump::tcpdump_dialect(), DialectContext{spec, facts});
  return tcpdump::make_plan(spec, facts, lowered, id);
}

// A filter that was lowered as the test says, whatever the dialect would do.
LoweredFilter lowered(const std::string& pushed, const std::string& residual, Words words) {
  LoweredFilter result;
  result.pushed = filter::parse(pushed).value();
  result.residual = filter::parse(residual).value();
  result.wanted = result.pushed;
  result.native_words = std::move(words);
  return result;
}

Words argv(const CapturePlan& plan, StepKind kind = StepKind::start) {
  const auto* step = plan.step(kind);
  return step == nullptr ? Words{} : step->argv();
}

bool has(const Words& words, const Words& part) {
  return std::search(words.begin(), words.end(), part.begin(), part.end()) != words.end();
}

Error error_of(const SessionSpec& spec, const HostFacts& facts = debian()) {
  const auto plan = plan_of(spec, facts);
  REQUIRE_FALSE(plan.has_value());
  return plan.error();
}

}  // namespace

// Words by hand from the reference on tcpdump, sections 0 to 3, and the design, sections 5 and 6.
TEST_CASE("tcpdump plan: every command of a usual capture") {
  const auto spec = spec_of("udp port 53");
  const auto plan = tcpdump::make_plan(spec, debian(), lowered("udp port 53", "", {"udp port 53"}), id);
  REQUIRE(plan.has_value());
  CHECK(argv(*plan, StepKind::prepare) == Words{"mkdir", "/var/tmp/anchoko.6b2x0k-4f7t"});
  CHECK(argv(*plan) == Words{"/usr/bin/tcpdump", "-w", "/var/tmp/anchoko.6b2x0k-4f7t/capture.pcap", "-i",
                             "eth0", "-n", "-U", "-Z", "root", "-B", "32768", "-O", "-s", "0", "-p",
                             "udp port 53"});
  CHECK(argv(*plan, StepKind::stop) == Words{"/bin/sh", "/var/tmp/anchoko.6b2x0k-4f7t/keeper", "stop"});
  CHECK(argv(*plan, StepKind::collect) ==
        Words{"anchoko", "convert", "/var/tmp/anchoko.6b2x0k-4f7t/capture.pcap", "-o", "OUT.pcapng"});
  for (const auto& step : plan->steps) {
    CHECK_FALSE(step.purpose.empty());
    for (const auto& part : step.command) {
      CHECK_FALSE(part.words.empty());
      CHECK_FALSE(part.meaning.empty());
    }
  }
  CHECK(argv(*plan, StepKind::clean) == Words{"/bin/sh", "/var/tmp/anchoko.6b2x0k-4f7t/keeper", "clean"});
  CHECK(plan->interface == "eth0");
  CHECK(plan->link_type == "EN10MB");
  CHECK(plan->native_file == "/var/tmp/anchoko.6b2x0k-4f7t/capture.pcap");
  // Signals of the reference, section 3; the file may not grow without end when nobody minds it.
  CHECK(plan->keeper.stop_signal == "INT");
  CHECK(plan->keeper.report_signal == "USR1");
  CHECK(plan->keeper.ready_text == "listening on ");
  // Section 2: without immediate mode packets reach the file about a second late.
  CHECK(plan->keeper.settle_seconds >= 2);
  CHECK(plan->keeper.hard_file_bytes > spec.limits.max_size);
  CHECK(plan->warnings.empty());
  // tcpdump's own command line shows our id within its first 60 bytes, where some systems' ps cuts.
  CHECK(std::string("/usr/bin/tcpdump -w /var/tmp/anchoko.6b2x0k-4f7t").size() <= 60);
}

TEST_CASE("tcpdump plan: it names the dangers that it cannot avoid, and no other") {
  const auto ids = [](const SessionSpec& spec) {
    Words found;
    const auto plan = plan_of(spec);
    REQUIRE(plan.has_value());
    for (const auto& hazard : plan->hazards) {
      found.push_back(hazard.id);
      CHECK(hazard.severity == HazardSeverity::low);
      CHECK_FALSE(hazard.text_ja.empty());
    }
    return found;
  };
  auto spec = spec_of();
  CHECK(ids(spec).empty());
  spec.promiscuous = true;
  spec.limits.min_free = 0;
  CHECK(ids(spec) == Words{"tcpdump-promiscuous", "tcpdump-silent-full-disk"});
  spec = spec_of();
  spec.limits.files = 2;
  spec.limits.max_size = 5'000'000;
  spec.interface_choice = InterfaceChoice::any;
  CHECK(ids(spec) == Words{"tcpdump-any-cooked", "tcpdump-rotates-on-traffic"});
}

TEST_CASE("tcpdump plan: options follow the release") {
  struct Row {
    const char* version;
    const char* library;
    Words in;
    Words out;
  };
  const Row rows[] = {
      {"4.99.3", "libpcap 1.10.3", {"-U", "--immediate-mode", "-Z", "-B", "-Q"}, {"-P"}},
      {"4.6.2", "libpcap 1.6.2", {"-U", "-Z", "-B", "-Q"}, {"--immediate-mode", "-P"}},
      {"4.5.1", "libpcap 1.5.3", {"-U", "-Z", "-B", "-P"}, {"--immediate-mode", "-Q"}},
  };
  for (const auto& row : rows) {
    auto facts = debian();
    facts.tool_version = row.version;
    facts.tool_library = row.library;
    auto spec = spec_of();
    spec.direction = CaptureDirection::in;
    spec.live = true;
    const auto plan = plan_of(spec, facts);
    REQUIRE(plan.has_value());
    const auto words = argv(*plan);
    for (const auto& word : row.in) CHECK_MESSAGE(has(words, {word}), row.version << " " << word);
    for (const auto& word : row.out) CHECK_MESSAGE(!has(words, {word}), row.version << " " << word);
  }
  auto facts = debian();
  facts.tool_version = "4.4.0";
  auto spec = spec_of();
  spec.direction = CaptureDirection::out;
  CHECK(error_of(spec, facts).kind == ErrorKind::usage);
  facts.tool_version = "";
  const auto plan = plan_of(spec_of(), facts);
  REQUIRE(plan.has_value());
  CHECK_FALSE(has(argv(*plan), {"--immediate-mode"}));
  CHECK(plan->warnings.size() == 1);
}

TEST_CASE("tcpdump plan: what was asked for reaches the words") {
  auto spec = spec_of("", "eth1");
  spec.promiscuous = true;
  spec.direction = CaptureDirection::out;
  spec.limits.duration = std::chrono::milliseconds(1500);
  spec.limits.packets = 10;
  spec.snaplen = 128;
  spec.backend_options["buffer"] = "4096";
  auto plan = plan_of(spec);
  REQUIRE(plan.has_value());
  const auto words = argv(*plan);
  CHECK(plan->asked.duration == std::chrono::milliseconds(1500));
  CHECK(has(words, {"-i", "eth1"}));
  CHECK(has(words, {"-s", "128"}));
  CHECK(has(words, {"-c", "10"}));
  CHECK(has(words, {"-Q", "out"}));
  CHECK(has(words, {"-B", "4096"}));
  CHECK_FALSE(has(words, {"-p"}));
  CHECK(plan->convert_packets == 0);
  for (const char* bad : {"", "0", "-1", "12x", "2000000", "99999999999999999999"}) {
    spec.backend_options["buffer"] = bad;
    CHECK(error_of(spec).kind == ErrorKind::usage);
  }
  // Not root: tcpdump would not change its user, and could not.
  auto facts = debian();
  facts.root = false;
  CHECK_FALSE(has(argv(plan_of(spec_of(), facts).value()), {"-Z"}));
}

TEST_CASE("tcpdump plan: packets are counted where the whole filter is") {
  auto spec = spec_of("tcp");
  spec.limits.packets = 7;
  const auto exact = tcpdump::make_plan(spec, debian(), lowered("tcp", "", {"tcp"}), id);
  CHECK(has(argv(exact.value()), {"-c", "7"}));
  CHECK(exact->convert_packets == 0);
  const auto wider = tcpdump::make_plan(spec, debian(), lowered("tcp", "tcp port 80", {"tcp"}), id);
  CHECK_FALSE(has(argv(wider.value()), {"-c"}));
  CHECK(wider->convert_packets == 7);
  CHECK(has(argv(*wider, StepKind::collect), {"-f", "tcp port 80", "--reading", "capture"}));
  spec.limits.packets = std::uint64_t{1} << 31;  // more than tcpdump can count
  const auto many = tcpdump::make_plan(spec, debian(), lowered("tcp", "", {"tcp"}), id);
  CHECK_FALSE(has(argv(many.value()), {"-c"}));
  CHECK(many->convert_packets == std::uint64_t{1} << 31);
}

TEST_CASE("tcpdump plan: the snap length is given to the tool only when no filter reads beyond it") {
  const auto choose = [](std::uint32_t wanted, const char* pushed, const char* residual, const char* link) {
    const auto choice = tcpdump::choose_snaplen(wanted, lowered(pushed, residual, {}), link);
    CHECK((choice.native == 0 || choice.at_conversion == 0));
    CHECK(choice.native + choice.at_conversion == wanted);
    return choice.native;
  };
  CHECK(choose(0, "tcp port 80", "", "EN10MB") == 0);
  CHECK(choose(1, "", "", "EN10MB") == 1);
  CHECK(choose(1, "", "", "") == 1);  // no filter reads anything
  // The ethertype ends at byte 14, or at 18 behind a tag that is set aside.
  CHECK(choose(14, "ip", "", "EN10MB") == 14);
  CHECK(choose(13, "ip", "", "EN10MB") == 0);
  CHECK(choose(18, "", "ip", "EN10MB") == 18);
  CHECK(choose(17, "", "ip", "EN10MB") == 0);
  // Ports behind 60 bytes of IPv4 header: 14 + 60 + 4.
  CHECK(choose(78, "tcp port 80", "", "EN10MB") == 78);
  CHECK(choose(77, "tcp port 80", "", "EN10MB") == 0);
  CHECK(choose(96, "tcp port 80", "", "") == 0);            // link type not known
  CHECK(choose(96, "tcp port 80", "", "IEEE802_11") == 0);  // not ours to judge
}

TEST_CASE("tcpdump plan: interfaces") {
  CHECK(plan_of(spec_of("", "wg0"))->link_type == "RAW");
  const auto any = plan_of(spec_of("udp", "any"));
  REQUIRE(any.has_value());
  CHECK(has(argv(*any), {"-i", "any"}));
  CHECK(any->link_type == "LINUX_SLL2");
  CHECK(any->warnings.size() == 1);
  auto old = debian();
  old.tool_version = "4.9.3";
  old.tool_library = "libpcap 1.8.1";
  CHECK(plan_of(spec_of("", "any"), old)->link_type == "LINUX_SLL");

  const auto unknown = error_of(spec_of("", "eht0"));
  CHECK(unknown.kind == ErrorKind::usage);
  CHECK(unknown.message.find("did you mean `eth0`") != std::string::npos);
  CHECK(unknown.hint.find("wg0") != std::string::npos);
  auto two = spec_of("", "eth0");
  two.interfaces.emplace_back("eth1");
  const auto list = error_of(two);
  CHECK(list.kind == ErrorKind::usage);
  CHECK(list.hint.find("-i any") != std::string::npos);
  auto no_route = debian();
  no_route.interfaces[1].is_default = false;
  const auto none = error_of(spec_of(), no_route);
  CHECK(none.kind == ErrorKind::unavailable);
  CHECK(none.hint.find("lo, eth0, eth1, wg0") != std::string::npos);
  // An imagined host knows no names, so any is taken; never one that would be read as an option.
  auto imagined = debian();
  imagined.hostname.clear();
  CHECK(plan_of(spec_of("", "ens3"), imagined)->interface == "ens3");
  CHECK(error_of(spec_of("", "-w"), imagined).kind == ErrorKind::usage);
  auto down = debian();
  down.interfaces[2].up = false;
  CHECK(plan_of(spec_of("", "eth1"), down)->warnings.size() == 1);
}

TEST_CASE("tcpdump plan: a filter without meaning on the link type is refused") {
  for (const char* filter : {"vlan", "vlan 7 and tcp", "tcp or vlan"}) {
    const auto error = error_of(spec_of(filter, "any"));
    CHECK(error.kind == ErrorKind::usage);
    CHECK_FALSE(error.hint.empty());
    CHECK(plan_of(spec_of(filter, "eth0")).has_value());
  }
}

TEST_CASE("tcpdump plan: long filters travel in a file") {
  const std::string word(tcpdump::max_filter_words, 'x');
  const auto spec = spec_of();
  const auto at_limit = tcpdump::make_plan(spec, debian(), lowered("", "", {word}), id);
  CHECK(argv(at_limit.value()).back() == word);
  CHECK(at_limit->files.empty());
  const auto beyond = tcpdump::make_plan(spec, debian(), lowered("", "", {word + "y"}), id);
  REQUIRE(beyond->files.size() == 1);
  CHECK(beyond->files[0].path == "/var/tmp/anchoko.6b2x0k-4f7t/filter.cap");
  CHECK(beyond->files[0].content == word + "y\n");
  CHECK(has(argv(*beyond), {"-F", "/var/tmp/anchoko.6b2x0k-4f7t/filter.cap"}));
  CHECK(argv(*beyond).back() == "/var/tmp/anchoko.6b2x0k-4f7t/filter.cap");
}

TEST_CASE("tcpdump plan: each limit is kept somewhere or refused") {
  auto spec = spec_of("tcp");
  spec.limits.packets = 5;
  const auto plan = tcpdump::make_plan(spec, debian(), lowered("tcp", "", {"tcp"}), id);
  REQUIRE(plan.has_value());
  std::vector<std::string> limits;
  for (const auto& one : plan->limits)
    limits.push_back(one.limit + " " + one.value + " " + to_string(one.keeping));
  CHECK(limits ==
        Words{"duration 1m kept", "max_size 1 GiB kept", "packets 5 native", "min_free 1 GiB kept"});
  CHECK(plan->asked.max_size == spec.limits.max_size);
  // -C, -G and -W are traps (reference, section 2): none appears without a ring.
  for (const char* word : {"-C", "-G", "-W", "-z"}) CHECK_FALSE(has(argv(*plan), {word}));

  spec.limits.max_size = 0;
  spec.limits.min_free = 0;
  spec.limits.packets = 0;
  CHECK(plan_of(spec)->limits.size() == 1);
  spec.limits.duration = std::chrono::milliseconds(0);
  CHECK(error_of(spec).kind == ErrorKind::refused);
  spec = spec_of();
  spec.limits.files = 3;
  spec.limits.max_size = 100 << 20;
  const auto ring = plan_of(spec);
  REQUIRE(ring.has_value());
  // 104,857,600 bytes hold 104 million and the longest packet.
  CHECK(has(argv(*ring), {"-C", "104", "-W", "3"}));
  CHECK(ring->limits[1].limit == "ring");
  CHECK(ring->limits[1].keeping == LimitKeeping::bounded);
  CHECK(ring->keeper.hard_file_bytes > 104'857'600);
  spec.limits.max_size = 1'262'159;
  CHECK(error_of(spec).kind == ErrorKind::usage);
  spec.limits.max_size = 1'262'160;
  CHECK(has(argv(*plan_of(spec)), {"-C", "1"}));
  auto small = debian();
  small.spool_free = spec.limits.min_free + 3 * 1'262'160 - 1;
  CHECK(error_of(spec, small).kind == ErrorKind::refused);
  spec.limits.max_size = 0;
  CHECK(error_of(spec).kind == ErrorKind::usage);
  spec = spec_of();
  auto full = debian();
  full.spool_free = spec.limits.max_size + spec.limits.min_free;
  CHECK(plan_of(spec, full).has_value());
  --full.spool_free;
  CHECK(error_of(spec, full).kind == ErrorKind::refused);
  spec.limits.max_size = ~std::uint64_t{0};
  CHECK(error_of(spec).kind == ErrorKind::refused);
}

TEST_CASE("tcpdump plan: what is missing on the host is named, with what mends it") {
  const auto missing = [](const std::function<void(HostFacts&)>& change) {
    auto facts = debian();
    change(facts);
    return error_of(spec_of(), facts);
  };
  const auto no_tool = missing([](HostFacts& f) { f.tool.clear(); });
  CHECK(no_tool.kind == ErrorKind::unavailable);
  CHECK(no_tool.hint == "sudo apt-get install tcpdump");
  CHECK(missing([](HostFacts& f) {
          f.tool.clear();
          f.install_tool = tcpdump::install_command(
              "ID=\"rocky\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"\n", "tcpdump", false);
        }).hint == "sudo dnf install tcpdump");
  const auto no_right = missing([](HostFacts& f) {
    f.elevated = false;
    f.root = false;
    f.rights = "missing: neither root nor CAP_NET_RAW";
  });
  CHECK(no_right.kind == ErrorKind::unavailable);
  CHECK(no_right.hint.find("sudo anchoko") != std::string::npos);
  CHECK(no_right.message.find("CAP_NET_RAW") != std::string::npos);
  CHECK(missing([](HostFacts& f) { f.elevated = false; }).hint.find("--cap-add") != std::string::npos);
  CHECK(missing([](HostFacts& f) { f.os = "aix"; }).kind == ErrorKind::unavailable);
  // A mistake in the request comes first: it stays wrong with all rights.
  auto facts = debian();
  facts.elevated = false;
  CHECK(error_of(spec_of("", "eht0"), facts).kind == ErrorKind::usage);
  for (const char* bad : {"", "../x", "a b", "-x", "a/b", "a\nb"}) {
    CHECK_FALSE(tcpdump::make_plan(spec_of(), debian(), LoweredFilter{}, bad).has_value());
  }
}
