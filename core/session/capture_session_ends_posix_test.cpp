// How sessions end while others are at work on them, and what they may replace.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include <doctest/doctest.h>

#include "core/session/native_order.h"
#include "core/session/test_stage.h"

using namespace anchoko;
using namespace std::chrono_literals;
using session::CaptureSession;
using session::mentions;
using session::Stage;
using session::State;
namespace fs = std::filesystem;

namespace {

// Lets something happen right before each command.
class Meddled final : public CommandRunner {
 public:
  explicit Meddled(std::function<void(int)> before) : before_(std::move(before)) {}
  Result<CommandOutput> run(const CommandLine& command, std::chrono::milliseconds time_limit,
                            std::string_view input) override {
    before_(++count_);
    return real_->run(command, time_limit, input);
  }
  std::string find_program(const std::string& name) override { return real_->find_program(name); }

 private:
  std::function<void(int)> before_;
  int count_ = 0;
  std::unique_ptr<CommandRunner> real_ = make_local_runner();
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

pid_t process(const Stage& stage, const std::string& name) {
  std::ifstream file(stage.record.plan.folder + "/" + name + ".pid");
  pid_t pid = 0;
  file >> pid;
  REQUIRE(pid > 1);
  return pid;
}

}  // namespace

TEST_CASE("session: who asks it to end does not bring back what somebody else has collected meanwhile") {
  Stage stage;
  REQUIRE(stage.start().has_value());
  bool collected = false;
  // look, the request, and then the looks for the end: in front of the first of those.
  Meddled meddled([&](int call) {
    if (call != 3) return;
    stage.reopen();
    stage.wait_for(State::stopped);
    collected = stage.session->collect({}).has_value();
  });
  CaptureSession other(stage.backend, meddled, system_clock(), stage.journal,
                       *stage.journal.read(stage.record.plan.session_id));
  CHECK(other.stop().has_value());
  CHECK(collected);
  CHECK_FALSE(fs::exists(stage.root + "/state/" + stage.record.plan.session_id));
}

TEST_CASE("session: the keeper's last word is waited for") {
  Stage stage("ready; put dns; sleep 0.4; echo captured 1 >&2; exit 0");
  stage.record.plan.asked.packets = 1;
  REQUIRE(stage.start().has_value());
  const pid_t keeper = process(stage, "keeper");
  REQUIRE(::kill(keeper, SIGSTOP) == 0);
  for (int i = 0; i < 100 && stage.session->look()->report.tool_alive; ++i) std::this_thread::sleep_for(20ms);
  const auto now = stage.session->look();
  REQUIRE(now.has_value());
  CHECK_FALSE(now->report.tool_alive);
  CHECK(now->state == State::stopping);
  std::jthread later([keeper] {
    std::this_thread::sleep_for(700ms);
    ::kill(keeper, SIGCONT);
  });
  const auto outcome = stage.session->collect({});
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "packets");
  CHECK_FALSE(outcome->partial());
}

TEST_CASE("session: an attempt to collect that fails changes nothing for the next one") {
  Stage stage;
  REQUIRE(stage.start().has_value());
  REQUIRE(stage.session->stop().has_value());
  const std::string folder = stage.root + "/folder";
  fs::create_directory(folder);
  const auto attempt = [&](CaptureSession::CollectOptions options) {
    stage.reopen();
    return stage.session->collect(options);
  };
  CHECK_FALSE(
      attempt({.output = folder, .overwrite = true, .progress = {}, .interrupted = {}, .fetching = {}})
          .has_value());
  stage.reopen();
  CHECK(stage.session->record().output == stage.record.output);
  std::ofstream(stage.record.output) << "somebody's";
  const auto refused = attempt({});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::refused);
  CHECK(content(stage.record.output) == "somebody's");
  // Leave to replace the session's own output is none to replace another.
  stage.record.overwrite = true;
  REQUIRE(stage.journal.update(stage.record.plan.session_id, [](auto& stored) { stored.overwrite = true; }) ==
          true);
  std::ofstream(stage.root + "/other") << "somebody's";
  CHECK_FALSE(attempt({.output = stage.root + "/other", .progress = {}, .interrupted = {}, .fetching = {}})
                  .has_value());
  CHECK(content(stage.root + "/other") == "somebody's");
  CHECK(attempt({}).has_value());
}

