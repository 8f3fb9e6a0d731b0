#include "core/session/capture_session.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "core/filter/parser.h"
#include "core/formats/capture_format.h"
#include "tests/tools/fake_runner.h"

using namespace anchoko;
using namespace std::chrono_literals;
using session::CaptureOutcome;
using session::CaptureRequest;
using testing::FakeClock;
using testing::FakeRunner;
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

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

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

// One session on a private folder, with mkdir, rm and rmdir answered by doing just that.
struct Stage {
  Stage() : runner(clock) {
    std::string name = (fs::temp_directory_path() / "anchoko-session-XXXXXX").string();
    root = ::mkdtemp(name.data());
    CapturePlan& plan = request.plan;
    plan.backend = "testtool";
    plan.host = "web1";
    plan.interface = "eth0";
    plan.session_id = "test";
    plan.folder = root + "/anchoko.test";
    plan.native_file = plan.folder + "/capture.pcap";
    plan.messages_file = plan.folder + "/messages.cap";
    plan.duration_status = 124;
    plan.asked.duration = 10s;
    plan.asked.max_size = 0;
    plan.asked.min_free = 0;
    plan.steps = {{StepKind::prepare, "Make a folder", {{{"mkdir", plan.folder}, ""}}, ""},
                  {StepKind::start, "Capture", {{{"testtool", "-w", plan.native_file}, ""}}, ""},
                  {StepKind::clean, "Delete files", {{{"rm", plan.native_file, plan.messages_file}, ""}}, ""},
                  {StepKind::clean, "Delete folder", {{{"rmdir", plan.folder}, ""}}, ""}};
    request.output = root + "/out.pcapng";
    request.invocation = "anchoko capture -f 'udp port 53'";
    request.facts.os_release = "Debian GNU/Linux 12 (bookworm)";
    request.facts.kernel = "6.1.0";
    request.facts.hostname = "web1";
    request.facts.tool_version = "4.99.3";
    request.progress = [this](const session::CaptureProgress& p) { progress.push_back(p); };
    request.started = [this] { ++started; };
    runner.fallback = [this](const CommandLine& words) { return execute(words); };
    runner.script.acts = {{50ms, [this] {
                             native(pcap_header());
                             say("ready");
                           }}};
    runner.script.on_interrupt = [this] { say("captured " + std::to_string(written)); };
  }
  ~Stage() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  CommandOutput execute(const CommandLine& words) const {
    std::error_code problem;
    if (words.front() == "mkdir") {
      if (!fs::create_directory(words[1], problem))
        return {1, "", "mkdir: cannot create directory: File exists\n"};
    } else if (words.front() == "rm") {
      for (std::size_t i = 1; i < words.size(); ++i) fs::remove(words[i], problem);
    } else if (!fs::remove(words.at(1), problem)) {
      return {1, "", "rmdir: failed to remove: Directory not empty\n"};
    }
    return {};
  }
  void say(const std::string& line) const { append(request.plan.messages_file, line + "\n"); }
  void native(const std::string& text) const { append(request.plan.native_file, text); }
  void packet(std::uint16_t port) {
    native(pcap_record(1000 + static_cast<std::uint32_t>(written), port));
    ++written;
  }
  void at(std::chrono::milliseconds time, std::function<void()> does) {
    runner.script.acts.push_back({time, std::move(does)});
  }
  void ends_at(std::chrono::milliseconds time, int status, std::function<void()> last = {}) {
    at(time, [this, last] {
      say("captured " + std::to_string(written));
      if (last) last();
    });
    runner.script.ends_at = time;
    runner.script.status = status;
  }
  Result<CaptureOutcome> run() { return session::run(backend, runner, clock, request); }
  bool folder_exists() const { return fs::exists(request.plan.folder); }

