#include "core/backend/backend_choice.h"

#include <doctest/doctest.h>

using namespace anchoko;

namespace {

class NoRunner final : public CommandRunner {
 public:
  Result<CommandOutput> run(const CommandLine&, std::chrono::milliseconds, std::string_view) override {
    return fail(ErrorKind::unavailable, "none");
  }
  std::string find_program(const std::string&) override { return {}; }
};

class FakeDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::none; }
};

struct Traits {
  std::string name;
  std::string os = "linux";
  bool runs = true;
  bool tool = true;
  bool rights = true;
  bool probe_fails = false;
};

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(Traits traits) : traits_(std::move(traits)) {}
  BackendInfo info() const override { return {traits_.name, traits_.name, {traits_.os}, traits_.name}; }
  Capabilities capabilities() const override {
    Capabilities capabilities;
    capabilities.runs_here = traits_.runs;
    return capabilities;
  }
  Result<HostFacts> probe(CommandRunner&) const override {
    if (traits_.probe_fails) return fail(ErrorKind::failed, "it did not answer");
    HostFacts facts;
    facts.os = traits_.os;
    if (traits_.tool) facts.tool = "/usr/bin/" + traits_.name;
    facts.elevated = traits_.rights;
    facts.rights = traits_.rights ? "root" : "you are not root";
    return facts;
  }
  HostFacts assumed_facts() const override {
    HostFacts facts;
    facts.tool = "/assumed/" + traits_.name;
    facts.tool_version = "9";
    facts.elevated = true;
    return facts;
  }
  const Dialect& dialect() const override { return dialect_; }
  Result<CapturePlan> plan(const SessionSpec&, const HostFacts&, const LoweredFilter&,
                           const std::string&) const override {
    return CapturePlan{};
  }

 private:
  Traits traits_;
  FakeDialect dialect_;
};

BackendRegistry registry_of(const std::vector<Traits>& all) {
  BackendRegistry registry;
  for (const auto& traits : all) registry.add(std::make_unique<FakeBackend>(traits));
  return registry;
}

Result<std::string> chosen_name(const std::vector<Traits>& all, const std::string& name = {}) {
  const BackendRegistry registry = registry_of(all);
  NoRunner runner;
  auto choice = choose_backend(registry, name, "linux", runner);
  if (!choice) return fail(choice.error());
  CHECK_FALSE(choice->reason.empty());
  return choice->backend->info().name;
}

}  // namespace

TEST_CASE("the best healthy backend of the system is chosen") {
  CHECK(chosen_name({{"alpha"}, {"beta"}}) == "alpha");
  CHECK(chosen_name({{.name = "alpha", .os = "windows"}, {"beta"}}) == "beta");
  CHECK(chosen_name({{.name = "alpha", .tool = false}, {"beta"}}) == "beta");
  CHECK(chosen_name({{.name = "alpha", .rights = false}, {"beta"}}) == "beta");
  CHECK(chosen_name({{.name = "alpha", .runs = false}, {"beta"}}) == "beta");
  CHECK(chosen_name({{.name = "alpha", .probe_fails = true}, {"beta"}}) == "beta");
}

TEST_CASE("what was passed over stands in the reason") {
  const BackendRegistry registry = registry_of({{.name = "alpha", .tool = false}, {"beta"}});
  NoRunner runner;
  CHECK(choose_backend(registry, {}, "linux", runner)->reason ==
        "beta is the best backend for linux that can run here (alpha: alpha is not installed)");
}

TEST_CASE("without a healthy one, the one whose tool is there says what is missing") {
  CHECK(chosen_name({{.name = "alpha", .tool = false}, {.name = "beta", .rights = false}}) == "beta");
  CHECK(chosen_name({{.name = "alpha", .tool = false}, {.name = "beta", .tool = false}}) == "alpha");
}

TEST_CASE("a named backend is taken, or refused with the reason") {
  CHECK(chosen_name({{"alpha"}, {"beta"}}, "beta") == "beta");
  CHECK(chosen_name({{.name = "alpha", .rights = false}}, "alpha") == "alpha");
  const auto unknown = chosen_name({{"alpha"}, {"beta"}}, "betta");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().kind == ErrorKind::usage);
  CHECK(unknown.error().hint == "did you mean 'beta'?");
  const auto foreign = chosen_name({{.name = "alpha", .os = "windows"}}, "alpha");
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().kind == ErrorKind::unavailable);
  CHECK(foreign.error().message == "alpha captures on windows, and this is linux");
  CHECK(chosen_name({{.name = "alpha", .probe_fails = true}}, "alpha").error().message ==
        "it did not answer");
}

TEST_CASE("no backend at all") {
  CHECK(chosen_name({{.name = "alpha", .os = "windows"}}).error().kind == ErrorKind::unavailable);
  CHECK(chosen_name({{.name = "alpha", .probe_fails = true}}).error().kind == ErrorKind::failed);
}

TEST_CASE("assumed rights fill in only what is missing") {
  const FakeBackend backend({"alpha"});
  HostFacts bare;
  const HostFacts filled = with_assumed_rights(backend, bare);
  CHECK(filled.tool == "/assumed/alpha");
  CHECK(filled.elevated);
  HostFacts own;
  own.tool = "/usr/bin/alpha";
  own.elevated = true;
  own.rights = "root";
  const HostFacts kept = with_assumed_rights(backend, own);
  CHECK(kept.tool == "/usr/bin/alpha");
  CHECK(kept.rights == "root");
}
