#include "backends/nettl/emulator_reader.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <numeric>
#include <thread>

#include "backends/nettl/emulator_state.h"
#include "core/lab/packet_source.h"
#include "core/lab/process.h"

namespace anchoko::nettl::emulated {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds look_every{20};

std::uint32_t amount(const std::string& text, std::uint32_t otherwise) {
  std::from_chars(text.data(), text.data() + text.size(), otherwise);
  return otherwise;
}

class Reader {
 public:
  Reader(const lab::EmulatedHost& host, std::uint32_t trace) : host_(host), signals_({SIGTERM, SIGINT}) {
    report_.trace = trace;
  }
  int run();

 private:
  using Next = lab::PacketSource::Next;
  Result<void> start();
  void look_at_state();
  void take_over(const Facility& facility);
  void note(const lab::Frame& frame);
  void add(const Record& record);
  void tell();
  void flush_when_due();
  void drain();
  void finish();
  bool dies_now() const { return dies_after_ && Clock::now() >= begun_ + *dies_after_; }

  const lab::EmulatedHost& host_;
  lab::SignalWatch signals_;
  ReaderReport report_;
  Tracing tracing_;
  std::unique_ptr<lab::PacketSource> source_;
  std::unique_ptr<TraceRing> ring_;
  Clock::time_point begun_ = Clock::now(), looked_ = begun_, flushed_ = begun_;
  seconds timer_{5};
  std::int64_t ended_at_ = 0;
  bool ended_ = false;
  std::optional<milliseconds> dies_after_;
  std::uint32_t drop_each_ = 0, drop_count_ = 0;
  std::uint64_t lost_ = 0;
};

Result<void> Reader::start() {
  auto edition = edition_of(host_);
  if (!edition) return fail(std::move(edition.error()));
  auto facility = load_facility(host_);
  if (!facility) return fail(std::move(facility.error()));
  tracing_ = tracing_of(host_, *edition);
  take_over(*facility);
  std::vector<std::size_t> all(host_.interfaces().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  auto source = lab::open_packets(host_, all);
  if (!source) return fail(std::move(source.error()));
  source_ = std::move(*source);
  ring_ = std::make_unique<TraceRing>(ring_of(host_, *edition, *facility));
  auto opened = ring_->open();
  if (!opened) return opened;
  if (const auto after = host_.fault("nettl-daemon-dies")) dies_after_ = milliseconds(amount(*after, 200));
  if (const auto each = host_.fault("nettl-drop")) drop_each_ = amount(*each, 2);
  for (const auto& record : state_records(tracing_, facility->started_at)) add(record);
  return {};
}

void Reader::take_over(const Facility& facility) {
  tracing_.traced = facility.traced;
  tracing_.filters.clear();
  const FilterMachine machine{tracing_.subsystems, tracing_.edition, tracing_.filter_reading, host_};
  for (const auto& one : facility.filters) {
    if (!one.on) continue;
    auto filter = parse_filter_line(machine, "subsystem " + one.subsystem + " " + one.text);
    if (filter) tracing_.filters.push_back(std::move(*filter));
  }
  if (tracing_.edition.has_timer()) {
    timer_ = seconds(facility.timer);
  } else {
    timer_ = seconds(number_of(host_, "nettl-flush-without-timer", 0));  // 0: full buffers alone
  }
}

void Reader::look_at_state() {
  const auto now = Clock::now();
  if (now < looked_ + look_every) return;
  looked_ = now;
  auto facility = load_facility(host_);
  if (!facility) return;
  if (facility->is_tracing() && facility->trace == report_.trace) return take_over(*facility);
  ended_ = true;
  ended_at_ = facility->ended_at;
}

void Reader::add(const Record& record) {
  if (drop_each_ != 0 && ++drop_count_ % drop_each_ == 0) {
    ++lost_;
    return;
  }
  ring_->add(encode(record, tracing_.edition));
}

void Reader::note(const lab::Frame& frame) {
  for (const auto& record : records_of(frame, tracing_)) add(record);
}

void Reader::tell() {
  ReaderReport now = report_;
  now.dropped = ring_->dropped() + lost_;
  now.waiting = ring_->waiting();
  now.written = ring_->written();
  const bool same =
      now.dropped == report_.dropped && now.waiting == report_.waiting && now.written == report_.written;
  if (same) return;
  report_ = now;
  // A later trace has a report of its own.
  auto facility = load_facility(host_);
  if (facility && facility->trace == report_.trace) [[maybe_unused]]
    const auto saved = save_report(host_, report_);
}

void Reader::flush_when_due() {
  if (timer_.count() == 0 || Clock::now() < flushed_ + timer_) return;
  flushed_ = Clock::now();
  ring_->flush();
}

// What came before the end still counts; a capture file is read to its end.
void Reader::drain() {
  lab::Frame frame;
  while (true) {
    auto next = source_->next(frame, milliseconds(0));
    if (!next || *next != Next::frame) return;
    if (host_.packets() == "live" && ended_at_ != 0 && frame.time > ended_at_) return;
    note(frame);
  }
}

void Reader::finish() {
  drain();
  // What is in memory is written when the timer says so, also after -traceoff (reference section 5).
  if (timer_.count() != 0 && reads(host_, "nettl-traceoff-flush", "timer") && !signals_.pending())
    std::this_thread::sleep_until(flushed_ + timer_);
  if (const auto slow = host_.fault("nettl-slow-stop"))
    std::this_thread::sleep_for(milliseconds(amount(*slow, 8000)));
  if (host_.fault("nettl-unclean-end")) {
    ring_->flush_cut();
  } else {
    ring_->flush();
  }
  tell();
}

int Reader::run() {
  if (auto started = start(); !started) {
    report_.failure = started.error().message;
    [[maybe_unused]] const auto saved = save_report(host_, report_);
    return 1;
  }
  report_.ready = true;
  if (auto saved = save_report(host_, report_); !saved) return 1;
  lab::Frame frame;
  while (!ended_ && !signals_.pending()) {
    auto next = source_->next(frame, look_every);
    if (!next) break;
    if (*next == Next::frame) note(frame);
    if (dies_now()) return 1;
    flush_when_due();
    const auto before = looked_;
    look_at_state();
    if (looked_ != before) tell();
  }
  finish();
  return 0;
}

}  // namespace

int run_reader(const lab::EmulatedHost& host, std::uint32_t trace) {
  return Reader(host, trace).run();
}

}  // namespace anchoko::nettl::emulated