  FakeClock clock;
  FakeRunner runner;
  TestBackend backend;
  CaptureRequest request;
  std::string root;
  std::size_t written = 0;
  int started = 0;
  std::vector<session::CaptureProgress> progress;
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

TEST_CASE("session: the duration ends it; the native file goes only after the verified conversion") {
  Stage stage;
  stage.at(1s, [&] { stage.packet(53); });
  stage.at(2s, [&] { stage.packet(80); });
  stage.ends_at(10s, 124);
  const auto outcome = stage.run();
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "duration");
  CHECK(outcome->conversion.records_out == 2);
  CHECK(outcome->conversion.verified);
  CHECK(outcome->stats.captured == 2u);
  CHECK_FALSE(outcome->partial());
  CHECK_FALSE(outcome->suspicious);
  CHECK(outcome->native_file.empty());
  CHECK_FALSE(stage.folder_exists());
  CHECK(stage.started == 1);
  CHECK(stage.runner.script.interrupts == 0);
  // Counted from the moment it captures.
  CHECK(outcome->duration > 9800ms);
  CHECK(outcome->duration < 10100ms);
  // About five times a second, and never "no limit" (0) at the end.
  CHECK(stage.progress.size() > 40);
  CHECK(stage.progress.size() < 60);
  for (const auto& one : stage.progress) CHECK(one.left.count() > 0);
  CHECK(stage.progress.back().native_bytes > 24);
}

TEST_CASE("session: provenance stands in the result") {
  Stage stage;
  LoweredFilter& filter = stage.request.plan.filter;
  filter.wanted = filter::parse("udp port 53").value();
  filter.residual = filter.wanted;
  filter.native_words = {"udp"};
  stage.at(1s, [&] {
    stage.packet(53);
    stage.packet(80);
    stage.say("dropped 3");
  });
  stage.ends_at(10s, 124);
  const auto outcome = stage.run();
  REQUIRE(outcome.has_value());
  CHECK(outcome->conversion.records_in == 2);
  CHECK(outcome->conversion.records_out == 1);
  CHECK(outcome->partial());  // dropped packets are lost packets
  const auto interfaces = interfaces_of(stage.request.output);
  REQUIRE(interfaces.size() == 1);
  const InterfaceInfo& one = interfaces.front();
  CHECK(one.name == "eth0");
  CHECK(one.os == "Debian GNU/Linux 12 (bookworm) 6.1.0");
  CHECK(one.filter == "udp");
  CHECK(mentions(one.comments, "native command: testtool -w " + stage.request.plan.native_file));
  CHECK(mentions(one.comments, "filter asked for: udp port 53"));
  CHECK(mentions(one.comments, "applied at conversion: udp port 53"));
  CHECK(mentions(one.comments, "testtool 4.99.3"));
  REQUIRE(one.statistics.has_value());
  CHECK(one.statistics->delivered == 2u);
  CHECK(one.statistics->dropped_by_os == 3u);
  CHECK(one.statistics->start_ns.has_value());
  const auto json = to_json(*outcome).dump();
  CHECK(json.find("\"partial\": true") != std::string::npos);
  CHECK(json.find("\"dropped_by_kernel\": 3") != std::string::npos);
}

TEST_CASE("session: a request stops it once and keeps what there is") {
  Stage stage;
  stage.at(1s, [&] { stage.packet(53); });
  stage.runner.script.heeds_interrupt_after = 300ms;
  stage.request.stop_requested = [&] { return stage.clock.since_start() > 2s; };
  const auto outcome = stage.run();
  REQUIRE(outcome.has_value());
  CHECK(outcome->ended_by == "request");
  CHECK(outcome->conversion.records_out == 1);
  CHECK(stage.runner.script.interrupts == 1);
  CHECK(stage.runner.script.terminates == 0);
  CHECK_FALSE(outcome->partial());
  CHECK_FALSE(stage.folder_exists());
}

