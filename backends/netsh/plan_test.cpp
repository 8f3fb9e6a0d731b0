#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "backends/netsh/netsh.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"

namespace {

using namespace anchoko;

SessionSpec spec_for(const std::string& text) {
  SessionSpec spec;
  spec.filter_text = text;
  spec.filter = *filter::parse(text);
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"Team1"};
  spec.limits.max_size = 500'000'000;
  spec.native_file = "C:\\Tmp\\NetTrace.etl";
  return spec;
}

Result<CapturePlan> plan_of(const SessionSpec& spec, const HostFacts& facts = netsh::assumed_facts()) {
  const auto lowered = plan::legalize(spec.filter, netsh::dialect(), DialectContext{spec, facts});
  return netsh::plan(spec, facts, lowered, "6b2x0k-4f7t");
}

std::string start_word(const Result<CapturePlan>& plan, const std::string& key) {
  for (const auto& word : plan.value().step(StepKind::start)->argv()) {
    if (word.starts_with(key + "=")) return word.substr(key.size() + 1);
  }
  return "(absent)";
}

ErrorKind kind_of(const Result<CapturePlan>& plan) {
  REQUIRE_FALSE(plan.has_value());
  return plan.error().kind;
}

bool warns(const Result<CapturePlan>& plan, const std::string& text) {
  return std::ranges::any_of(plan.value().warnings,
                             [&](const auto& warning) { return warning.find(text) != std::string::npos; });
}

std::map<std::string, std::vector<std::string>> expected_words() {
  std::ifstream file(std::string(ANCHOKO_SOURCE_DIR) + "/backends/netsh/testdata/seed_article_words.txt");
  REQUIRE(file.good());
  std::map<std::string, std::vector<std::string>> result;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string step;
    words >> step;
    for (std::string word; words >> word;) result[step].push_back(word);
  }
  return result;
}

}  // namespace

TEST_CASE("netsh plan: the article's commands") {
  const auto expected = expected_words();
  REQUIRE(expected.size() == 3);
  const auto plan = plan_of(spec_for("ip and udp"));
  REQUIRE(plan.has_value());
  CHECK(plan->step(StepKind::start)->argv() == expected.at("start"));
  CHECK(plan->step(StepKind::stop)->argv() == expected.at("stop"));
  CHECK(plan->step(StepKind::status)->argv() == expected.at("status"));
  CHECK_FALSE(plan->can_run);
  CHECK_FALSE(plan->cannot_run.empty());
  for (const auto& step : plan->steps) {
    for (const auto& words : step.command) CHECK_FALSE(words.meaning.empty());
  }
}

TEST_CASE("netsh plan: hazards, in both languages") {
  const auto plan = plan_of(spec_for("ip and udp"));
  REQUIRE(plan.has_value());
  const auto flap = std::ranges::find(plan->hazards, "nic-link-flap", &Hazard::id);
  REQUIRE(flap != plan->hazards.end());
  CHECK(flap->severity == HazardSeverity::high);
  CHECK(flap->source.find("2914927") != std::string::npos);
  for (const auto& hazard : netsh::all_hazards()) {
    CHECK_FALSE(hazard.text_en.empty());
    CHECK_FALSE(hazard.text_ja.empty());
  }
}

