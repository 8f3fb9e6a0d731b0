// One session of a small tool, for tests.
#pragma once

#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <stdlib.h>

#include "core/session/capture_session.h"

namespace anchoko::session {

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
inline std::string pcap_header() {
  return bytes<std::uint32_t>(0xa1b2c3d4) + bytes<std::uint16_t>(2) + bytes<std::uint16_t>(4) +
         bytes<std::uint32_t>(0) + bytes<std::uint32_t>(0) + bytes<std::uint32_t>(262144) +
         bytes<std::uint32_t>(1);
}
// An IPv4 UDP frame to that port.
inline std::string pcap_record(std::uint32_t second, std::uint16_t port) {
  std::string frame(12, '\x02');
  frame += std::string("\x08\x00", 2) + "\x45" + std::string(8, '\0') + "\x11" + std::string(10, '\0');
  frame += std::string("\x30\x39", 2) + static_cast<char>(port >> 8) + static_cast<char>(port & 0xff) +
           std::string(4, '\0');
  const auto size = static_cast<std::uint32_t>(frame.size());
  return bytes(second) + bytes<std::uint32_t>(0) + bytes(size) + bytes(size) + frame;
}

// One session with the real keeper on this machine; the tool is a shell program whose middle the test writes.
struct Stage {
  explicit Stage(std::string does = "") : journal(std::filesystem::path()) {
    std::string name = (std::filesystem::temp_directory_path() / "anchoko-session-XXXXXX").string();
    root = ::mkdtemp(name.data());
    journal = SessionJournal(root + "/state");
    write("header", pcap_header());
    write("dns", pcap_record(1000, 53));
    write("web", pcap_record(1001, 80));
    std::ofstream(root + "/testtool")
        << "#!/bin/sh\ncd '" << root << "'\nfile=$2\n"
        << "trap 'echo captured $count >&2; exit 0' TERM\ncount=0\n"
        << "put() { cat \"$1\" >>\"$file\"; count=$((count + 1)); }\n"
        << "ready() { cat header >\"$file\"; echo ready >&2; }\n"
        << (does.empty() ? "ready; put dns; put web" : does) << "\nwhile :; do sleep 0.05; done\n";
    std::filesystem::permissions(root + "/testtool", std::filesystem::perms::owner_all);
    CapturePlan& plan = record.plan;
    plan.backend = "testtool";
    plan.host = "web1";
    plan.interface = "eth0";
    plan.session_id = "test-" + root.substr(root.size() - 6);
    for (char& c : plan.session_id) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    plan.folder = root + "/anchoko." + plan.session_id;
    plan.native_file = plan.folder + "/capture.pcap";
    plan.messages_file = plan.folder + "/messages.cap";
    plan.asked.duration = std::chrono::seconds(30);
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
    std::filesystem::remove_all(root, ignored);
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
    if (!read) throw std::runtime_error(read.error().message);
    session = std::make_unique<CaptureSession>(backend, *runner, system_clock(), journal, *read);
  }
  LiveState wait_for(State state) {
    for (int i = 0; i < 200; ++i) {
      const auto now = session->look();
      if (!now) throw std::runtime_error(now.error().message);
      if (now->state == state) return *now;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("the state was never reached");
  }
  Result<CaptureOutcome> run_to_end() {
    if (auto started = start(); !started) return fail(started.error());
    for (int i = 0; i < 200; ++i) {
      const auto now = session->look();
      if (!now) return fail(now.error());
      if (!now->report.tool_alive && !now->report.keeper_alive) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return session->collect({});
  }
  bool folder_exists() const { return std::filesystem::exists(record.plan.folder); }

  TestBackend backend;
  std::unique_ptr<CommandRunner> runner = make_local_runner();
  SessionJournal journal;
  SessionRecord record;
  std::unique_ptr<CaptureSession> session;
  std::string root;
};

inline bool mentions(const std::vector<std::string>& texts, const std::string& part) {
  for (const auto& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace anchoko::session