TEST_CASE("session: the size and the free-space floor are minded") {
  SUBCASE("size") {
    Stage stage;
    stage.request.plan.asked.max_size = 200;
    stage.at(1s, [&] { stage.packet(53); });
    stage.at(3s, [&] {
      for (int i = 0; i < 5; ++i) stage.packet(53);
    });
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "max_size");
    CHECK(outcome->conversion.records_out == 6);
    CHECK(outcome->duration < 3500ms);
    CHECK(outcome->duration > 2500ms);
  }
  SUBCASE("free space") {
    Stage stage;
    stage.request.plan.asked.min_free = ~std::uint64_t{0};
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "min_free");
    CHECK(outcome->suspicious);
  }
}

TEST_CASE("session: the tool's own end") {
  SUBCASE("it has its packets") {
    Stage stage;
    stage.request.plan.asked.packets = 1;
    stage.at(1s, [&] { stage.packet(53); });
    stage.ends_at(1s, 0);
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "packets");
    CHECK_FALSE(outcome->partial());
  }
  SUBCASE("so quick that it has ended before we looked") {
    Stage stage;
    stage.runner.script.acts.clear();
    stage.at(0ms, [&] {
      stage.native(pcap_header());
      stage.say("ready");
      stage.packet(53);
    });
    stage.ends_at(0ms, 0);
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->conversion.records_out == 1);
    CHECK(outcome->ended_by == "tool");
  }
  SUBCASE("it fails on the way: what there is counts, and is called incomplete") {
    Stage stage;
    stage.at(1s, [&] { stage.packet(53); });
    stage.ends_at(2s, 1, [&] { stage.say("The interface disappeared"); });
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "tool");
    CHECK(outcome->partial());
    CHECK(mentions(outcome->incomplete, "ended with status 1: The interface disappeared"));
    CHECK(mentions(outcome->complaints, "The interface disappeared"));
    CHECK(outcome->conversion.records_out == 1);
  }
}

TEST_CASE("session: a tool that does not start is an error of its own kind, and nothing is left") {
  const auto error_after = [](const std::function<void(Stage&)>& arrange) {
    Stage stage;
    stage.runner.script.acts.clear();
    arrange(stage);
    const auto outcome = stage.run();
    REQUIRE_FALSE(outcome.has_value());
    CHECK_FALSE(stage.folder_exists());
    CHECK(stage.started == 0);
    CHECK_FALSE(fs::exists(stage.request.output));
    return outcome.error();
  };
  auto error = error_after([](Stage& s) {
    s.at(0ms, [&s] { s.say("syntax error in filter"); });
    s.runner.script.ends_at = 30ms;
    s.runner.script.status = 1;
  });
  CHECK(error.kind == ErrorKind::failed);
  CHECK(error.message == "testtool did not start capturing: syntax error in filter");
  error = error_after([](Stage& s) {
    s.at(0ms, [&s] { s.say("no right"); });
    s.runner.script.ends_at = 30ms;
    s.runner.script.status = 1;
  });
  CHECK(error.kind == ErrorKind::unavailable);
  CHECK(error.hint == "use sudo");
  error = error_after([](Stage& s) {
    s.runner.script.ends_at = 30ms;
    s.runner.script.status = 126;
  });
  CHECK(error.message.find("status 126") != std::string::npos);
  error = error_after([](Stage& s) {
    s.runner.script.ends_at = 1s;
    s.runner.script.status = 124;
  });
  CHECK(error.message.find("duration was over before") != std::string::npos);
  error =
      error_after([](Stage& s) { s.runner.start_error = make_error(ErrorKind::unavailable, "not found"); });
  CHECK(error.kind == ErrorKind::unavailable);
  // Silent for ten seconds: interrupted.
  error = error_after([](Stage& s) { s.runner.script.on_interrupt = {}; });
  CHECK(error.message.find("did not begin to capture within 10s") != std::string::npos);
  // Stopped by a person before it began.
  error = error_after([](Stage& s) {
    s.runner.script.on_interrupt = {};
    s.request.stop_requested = [] { return true; };
  });
  CHECK(error.kind == ErrorKind::interrupted);
}