TEST_CASE("netsh plan: sizes in megabytes") {
  SessionSpec spec = spec_for("ip");
  const auto words = [&](std::uint64_t bytes) {
    spec.limits.max_size = bytes;
    return start_word(plan_of(spec), "maxSize");
  };
  CHECK(words(500'000'000) == "500");
  CHECK(words(500ULL << 20) == "500");
  CHECK(words(1ULL << 30) == "1024");
  CHECK(words(1'000'000'000) == "1000");
  CHECK(words((3ULL << 20) + 12345) == "3");
  CHECK(words(1000) == "1");
  spec.limits.max_size = 0;
  CHECK(kind_of(plan_of(spec)) == ErrorKind::refused);
}

TEST_CASE("netsh plan: interfaces") {
  SessionSpec spec = spec_for("ip");
  spec.interfaces = {"ローカル エリア接続"};
  CHECK(start_word(plan_of(spec), "CaptureInterface") == "ローカル エリア接続");
  spec.interface_choice = InterfaceChoice::any;
  CHECK(start_word(plan_of(spec), "CaptureInterface") == "(absent)");
  CHECK_FALSE(warns(plan_of(spec), "wider than asked"));

  spec.interface_choice = InterfaceChoice::default_route;
  CHECK(start_word(plan_of(spec), "CaptureInterface") == "(absent)");
  CHECK(warns(plan_of(spec), "wider than asked"));
  HostFacts facts = netsh::assumed_facts();
  facts.interfaces.resize(2);
  facts.interfaces[0].name = "Ethernet0";
  facts.interfaces[1].name = "Team1";
  facts.interfaces[1].is_default = true;
  facts.interfaces[1].has_vlans = true;
  CHECK(start_word(plan_of(spec, facts), "CaptureInterface") == "Team1");
  CHECK_FALSE(warns(plan_of(spec, facts), "wider than asked"));
  CHECK(warns(plan_of(spec, facts), "VLAN"));

  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"Tean1"};
  CHECK(kind_of(plan_of(spec, facts)) == ErrorKind::usage);
  CHECK(plan_of(spec, facts).error().hint.find("Team1") != std::string::npos);
  spec.interfaces = {"Ethernet0", "Team1"};
  CHECK(kind_of(plan_of(spec)) == ErrorKind::usage);
  spec.assume = {netsh::fact::interface_lists};
  CHECK(start_word(plan_of(spec), "CaptureInterface") == "(Ethernet0,Team1)");
  spec.interfaces = {"vEthernet (Default Switch)", "Team1"};
  CHECK(kind_of(plan_of(spec)) == ErrorKind::usage);
}

TEST_CASE("netsh plan: values that a Windows shell would not leave alone") {
  for (const char* name :
       {"Team\"1", "Team$1", "Team`1", "%TEMP%", "Team\n1", "Team1\\", "!Team1", "(a", "\u201cTeam1", ""}) {
    CAPTURE(std::string(name));
    SessionSpec spec = spec_for("ip");
    spec.interfaces = {name};
    CHECK(kind_of(plan_of(spec)) == ErrorKind::usage);
  }
  for (const char* path : {"NetTrace.etl", "%LOCALAPPDATA%\\a.etl", "C:\\Tmp\\", "C:\\a\"b.etl",
                           "C:\\Tmp\\a:b.etl", "\\\\server\\share\\a.etl", "C:\\a|b.etl", "/tmp/a.etl"}) {
    CAPTURE(std::string(path));
    SessionSpec spec = spec_for("ip");
    spec.native_file = path;
    CHECK(kind_of(plan_of(spec)) == ErrorKind::usage);
  }
}

TEST_CASE("netsh plan: every limit is kept, or the plan is refused") {
  SessionSpec spec = spec_for("ip");
  spec.limits.packets = 7;
  const auto plan = plan_of(spec);
  REQUIRE(plan.has_value());
  CHECK(plan->convert_packets == 7);
  std::vector<std::string> limits;
  for (const auto& limit : plan->limits) limits.push_back(limit.limit);
  CHECK(limits == std::vector<std::string>{"duration", "max_size", "files", "packets", "min_free"});
  spec.limits.files = 3;
  CHECK(kind_of(plan_of(spec)) == ErrorKind::refused);
  spec.limits.files = 1;
  spec.limits.duration = {};
  CHECK(kind_of(plan_of(spec)) == ErrorKind::refused);
  spec = spec_for("ip");
  HostFacts facts = netsh::assumed_facts();
  facts.spool_free = spec.limits.max_size + spec.limits.min_free - 1;
  CHECK(kind_of(plan_of(spec, facts)) == ErrorKind::refused);
  ++facts.spool_free;
  CHECK(plan_of(spec, facts).has_value());
}

TEST_CASE("netsh plan: what it cannot do is said") {
  CHECK(kind_of(plan_of(spec_for("vlan 7 and ip"))) == ErrorKind::usage);
  CHECK(kind_of(plan_of(spec_for("ip and not vlan"))) == ErrorKind::usage);
  SessionSpec spec = spec_for("ip");
  spec.direction = CaptureDirection::in;
  CHECK(kind_of(plan_of(spec)) == ErrorKind::usage);
  spec = spec_for("ip");
  spec.promiscuous = true;
  CHECK(kind_of(plan_of(spec)) == ErrorKind::usage);
  spec = spec_for("ip");
  spec.snaplen = 96;
  CHECK(plan_of(spec)->convert_snaplen == 96);
  CHECK(start_word(plan_of(spec), "PacketTruncateBytes") == "(absent)");
  HostFacts facts = netsh::assumed_facts();
  facts.tool.clear();
  CHECK(kind_of(plan_of(spec, facts)) == ErrorKind::unavailable);
}

TEST_CASE("netsh plan: options and the file of a session") {
  SessionSpec spec = spec_for("ip");
  CHECK(start_word(plan_of(spec), "persistent") == "(absent)");
  spec.backend_options["persistent"] = "true";
  CHECK(start_word(plan_of(spec), "persistent") == "yes");
  CHECK(warns(plan_of(spec), "overwritten"));
  spec.native_file.clear();
  CHECK(start_word(plan_of(spec), "traceFile") == "C:\\Windows\\Temp\\anchoko-6b2x0k-4f7t.etl");
  CHECK_FALSE(warns(plan_of(spec), "overwritten"));
}
