// Promise 1 on files, with nothing but the programs in between: the emulated tools run as a plan says and
// write their own files of one wire, without and with each filter. What libpcap selects from the first equals
// what the residual leaves of the second, in bytes and time.
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include <doctest/doctest.h>

#include "backends/registry.h"
#include "core/plan/planner.h"
#include "tests/differential/compare.h"
#include "tests/differential/lab_captures.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::differential {
namespace {

constexpr std::size_t hosts = 6;  // captures at a time; each waits far more than it works

struct Tool {
  std::string backend;
  std::string release;    // as the facts say it
  std::string interface;  // the first one of the host
  std::string conf;       // of the emulated host
  std::vector<std::string> assume = {};
  std::function<bool(const testing::Octets&)> on_wire;  // whether such a frame can be there at all
};

bool is_tagged(const testing::Octets& frame) {
  const int type = frame[12] << 8 | frame[13];
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

// A host drops an IPv4 header of less than 20 bytes; libpcap looks behind it.
bool is_whole_ip(const testing::Octets& frame) {
  const int type = frame[12] << 8 | frame[13];
  return type == 0x0800   ? frame.size() >= 34 && (frame[14] & 15) >= 5
         : type == 0x86dd ? frame.size() >= 54
                          : true;
}

struct Counted {
  std::size_t filters = 0;   // that the backend plans
  std::size_t pushed = 0;    // of which something is pushed
  std::size_t captures = 0;  // different words
  std::size_t wanted = 0;    // records
  std::size_t through = 0;
};

class FileJudge {
 public:
  explicit FileJudge(const Tool& tool)
      : tool_(tool), registry_(make_backend_registry()), backend_(*registry_.find(tool.backend)) {
    std::vector<testing::Octets> frames;
    for (const auto& frame : testing::every_frame()) {
      if (frame.link_type == LinkType::ethernet && frame.data.size() >= 14 && tool.on_wire(frame.data))
        frames.push_back(frame.data);
    }
    wire_ = write_wire(folder_.path() / "wire.pcap", frames);
    facts_ = backend_.assumed_facts();
    facts_.os_release = tool.release;
    facts_.hostname = "host";
    facts_.spool = folder_.path().string();
    HostInterface interface;
    interface.name = tool.interface;
    interface.up = interface.is_default = true;
    interface.link_type = "EN10MB";
    facts_.interfaces = {interface};
    for (std::size_t i = 0; i < hosts; ++i) {
      hosts_.push_back(
          std::make_unique<LabHost>(folder_.path() / ("host" + std::to_string(i)), tool.conf, wire_));
    }
    plan_for("");
    capture_all();
    const auto unfiltered = read_records(native_files_.at(""), wire_.end);
    REQUIRE_MESSAGE(unfiltered, (unfiltered ? "" : unfiltered.error().message));
    unfiltered_ = *unfiltered;
    REQUIRE(unfiltered_.size() == frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) REQUIRE(unfiltered_[i].bytes == frames[i]);
  }

  Counted judge(const std::vector<std::string>& texts) {
    std::vector<std::pair<std::string, CapturePlan>> planned;
    for (const auto& text : texts) {
      if (auto plan = plan_for(text)) planned.emplace_back(text, std::move(*plan));
    }
    capture_all();
    for (const auto& [text, plan] : planned) compare(text, plan);
    counted_.captures = native_files_.size();
    return counted_;
  }

 private:
  // Nothing: not a filter, or one that the backend refuses. Filters of the same words share a capture.
  std::optional<CapturePlan> plan_for(const std::string& text) {
    const auto parsed = filter::parse(text);
    if (!parsed) return std::nullopt;
    SessionSpec spec;
    spec.filter = *parsed;
    spec.assume = tool_.assume;
    spec.promiscuous = true;
    const auto id = plan::new_session_id(1, static_cast<std::uint32_t>(native_files_.size()));
    auto plan = plan::make_plan(backend_, spec, facts_, id);
    if (!plan) return std::nullopt;
    std::string words;
    for (const auto& word : plan->filter.native_words) words += (words.empty() ? "" : " ") + word;
    if (native_files_.emplace(words, plan->native_file).second)
      waiting_.push_back(*plan);
    else
      plan->native_file = native_files_.at(words);
    return std::move(*plan);
  }

  void capture_all() {
    while (true) {
      bool any = false;
      for (auto& host : hosts_) {
        if (host->busy()) {
          const auto finished = host->finished();
          REQUIRE_MESSAGE(finished, (finished ? "" : finished.error().message));
        }
        if (!host->busy() && !waiting_.empty()) {
          const auto started = host->start(waiting_.back());
          REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
          waiting_.pop_back();
        }
        any |= host->busy();
      }
      if (!any) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  void compare(const std::string& text, const CapturePlan& plan) {
    CAPTURE(text);
    CAPTURE(plan.filter.native_words);
    const Link ethernet;
    const auto compiled = compile_both(text, ethernet);
    auto residual =
        filter::RecordFilter::compile(plan.filter.residual, LinkType::ethernet, plan.filter.reading);
    if (!compiled.accepted_by_both() || !residual) return;
    const auto through = read_records(plan.native_file, wire_.end);
    REQUIRE_MESSAGE(through, (through ? "" : through.error().message));
    ++counted_.filters;
    counted_.pushed += plan.filter.native_words.empty() ? 0U : 1U;
    std::vector<LabRecord> wanted;
    for (const auto& record : unfiltered_) {
      const auto& program = record.direction == PacketDirection::inbound && compiled.theirs_inbound
                                ? compiled.theirs_inbound
                            : record.direction == PacketDirection::outbound && compiled.theirs_outbound
                                ? compiled.theirs_outbound
                                : compiled.theirs;
      if (plan.filter.reading == filter::Reading::capture
              ? program->matches_without_tag(record.bytes, record.original)
              : program->matches(record.bytes, record.original))
        wanted.push_back(record);
    }
    std::vector<LabRecord> kept;
    for (const auto& record : *through) {
      PacketRecord one;
      one.data = std::as_bytes(std::span(record.bytes));
      one.original_length = record.original;
      one.direction = record.direction;
      if (residual->matches(one)) kept.push_back(record);
    }
    counted_.wanted += wanted.size();
    counted_.through += through->size();
    CHECK(kept.size() == wanted.size());
    CHECK((kept == wanted));
  }

  const Tool& tool_;
  testing::TemporaryFolder folder_;
  BackendRegistry registry_;
  const Backend& backend_;
  HostFacts facts_;
  Wire wire_;
  std::vector<std::unique_ptr<LabHost>> hosts_;
  std::map<std::string, std::string> native_files_;  // by the filter's words
  std::vector<CapturePlan> waiting_;
  std::vector<LabRecord> unfiltered_;
  Counted counted_;
};

Counted judged(const Tool& tool) {
  CAPTURE(tool.backend);
  CAPTURE(tool.release);
  FileJudge judge(tool);
  const auto counted = judge.judge(written_filters());
  std::printf("%s %s: %zu filters, %zu pushed, %zu captures, %zu records through them, %zu of those wanted\n",
              tool.backend.c_str(), tool.release.c_str(), counted.filters, counted.pushed, counted.captures,
              counted.through, counted.wanted);
  CHECK(counted.wanted > 10'000);
  return counted;
}

}  // namespace

TEST_CASE("emulated files: snoop of Solaris 10 and 11 writes what every written filter wants") {
  for (const char* release : {"5.11", "5.10"}) {
    const auto counted = judged({"snoop",
                                 release,
                                 "net0",
                                 std::string("os solaris\nrelease ") + release +
                                     "\ninterface net0 none0 02:00:00:00:00:0a 192.0.2.10\n",
                                 {},
                                 [](const testing::Octets&) { return true; }});
    CHECK(counted.filters > 900);
    CHECK(counted.pushed > 700);
    CHECK(counted.captures > 400);
  }
}

TEST_CASE("emulated files: iptrace writes what every written filter wants") {
  const auto on_wire = [](const testing::Octets& frame) { return !is_tagged(frame) && is_whole_ip(frame); };
  // It sends most of the frames: its records tell the direction.
  Tool tool{"iptrace", "7.2",
            "en0",     "os aix\nrelease 7.2\ninterface en0 none0 00:00:5e:00:53:01 192.0.2.10\n",
            {},        on_wire};
  const auto safe = judged(tool);
  CHECK(safe.filters > 600);
  CHECK(safe.pushed > 200);
  CHECK(safe.captures > 10);
  // Under the readings that are assumed, which are its own where there is no word about them.
  tool.assume = {"iptrace-other-frames-pass", "iptrace-protocol-ipv6", "iptrace-port-ipv6",
                 "iptrace-port-sctp", "iptrace-port-either-end"};
  tool.conf +=
      "fact iptrace-arp-host pass\nfact iptrace-arp-port pass\nfact iptrace-non-ip pass\n"
      "fact iptrace-protocol-ipv6 yes\nfact iptrace-ipv6-extensions first\nfact iptrace-port-ipv6 yes\n"
      "fact iptrace-port-protocols any\nfact iptrace-port-end either\n";
  const auto assumed = judged(tool);
  CHECK(assumed.pushed >= safe.pushed);
  CHECK(assumed.captures > safe.captures);
}

}  // namespace anchoko::differential