TEST_CASE("session: a deaf tool is told to end, never killed") {
  SUBCASE("it heeds the second word") {
    Stage stage;
    stage.at(1s, [&] { stage.packet(53); });
    stage.runner.script.heeds_interrupt_after = -1ms;
    stage.request.stop_requested = [&] { return stage.clock.since_start() > 2s; };
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(stage.runner.script.interrupts == 1);
    CHECK(stage.runner.script.terminates == 1);
    CHECK(stage.clock.since_start() > 12s);
    CHECK(outcome->partial());  // it ended with 143
    CHECK(outcome->conversion.records_out == 1);
  }
  SUBCASE("it heeds nothing") {
    Stage stage;
    stage.at(1s, [&] { stage.packet(53); });
    stage.runner.script.heeds_interrupt_after = -1ms;
    stage.runner.script.heeds_terminate_after = -1ms;
    stage.request.stop_requested = [&] { return stage.clock.since_start() > 2s; };
    const auto outcome = stage.run();
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().message.find("4711") != std::string::npos);
    CHECK(outcome.error().hint.find(stage.request.plan.native_file) != std::string::npos);
    CHECK(fs::exists(stage.request.plan.native_file));
  }
  SUBCASE("and while it has not even begun, its folder stays too") {
    Stage stage;
    stage.runner.script.acts.clear();
    stage.runner.script.heeds_interrupt_after = -1ms;
    stage.runner.script.heeds_terminate_after = -1ms;
    CHECK_FALSE(stage.run().has_value());
    CHECK(stage.folder_exists());
  }
  SUBCASE("its own timer fails") {
    Stage stage;
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->ended_by == "duration");
    CHECK(stage.runner.script.interrupts == 1);
    CHECK(outcome->duration > 20s);
  }
}

TEST_CASE("session: a clock that is set does not end a capture") {
  Stage stage;
  stage.at(1s, [&] { stage.clock.jump(1h); });
  // The script's times are on the fake clock, which jumped as well.
  stage.runner.script.ends_at = 1h + 5s;
  stage.runner.script.status = 124;
  const auto outcome = stage.run();
  REQUIRE(outcome.has_value());
  CHECK(stage.runner.script.interrupts == 0);
  CHECK(outcome->duration < 12s);
}

TEST_CASE("session: the native file stays where its copy is not the whole of it") {
  SUBCASE("asked for") {
    Stage stage;
    stage.request.keep_native = true;
    stage.at(1s, [&] { stage.packet(53); });
    stage.ends_at(2s, 124);
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->native_file == stage.request.plan.native_file);
    CHECK(fs::exists(outcome->native_file));
  }
  SUBCASE("damaged") {
    Stage stage;
    stage.at(1s, [&] { stage.packet(53); });
    stage.at(1500ms, [&] { stage.native("cut"); });
    stage.ends_at(2s, 124);
    const auto outcome = stage.run();
    REQUIRE(outcome.has_value());
    CHECK(outcome->conversion.records_out == 1);
    CHECK(outcome->partial());
    CHECK(fs::exists(outcome->native_file));
  }
  SUBCASE("not convertible") {
    Stage stage;
    stage.runner.script.acts.clear();
    stage.at(0ms, [&] {
      stage.native("this is no capture file, whatever its name says");
      stage.say("ready");
    });
    stage.ends_at(2s, 124);
    const auto outcome = stage.run();
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().hint.find(stage.request.plan.native_file) != std::string::npos);
    CHECK(fs::exists(stage.request.plan.native_file));
    CHECK_FALSE(fs::exists(stage.request.output));
  }
  SUBCASE("the output cannot be written") {
    Stage stage;
    stage.request.output = stage.root + "/absent/out.pcapng";
    stage.at(1s, [&] { stage.packet(53); });
    stage.ends_at(2s, 124);
    const auto outcome = stage.run();
    REQUIRE_FALSE(outcome.has_value());
    CHECK(fs::exists(stage.request.plan.native_file));
  }
}