TEST_CASE("session: nobody knows when it ended that was ended from outside") {
  Stage stage;
  REQUIRE(stage.start().has_value());
  for (const char* name : {"keeper", "watchdog", "tool"}) REQUIRE(::kill(process(stage, name), SIGKILL) == 0);
  const auto now = stage.wait_for(State::stopped);
  CHECK_FALSE(now.elapsed.has_value());
}

TEST_CASE("session: of a ring, only files that were not yet written to are passed over") {
  Stage stage;
  const auto path = [&](const char* name) { return stage.root + "/" + name; };
  const std::string header = session::pcap_header();
  stage.write("a", header + session::pcap_record(20, 53));
  stage.write("b", header + session::pcap_record(10, 53));
  stage.write("empty", "");
  stage.write("header", header);
  stage.write("cut", header.substr(0, 10));
  stage.write("text", "no capture at all");
  stage.write("damaged", header + session::pcap_record(5, 53).substr(0, 20));
  const auto sound = session::in_order_of_time({path("empty"), path("a"), path("header"), path("b")});
  CHECK(sound.paths == std::vector{path("b"), path("a")});
  CHECK(sound.loss.damage_count == 0);
  for (const char* name : {"cut", "text", "damaged", "absent"}) {
    const auto ring = session::in_order_of_time({path("a"), path(name), path("b")});
    CHECK(ring.paths == std::vector{path("b"), path("a")});
    CHECK(ring.loss.damage_count == 1);
    CHECK(mentions(ring.loss.damage, path(name)));
  }
  CHECK(session::in_order_of_time({path("empty"), path("header")}).paths == std::vector{path("header")});
  CHECK(session::in_order_of_time({path("empty"), path("text")}).paths == std::vector{path("text")});
}

TEST_CASE("session: a ring with a file that cannot be read is damaged, and its files are kept") {
  Stage stage(
      "ready; cat header dns >\"${file}0\"; cat header web >\"${file}1\"; echo no >\"${file}2\"; rm "
      "\"$file\"; count=3");
  stage.record.plan.asked.files = 3;
  stage.record.plan.asked.duration = 500ms;
  const auto outcome = stage.run_to_end();
  REQUIRE(outcome.has_value());
  CHECK(outcome->conversion.records_out == 2);
  CHECK(outcome->partial());
  CHECK(mentions(outcome->conversion.loss.damage, "capture.pcap2"));
  CHECK(fs::exists(stage.record.plan.native_file + "2"));
}

TEST_CASE("session: a ring overwrites when it has come round, and loses otherwise") {
  for (const unsigned files : {2U, 3U}) {
    Stage stage("ready; cat header dns >\"${file}0\"; cat header web >\"${file}1\"; rm \"$file\"; count=7");
    stage.record.plan.asked.files = files;
    stage.record.plan.asked.duration = 500ms;
    const auto outcome = stage.run_to_end();
    REQUIRE(outcome.has_value());
    CHECK(outcome->conversion.records_in == 2);
    if (files == 2) {
      CHECK(outcome->overwritten == 5);
      CHECK_FALSE(outcome->partial());
    } else {
      CHECK_FALSE(outcome->overwritten.has_value());
      CHECK(mentions(outcome->incomplete, "counted 7 packets, its file holds 2"));
    }
  }
}

TEST_CASE("session: where the tool says nothing of drops, its file does") {
  const Stage stage;
  session::CaptureEnd end;
  end.ended_by = "duration";
  end.exit_status = 0;
  convert::Outcome conversion;
  conversion.records_in = conversion.records_out = 3;
  CHECK_FALSE(session::judge(stage.record, end, conversion).partial());
  conversion.dropped_by_os = 12;
  auto outcome = session::judge(stage.record, end, conversion);
  CHECK(outcome.stats.dropped_by_kernel == 12);
  CHECK(outcome.partial());
  end.messages.stats.dropped_by_kernel = 0;
  outcome = session::judge(stage.record, end, conversion);
  CHECK(outcome.stats.dropped_by_kernel == 0);
}
