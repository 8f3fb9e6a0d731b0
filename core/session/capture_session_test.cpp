#include "core/session/capture_session.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/filter/parser.h"
#include "core/formats/capture_format.h"
#include "core/session/test_stage.h"

using namespace anchoko;
using namespace std::chrono_literals;
using session::CaptureOutcome;
using session::CaptureSession;
using session::mentions;
using session::Stage;
using session::State;
namespace fs = std::filesystem;

namespace {

std::vector<InterfaceInfo> interfaces_of(const std::string& path) {
  auto opened = formats::open_capture(path);
  REQUIRE(opened.has_value());
  PacketRecord record;
  while (true) {
    const auto status = opened->reader->next(record);
    if (status == formats::ReadStatus::end) break;
    REQUIRE((status == formats::ReadStatus::record || status == formats::ReadStatus::attachment));
  }
  return opened->reader->interfaces();
}

}  // namespace

TEST_CASE(
    "session: the duration ends it; the native file and the journal go only after the verified conversion") {
  Stage stage;
  stage.record.plan.asked.duration = 1500ms;
  const auto before = std::chrono::steady_clock::now();
  const auto outcome = stage.run_to_end();
  const auto took = std::chrono::steady_clock::now() - before;
  REQUIRE(outcome.has_value());
  CHECK(took >= 1500ms);
  CHECK(outcome->ended_by == "duration");
  CHECK(outcome->conversion.records_out == 2);
  CHECK(outcome->conversion.verified);
  CHECK(outcome->stats.captured == 2);
  CHECK_FALSE(outcome->partial());
  CHECK(outcome->native_file.empty());
  CHECK_FALSE(stage.folder_exists());
  CHECK(stage.journal.ids()->empty());
  struct stat status {};
  REQUIRE(::stat(stage.record.output.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("session: each step can be taken by another process, by its journal alone") {
  Stage stage;
  stage.record.plan.filter.wanted = *filter::parse("udp port 53");
  stage.record.plan.filter.residual = *filter::parse("udp port 53");
  REQUIRE(stage.start().has_value());
  CHECK((fs::status(stage.root + "/state").permissions() == fs::perms::owner_all));
  stage.reopen();
  CHECK(stage.wait_for(State::capturing).report.native_bytes() > 24);
  CHECK(stage.session->collect({}).error().kind == ErrorKind::refused);
  stage.reopen();
  REQUIRE(stage.session->stop().has_value());
  CHECK(stage.session->stop().has_value());  // once more is no error
  stage.reopen();
  CHECK(stage.wait_for(State::stopped).detail == "request");
  const auto outcome = stage.session->collect({});
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "request");
  CHECK(outcome->conversion.records_in == 2);
  CHECK(outcome->conversion.records_out == 1);
  CHECK_FALSE(stage.folder_exists());
}

TEST_CASE("session: provenance stands in the result") {
  Stage stage;
  stage.record.plan.filter.native_words = {"udp", "port 53"};
  stage.record.plan.asked.duration = 500ms;
  REQUIRE(stage.run_to_end().has_value());
  const auto interfaces = interfaces_of(stage.record.output);
  REQUIRE(interfaces.size() == 1);
  CHECK(interfaces[0].name == "eth0");
  CHECK(interfaces[0].filter == "udp port 53");
  CHECK(interfaces[0].os.find("bookworm") != std::string::npos);
  CHECK(mentions(interfaces[0].comments, "native command: "));
  CHECK(mentions(interfaces[0].comments, "native tool: testtool 4.99.3"));
  REQUIRE(interfaces[0].statistics);
  CHECK(interfaces[0].statistics->delivered == 2);
}

TEST_CASE("session: the size of the file is minded") {
  Stage stage("ready; while :; do put dns; done");
  stage.record.plan.asked.max_size = 64 * 1024;
  const auto outcome = stage.run_to_end();
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "max_size");
  CHECK(outcome->conversion.records_in > 100);
}

TEST_CASE("session: the free-space floor is minded") {
  Stage stage;
  stage.record.plan.asked.min_free = std::uint64_t{900} << 30;  // more than any machine of ours has
  const auto outcome = stage.run_to_end();
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "min_free");
}

TEST_CASE("session: the tool's own end, in order and not") {
  {
    Stage stage("ready; put dns; sleep 0.3; echo captured 1 >&2; exit 0");
    stage.record.plan.asked.packets = 1;
    const auto outcome = stage.run_to_end();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "packets");
    CHECK_FALSE(outcome->partial());
  }
  {
    Stage stage("ready; put dns; sleep 0.3; echo 'the interface disappeared' >&2; exit 1");
    const auto outcome = stage.run_to_end();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "tool");
    CHECK(outcome->partial());
    CHECK(mentions(outcome->incomplete, "ended with status 1: the interface disappeared"));
    CHECK(outcome->conversion.records_out == 1);
  }
}

TEST_CASE("session: a tool that does not start is an error of its own kind, and nothing is left") {
  for (const auto& [does, kind, said] :
       {std::tuple("echo 'no right' >&2; exit 1", ErrorKind::unavailable, "no right"),
        std::tuple("exit 7", ErrorKind::failed, "ended with status 7 without a message")}) {
    Stage stage(does);
    const auto started = stage.start();
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().kind == kind);
    CHECK(started.error().message.find(said) != std::string::npos);
    CHECK_FALSE(stage.folder_exists());
    CHECK(stage.journal.ids()->empty());
  }
}

