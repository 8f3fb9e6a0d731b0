// Sessions of another machine: here behind a runner that calls itself so.
#include <filesystem>

#include <doctest/doctest.h>

#include "core/convert/pipeline.h"
#include "core/filter/printer.h"
#include "core/session/provenance.h"
#include "core/session/test_stage.h"

using namespace anchoko;
using namespace std::chrono_literals;
using session::CaptureSession;
using session::Stage;
using session::State;
namespace fs = std::filesystem;

namespace {

class Elsewhere final : public CommandRunner {
 public:
  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds limit,
                            std::string_view input) override {
    if (out_of_reach) return fail(ErrorKind::failed, "on elsewhere: no answer in time");
    if (lost_once && input.find("./keeper status") != std::string_view::npos) {
      lost_once = false;
      return fail(ErrorKind::unavailable, "the connection was lost");
    }
    return local_->run(command, limit, input);
  }
  Result<CommandOutput> stream(const CommandLine& command, std::chrono::milliseconds patience,
                               std::string_view input, const OutputSink& sink) override {
    if (out_of_reach) return fail(ErrorKind::unavailable, "no route to it");
    return local_->stream(command, patience, input, [&](std::string_view piece) {
      std::string text(piece);
      if (damages) text.back() = static_cast<char>(text.back() ^ 1);
      if (cuts) text.pop_back();
      if (adds) text += 'x';
      return sink(text);
    });
  }
  std::string find_program(const std::string& name) override { return local_->find_program(name); }
  std::string target() const override { return "elsewhere"; }
  std::vector<std::string> connections() const override { return known; }

  bool out_of_reach = false;
  bool lost_once = false;
  bool damages = false;
  bool cuts = false;
  bool adds = false;
  std::vector<std::string> known{"192.0.2.9 50000 192.0.2.1 22"};

 private:
  std::unique_ptr<CommandRunner> local_ = make_local_runner();
};

struct RemoteStage : Stage {
  RemoteStage() {
    auto own = std::make_unique<Elsewhere>();
    elsewhere = own.get();
    runner = std::move(own);
    record.target = {"elsewhere", Become::none};
  }
  bool anything_here() const { return fs::exists(root + "/state/" + record.plan.session_id + "/native"); }
  Elsewhere* elsewhere;
};

}  // namespace

TEST_CASE("remote session: its file comes here, and goes there only when the result is verified") {
  RemoteStage stage;
  stage.record.plan.asked.duration = 800ms;
  REQUIRE(stage.start().has_value());
  stage.elsewhere->lost_once = true;
  stage.wait_for(State::stopped);
  CHECK_FALSE(stage.elsewhere->lost_once);
  stage.reopen();
  CHECK(stage.session->record().target.destination == "elsewhere");
  CHECK(stage.session->record().connections == stage.elsewhere->known);
  std::uint64_t fetched = 0;
  CaptureSession::CollectOptions options;
  options.fetching = [&](std::uint64_t bytes, std::uint64_t) { fetched = bytes; };
  const auto outcome = stage.session->collect(options);
  REQUIRE(outcome.has_value());
  CHECK(outcome->conversion.records_out == 2);
  CHECK(fetched > 100);
  CHECK(outcome->native_file.empty());
  CHECK_FALSE(stage.folder_exists());
  CHECK(stage.journal.ids()->empty());
}

TEST_CASE("remote session: a file that arrives damaged, short or long is not taken") {
  RemoteStage stage;
  stage.record.plan.asked.duration = 500ms;
  REQUIRE(stage.start().has_value());
  stage.wait_for(State::stopped);
  for (const auto& [flag, said] : {std::pair(&Elsewhere::damages, "checksum"),
                                   {&Elsewhere::cuts, "only"},
                                   {&Elsewhere::adds, "longer"}}) {
    stage.elsewhere->*flag = true;
    const auto outcome = stage.session->collect({});
    stage.elsewhere->*flag = false;
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().kind == ErrorKind::failed);
    CHECK(outcome.error().message.find(said) != std::string::npos);
    CHECK(outcome.error().hint.find("elsewhere:" + stage.record.plan.native_file) != std::string::npos);
    CHECK(stage.folder_exists());
    CHECK_FALSE(stage.anything_here());
    CHECK_FALSE(fs::exists(stage.record.output));
  }
  CHECK(stage.session->collect({}).has_value());
}

TEST_CASE("remote session: out of reach is lost, changes nothing, and is no end") {
  RemoteStage stage;
  REQUIRE(stage.start().has_value());
  stage.elsewhere->out_of_reach = true;
  const auto now = stage.session->look();
  REQUIRE_FALSE(now.has_value());
  CHECK(now.error().kind == ErrorKind::unavailable);
  const auto lost = lost_state(stage.session->record(), now.error());
  CHECK(lost.state == State::lost);
  CHECK(lost.detail.find("ends by itself") != std::string::npos);
  CHECK(stage.session->stop().error().kind == ErrorKind::unavailable);
  CHECK(stage.session->collect({}).error().kind == ErrorKind::unavailable);
  CHECK(stage.session->clean().error().kind == ErrorKind::unavailable);
  CHECK(stage.journal.ids()->size() == 1);
  stage.elsewhere->out_of_reach = false;
  stage.reopen();
  CHECK(stage.wait_for(State::capturing).report.tool_alive);
  // A later process reaches it by a connection of its own, of which the journal takes note.
  stage.elsewhere->known = {"192.0.2.9 50001 192.0.2.1 22"};
  stage.reopen();
  REQUIRE(stage.session->stop().has_value());
  CHECK(stage.journal.read(stage.record.plan.session_id)->connections.size() == 2);
}

TEST_CASE("remote session: the packets of its connections are named, and nothing else is") {
  using session::control_filter;
  const auto text = filter::print(control_filter({"192.0.2.9 50000 192.0.2.1 22"}));
  for (const char* part : {"192.0.2.9", "50000", "192.0.2.1", "22", "tcp"})
    CHECK(text.find(part) != std::string::npos);
  CHECK(control_filter({"2001:db8::9 50000 2001:db8::1 22", "fe80::1%eth0 1 fe80::2%eth0 22"})->kind ==
        filter::NodeKind::disjunction);
  for (const char* odd : {"", "UNKNOWN 65535 UNKNOWN 65535", "1.2.3.4 1 1.2.3.4", "any)or(tcp 1 1.2.3.4 2",
                          "1.2.3.4 22)or(udp 1.2.3.4 2", "1.2.3.4 99999 1.2.3.4 2"})
    CHECK(control_filter({odd})->kind == filter::NodeKind::none);
}
