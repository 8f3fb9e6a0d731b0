#include "core/backend/examination.h"

#include <doctest/doctest.h>

#include "core/exec/command_runner.h"

using namespace anchoko;

namespace {

class TestBackend final : public Backend {
 public:
  TestBackend(std::string name, bool runs) : name_(std::move(name)), runs_(runs) {}
  BackendInfo info() const override { return {name_, name_, {"testos"}, name_}; }
  Capabilities capabilities() const override {
    Capabilities capabilities;
    capabilities.runs_here = runs_;
    return capabilities;
  }
  Result<HostFacts> probe(CommandRunner&) const override {
    HostFacts facts;
    facts.tool = "/bin/" + name_;
    facts.elevated = true;
    return facts;
  }
  HostFacts assumed_facts() const override { return {}; }
  const Dialect& dialect() const override { throw std::logic_error("not asked here"); }
  Result<CapturePlan> plan(const SessionSpec&, const HostFacts&, const LoweredFilter&,
                           const std::string&) const override {
    return CapturePlan{};
  }

 private:
  std::string name_;
  bool runs_;
};

FindingLevel level_of(const std::vector<BackendExamination>& all, const std::string& backend) {
  for (const auto& one : all) {
    if (one.backend == backend) return one.findings.at(0).level;
  }
  throw std::logic_error("no such backend");
}

}  // namespace

TEST_CASE("doctor: one backend that can capture is enough") {
  const auto runner = make_local_runner();
  BackendRegistry registry;
  registry.add(std::make_unique<TestBackend>("lame", false));
  auto all = examine_backends(registry, "testos", *runner);
  CHECK(level_of(all, "lame") == FindingLevel::missing);
  registry.add(std::make_unique<TestBackend>("sound", true));
  all = examine_backends(registry, "testos", *runner);
  REQUIRE(all.size() == 2);
  CHECK(level_of(all, "lame") == FindingLevel::warning);
  CHECK(level_of(all, "sound") == FindingLevel::good);
  CHECK(examine_backends(registry, "otheros", *runner).empty());
  CHECK(any_missing({no_backend("otheros")}));
}

TEST_CASE("doctor: journal, locale and terminal") {
  Surroundings well;
  well.state_folder = "/home/a/.local/state/anchoko/sessions";
  well.state_folder_writable = true;
  well.locale = "ja_JP.UTF-8";
  for (const auto& finding : examine_surroundings(well)) {
    CHECK(finding.level == FindingLevel::good);
    CHECK(finding.command.empty());
  }
  const auto level = [](const Surroundings& surroundings, const std::string& id) {
    for (const auto& finding : examine_surroundings(surroundings)) {
      if (finding.id == id) {
        CHECK_FALSE(finding.command.empty());
        return finding.level;
      }
    }
    throw std::logic_error("no such finding");
  };
  Surroundings ill = well;
  ill.state_folder_writable = false;
  CHECK(level(ill, "state-folder") == FindingLevel::missing);
  ill.state_folder.clear();
  CHECK(level(ill, "state-folder") == FindingLevel::missing);
  ill.locale_has_utf8 = false;
  CHECK(level(ill, "locale") == FindingLevel::warning);
  ill.on_terminal = true;
  CHECK(level(ill, "terminal") == FindingLevel::warning);
}
