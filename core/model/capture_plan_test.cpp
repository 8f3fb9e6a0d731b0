#include "core/model/capture_plan.h"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "core/filter/parser.h"
#include "core/model/capabilities.h"

using namespace anchoko;

namespace {

CapturePlan sample() {
  CapturePlan plan;
  plan.backend = "tcpdump";
  plan.os = "linux";
  plan.session_id = "6b2x0k-4f7t";
  plan.filter.wanted = filter::parse("tcp port 80").value();
  plan.filter.pushed = filter::parse("tcp").value();
  plan.filter.residual = filter::parse("tcp port 80").value();
  plan.filter.native_words = {"tcp"};
  plan.filter.notes = {{"port 80", "cannot be said", "fact"}};
  plan.limits = {{"duration", "1m", LimitKeeping::kept, "by timeout"}};
  plan.asked.duration = std::chrono::seconds(60);
  plan.files = {{"/x/filter.cap", "tcp\n", "the filter"}};
  plan.steps = {{StepKind::prepare, "make", {{{"mkdir", "-m"}, "folder"}, {{"0700"}, "mode"}}, ""},
                {StepKind::start, "capture", {{{"tcpdump"}, "tool"}}, "note"},
                {StepKind::start, "again", {}, ""}};
  plan.hazards = {{"link-flap", HazardSeverity::high, "en", "ja", "source", "when"}};
  plan.warnings = {"careful"};
  return plan;
}

std::string text_at(const Json& json, const char* name) {
  const Json* member = json.find(name);
  REQUIRE(member != nullptr);
  REQUIRE(member->as_string() != nullptr);
  return *member->as_string();
}

std::vector<std::string> member_names(const Json& json) {
  std::vector<std::string> names;
  for (const auto& [name, value] : *json.as_object()) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("plan: words of a step, and the first step of a kind") {
  const CapturePlan plan = sample();
  CHECK(plan.steps[0].argv() == std::vector<std::string>{"mkdir", "-m", "0700"});
  CHECK(plan.steps[2].argv().empty());
  CHECK(plan.step(StepKind::start)->purpose == "capture");
  CHECK(plan.step(StepKind::clean) == nullptr);
}

TEST_CASE("plan: JSON holds every part, and docs/plan-json.md names each field in its order") {
  const auto json = Json::parse(to_json(sample()).dump());
  REQUIRE(json.has_value());
  CHECK(text_at(*json, "schema") == "anchoko-plan/1");
  CHECK(text_at(*json->find("filter"), "wanted") == "tcp port 80");
  CHECK(text_at(*json->find("filter"), "pushed") == "tcp");
  CHECK(text_at(*json->find("filter"), "reading") == "capture");
  CHECK(json->find("filter")->find("exact")->dump() == "false");
  CHECK(text_at((*json->find("limits")->as_array())[0], "keeping") == "kept");
  CHECK(json->find("asked")->find("duration_ms")->dump() == "60000");
  CHECK(text_at((*json->find("files")->as_array())[0], "content") == "tcp\n");
  const auto& steps = *json->find("steps")->as_array();
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].find("argv")->dump(-1) == R"(["mkdir","-m","0700"])");
  CHECK(text_at((*steps[0].find("command")->as_array())[1], "meaning") == "mode");
  CHECK(text_at((*json->find("hazards")->as_array())[0], "severity") == "high");

  std::ifstream file(std::string(ANCHOKO_SOURCE_DIR) + "/docs/plan-json.md");
  std::ostringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const auto documented_in_order = [&](const Json& object, std::size_t from) {
    for (const auto& name : member_names(object)) {
      const auto at = text.find("\n| `" + name + "` |", from);
      CHECK_MESSAGE(at != std::string::npos, name);
      if (at != std::string::npos) from = at;
    }
  };
  documented_in_order(*json, 0);
  documented_in_order(*json->find("filter"), text.find("`filter`:"));
  documented_in_order(steps[0], text.find("A step:"));
}

TEST_CASE("plan: match-nothing has no text in JSON") {
  CapturePlan plan;
  plan.filter.residual = filter::match_none();
  const Json json = to_json(plan);
  CHECK(json.find("filter")->find("residual")->dump() == "null");
  CHECK(json.find("filter")->find("wanted")->dump() == "\"\"");
}

TEST_CASE("capabilities: every flag is listed under its own name") {
  Capabilities c;
  c.ring = true;
  c.native_format = "pcap";
  std::size_t yes = 0;
  for (const auto& entry : list(c)) {
    if (entry.value == "yes") {
      ++yes;
      CHECK(entry.name == "ring");
    }
    if (entry.name == "native_format") CHECK(entry.value == "pcap");
  }
  CHECK(yes == 1);
  CHECK(list(c).size() == 15);
}