TEST_CASE("session: keeper and tool ended from outside are told as such, and what there is is collected") {
  Stage stage;
  REQUIRE(stage.start().has_value());
  for (const char* name : {"/keeper.pid", "/watchdog.pid", "/tool.pid"}) {
    std::ifstream file(stage.record.plan.folder + name);
    pid_t pid = 0;
    file >> pid;
    REQUIRE(pid > 1);
    REQUIRE(::kill(pid, SIGKILL) == 0);
  }
  stage.reopen();
  CHECK(stage.wait_for(State::stopped).detail.find("from outside") != std::string::npos);
  const auto outcome = stage.session->collect({});
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "lost");
  CHECK(outcome->partial());
  CHECK(outcome->conversion.records_out == 2);
  CHECK_FALSE(stage.folder_exists());
}

TEST_CASE("session: the native file stays where its copy is not the whole of it, and when it is asked for") {
  {
    Stage stage("ready; put dns; printf xyz >>\"$file\"");
    stage.record.plan.asked.duration = 500ms;
    const auto outcome = stage.run_to_end();
    REQUIRE(outcome.has_value());
    CHECK(outcome->partial());
    CHECK(outcome->native_file == stage.record.plan.native_file);
    CHECK(fs::exists(stage.record.plan.native_file));
    stage.reopen();
    REQUIRE(stage.session->clean().has_value());
    CHECK_FALSE(stage.folder_exists());
  }
  {
    Stage stage;
    stage.record.keep_native = true;
    stage.record.plan.asked.duration = 500ms;
    const auto outcome = stage.run_to_end();
    REQUIRE(outcome.has_value());
    CHECK(fs::exists(stage.record.plan.native_file));
    CHECK(stage.journal.ids()->size() == 1);
  }
}

TEST_CASE("session: a file that cannot be converted is kept, with the tool's last words") {
  Stage stage("ready; echo 'garbage, no capture' >\"$file\"; echo 'disk is odd' >&2");
  stage.record.plan.asked.duration = 500ms;
  const auto outcome = stage.run_to_end();
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().hint.find("testtool said: disk is odd") != std::string::npos);
  CHECK(outcome.error().hint.find(stage.record.plan.native_file) != std::string::npos);
  CHECK(fs::exists(stage.record.plan.native_file));
  CHECK_FALSE(fs::exists(stage.record.output));
}

TEST_CASE("session: a count above what the file holds means lost packets") {
  Stage stage("count=8; ready; put dns");
  stage.record.plan.asked.duration = 500ms;
  const auto outcome = stage.run_to_end();
  REQUIRE(outcome.has_value());
  CHECK(mentions(outcome->incomplete, "counted 9 packets, its file holds 1"));
}

TEST_CASE("session: no packets are suspicious, with a likely reason") {
  Stage stage("ready");
  stage.record.plan.filter.wanted = *filter::parse("udp port 53");
  stage.record.plan.asked.duration = 500ms;
  const auto outcome = stage.run_to_end();
  REQUIRE(outcome.has_value());
  CHECK(outcome->suspicious);
  CHECK(mentions(outcome->reasons, "no packet matched the filter"));
}

TEST_CASE("session: the folder must be new, and files of the plan lie in it before the start") {
  {
    Stage stage;
    fs::create_directory(stage.record.plan.folder);
    std::ofstream(stage.record.plan.folder + "/precious") << "x";
    const auto started = stage.start();
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().message.find("exists") != std::string::npos);
    CHECK(fs::exists(stage.record.plan.folder + "/precious"));
    fs::remove_all(stage.record.plan.folder);
  }
  {
    Stage stage("test \"$(cat \"${file%/*}/filter.cap\")\" = 'a  b' || exit 9; ready");
    stage.record.plan.files.push_back({stage.record.plan.folder + "/filter.cap", "a  b\n", "the filter"});
    stage.record.plan.asked.duration = 500ms;
    CHECK(stage.run_to_end().has_value());
    CHECK_FALSE(stage.folder_exists());
  }
}

TEST_CASE("session: streamed, packets are there while it captures") {
  Stage stage;
  stage.record.plan.asked.duration = 1500ms;
  REQUIRE(stage.start().has_value());
  int looks = 0;
  CaptureSession::StreamOptions options;
  options.progress = [&](const session::LiveState&) { ++looks; };
  const auto outcome = stage.session->stream(options);
  REQUIRE(outcome.has_value());
  CHECK(looks > 2);
  CHECK(outcome->conversion.records_out == 2);
  CHECK(outcome->ended_by == "duration");
  const auto interfaces = interfaces_of(stage.record.output);
  REQUIRE(interfaces.size() == 1);
  REQUIRE(interfaces[0].statistics);
  CHECK(interfaces[0].statistics->delivered == 2);
}

TEST_CASE("session: a damaged journal is named, another process is kept out") {
  Stage stage;
  REQUIRE(stage.start().has_value());
  const std::string id = stage.record.plan.session_id;
  CHECK(stage.journal.find(id.substr(0, 6)) == id);
  CHECK(stage.journal.find("nothing").error().kind == ErrorKind::usage);
  const auto lock = stage.journal.lock(id);
  REQUIRE(lock.has_value());
  CHECK_FALSE(stage.journal.lock(id).has_value());
  std::ofstream(stage.root + "/state/" + id + "/session.json") << "{\"schema\": \"anchoko-session/1\"}";
  const auto read = stage.journal.read(id);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().message.find("is damaged") != std::string::npos);
}
