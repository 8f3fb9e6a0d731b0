#include "core/session/capture_session.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/filter/parser.h"
#include "core/formats/capture_format.h"

using namespace anchoko;
using namespace std::chrono_literals;
using session::CaptureOutcome;
using session::CaptureSession;
using session::State;
namespace fs = std::filesystem;

namespace {

// Understands a small language of its own: the session must not know tcpdump's.
class TestBackend final : public Backend {
 public:
  BackendInfo info() const override { return {"testtool", "", {}, ""}; }
  Capabilities capabilities() const override { return {}; }
  Result<HostFacts> probe(CommandRunner&) const override { return HostFacts{}; }
  HostFacts assumed_facts() const override { return {}; }
  const Dialect& dialect() const override { throw std::logic_error("not asked here"); }
  Result<CapturePlan> plan(const SessionSpec&, const HostFacts&, const LoweredFilter&,
                           const std::string&) const override {
    return CapturePlan{};
  }
  ToolMessages read_messages(const std::string& text) const override {
    ToolMessages messages;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      if (line == "ready") {
        messages.started = true;
      } else if (line.starts_with("captured ")) {
        messages.stats.captured = std::stoull(line.substr(9));
      } else if (line.starts_with("dropped ")) {
        messages.stats.dropped_by_kernel = std::stoull(line.substr(8));
      } else {
        messages.complaints.push_back(line);
        if (line == "no right") {
          messages.failure = ErrorKind::unavailable;
          messages.hint = "use sudo";
        }
      }
    }
    return messages;
  }
};

template <typename T>
std::string bytes(T value) {
  std::string text;
  for (std::size_t i = 0; i < sizeof value; ++i)
    text += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  return text;
}

// Little-endian pcap, written here and not by the code under test.
std::string pcap_header() {
  return bytes<std::uint32_t>(0xa1b2c3d4) + bytes<std::uint16_t>(2) + bytes<std::uint16_t>(4) +
         bytes<std::uint32_t>(0) + bytes<std::uint32_t>(0) + bytes<std::uint32_t>(262144) +
         bytes<std::uint32_t>(1);
}
// An IPv4 UDP frame to that port.
std::string pcap_record(std::uint32_t second, std::uint16_t port) {
  std::string frame(12, '\x02');
  frame += std::string("\x08\x00", 2) + "\x45" + std::string(8, '\0') + "\x11" + std::string(10, '\0');
  frame += std::string("\x30\x39", 2) + static_cast<char>(port >> 8) + static_cast<char>(port & 0xff) +
           std::string(4, '\0');
  const auto size = static_cast<std::uint32_t>(frame.size());
  return bytes(second) + bytes<std::uint32_t>(0) + bytes(size) + bytes(size) + frame;
}

// One session with the real keeper on this machine; the tool is a shell program whose middle the test writes.
struct Stage {
  explicit Stage(std::string does = "") : journal(fs::path()) {
    std::string name = (fs::temp_directory_path() / "anchoko-session-XXXXXX").string();
    root = ::mkdtemp(name.data());
    journal = session::SessionJournal(root + "/state");
    write("header", pcap_header());
    write("dns", pcap_record(1000, 53));
    write("web", pcap_record(1001, 80));
    std::ofstream(root + "/testtool")
        << "#!/bin/sh\ncd '" << root << "'\nfile=$2\n"
        << "trap 'echo captured $count >&2; exit 0' TERM\ncount=0\n"
        << "put() { cat \"$1\" >>\"$file\"; count=$((count + 1)); }\n"
        << "ready() { cat header >\"$file\"; echo ready >&2; }\n"
        << (does.empty() ? "ready; put dns; put web" : does) << "\nwhile :; do sleep 0.05; done\n";
    fs::permissions(root + "/testtool", fs::perms::owner_all);
    CapturePlan& plan = record.plan;
    plan.backend = "testtool";
    plan.host = "web1";
    plan.interface = "eth0";
    plan.session_id = "test-" + root.substr(root.size() - 6);
    for (char& c : plan.session_id) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    plan.folder = root + "/anchoko." + plan.session_id;
    plan.native_file = plan.folder + "/capture.pcap";
    plan.messages_file = plan.folder + "/messages.cap";
    plan.asked.duration = 30s;
    plan.asked.max_size = 0;
    plan.asked.min_free = 0;
    plan.keeper.fractional_sleep = true;
    plan.keeper.stop_signal = "TERM";
    plan.keeper.settle_seconds = 0;
    plan.steps = {{StepKind::start, "Capture", {{{root + "/testtool", "-w", plan.native_file}, ""}}, ""}};
    record.output = root + "/out.pcapng";
    record.invocation = "anchoko capture -f 'udp port 53'";
    record.facts.os_release = "Debian GNU/Linux 12 (bookworm)";
    record.facts.kernel = "6.1.0";
    record.facts.hostname = "web1";
    record.facts.tool_version = "4.99.3";
  }
  ~Stage() {
    if (session) (void)session->clean();
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root + "/" + name, std::ios::binary) << text;
  }
  Result<void> start() {
    session = std::make_unique<CaptureSession>(backend, *runner, system_clock(), journal, record);
    return session->start();
  }
  // What another process would do later.
  void reopen() {
    auto read = journal.read(record.plan.session_id);
    REQUIRE(read.has_value());
    session = std::make_unique<CaptureSession>(backend, *runner, system_clock(), journal, *read);
  }
  session::LiveState wait_for(State state) {
    for (int i = 0; i < 200; ++i) {
      const auto now = session->look();
      REQUIRE(now.has_value());
      if (now->state == state) return *now;
      std::this_thread::sleep_for(50ms);
    }
    FAIL("the state was never reached");
    return {};
  }
  Result<CaptureOutcome> run_to_end() {
    if (auto started = start(); !started) return fail(started.error());
    for (int i = 0; i < 200; ++i) {
      const auto now = session->look();
      if (!now) return fail(now.error());
      if (!now->report.tool_alive && !now->report.keeper_alive) break;
      std::this_thread::sleep_for(50ms);
    }
    return session->collect({});
  }
  bool folder_exists() const { return fs::exists(record.plan.folder); }

  TestBackend backend;
  std::unique_ptr<CommandRunner> runner = make_local_runner();
  session::SessionJournal journal;
  session::SessionRecord record;
  std::unique_ptr<CaptureSession> session;
  std::string root;
};

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

bool mentions(const std::vector<std::string>& texts, const std::string& part) {
  for (const auto& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
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
  CHECK(stage.journal.ids().empty());
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
    CHECK(stage.journal.ids().empty());
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
    CHECK(stage.journal.ids().size() == 1);
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