TEST_CASE("session: a tool that listened but left no file says why, and nothing is left") {
  Stage stage;
  stage.runner.script.acts.clear();
  stage.at(50ms, [&] { stage.say("ready"); });
  stage.ends_at(1s, 1, [&] { stage.say("boom"); });
  const auto outcome = stage.run();
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().message.find("boom") != std::string::npos);
  CHECK_FALSE(fs::exists(stage.request.plan.folder));
}

TEST_CASE("session: a file that cannot be converted is kept, with the tool's last words") {
  Stage stage;
  stage.runner.script.acts.clear();
  stage.at(50ms, [&] {
    stage.native("no capture file");
    stage.say("ready");
  });
  stage.ends_at(1s, 1, [&] { stage.say("boom"); });
  const auto outcome = stage.run();
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().hint.find("boom") != std::string::npos);
  CHECK(outcome.error().hint.find(stage.request.plan.native_file) != std::string::npos);
  CHECK(fs::exists(stage.request.plan.native_file));
}

TEST_CASE("session: a count above what the file holds means lost packets") {
  Stage stage;
  stage.at(1s, [&] { stage.written = 12; });  // counted, but the disk took none
  stage.ends_at(2s, 124);
  const auto outcome = stage.run();
  REQUIRE(outcome.has_value());
  CHECK(outcome->partial());
  CHECK(mentions(outcome->incomplete, "counted 12 packets, its file holds 0"));
  CHECK(outcome->suspicious);
  CHECK(mentions(outcome->reasons, "disk"));
}

TEST_CASE("session: no packets are suspicious, with a likely reason") {
  Stage stage;
  LoweredFilter& filter = stage.request.plan.filter;
  filter.wanted = filter::parse("udp port 53").value();
  stage.request.facts.interfaces = {{"eth0", false, false, false, "EN10MB", "", {}, false},
                                    {"eth1", true, false, true, "EN10MB", "", {}, false}};
  stage.ends_at(2s, 124);
  auto outcome = stage.run();
  REQUIRE(outcome.has_value());
  CHECK(outcome->suspicious);
  CHECK_FALSE(outcome->partial());
  CHECK(mentions(outcome->reasons, "eth0 was down"));
  CHECK(mentions(outcome->reasons, "eth1"));
  CHECK(mentions(outcome->reasons, "filter"));

  Stage other;
  other.request.plan.filter.wanted = filter.wanted;
  other.request.plan.filter.residual = filter.wanted;
  other.at(1s, [&] { other.packet(80); });
  other.ends_at(2s, 124);
  outcome = other.run();
  REQUIRE(outcome.has_value());
  CHECK(outcome->suspicious);
  CHECK(outcome->reasons.size() == 1);
  CHECK(mentions(outcome->reasons, "1 packet passed what the native tool could filter"));
}

TEST_CASE("session: the folder must be new, and files of the plan lie in it before the start") {
  Stage stage;
  fs::create_directory(stage.request.plan.folder);
  append(stage.request.plan.folder + "/foreign", "x");
  const auto taken = stage.run();
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().message.find("File exists") != std::string::npos);
  CHECK(stage.runner.started.empty());
  CHECK(fs::exists(stage.request.plan.folder + "/foreign"));

  Stage other;
  const std::string path = other.request.plan.folder + "/filter.cap";
  other.request.plan.files = {{path, "udp port 53\n", "the filter"}};
  std::string content;
  unsigned mode = 0;
  other.at(60ms, [&] {
    std::ifstream file(path);
    std::getline(file, content);
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) mode = status.st_mode & 0777;
  });
  other.ends_at(2s, 124);
  REQUIRE(other.run().has_value());
  CHECK(content == "udp port 53");
  CHECK(mode == 0600);
}

TEST_CASE("session: a plan that only shows is not run") {
  Stage stage;
  stage.request.plan.can_run = false;
  stage.request.plan.cannot_run = "only planned here";
  const auto outcome = stage.run();
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().kind == ErrorKind::unavailable);
  CHECK(stage.runner.ran.empty());
}
