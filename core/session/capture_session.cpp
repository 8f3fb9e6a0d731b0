#include "core/session/capture_session.h"

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/session/provenance.h"

namespace anchoko::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Between two looks, each of which costs the target some processes: longer every time.
constexpr milliseconds first_step{50};
constexpr milliseconds longest_step{500};
constexpr milliseconds look_step{250};
constexpr seconds start_limit{15};  // from the start to the words that it captures
constexpr seconds end_limit{45};    // what the keeper takes at most, and some more
constexpr seconds record_limit{3};
constexpr seconds last_word_limit{15};

// Looks again and again, longer apart each time, up to a limit.
class Pace {
 public:
  Pace(const Clock& clock, milliseconds limit) : clock_(clock), limit_(limit) {}
  bool goes_on() const { return waited_ < limit_; }
  milliseconds waited() const { return waited_; }
  void wait() {
    clock_.sleep(step_);
    waited_ += step_;
    step_ = std::min(step_ * 3 / 2, longest_step);
  }

 private:
  const Clock& clock_;
  milliseconds limit_;
  milliseconds step_ = first_step;
  milliseconds waited_{0};
};

std::string quoted_status(const std::optional<int>& status) {
  return status ? "ended with status " + std::to_string(*status) : "ended, with a status that nobody saw";
}

void add_hint(Error& error, const std::string& text) {
  if (error.hint.find(text) == std::string::npos) error.hint += (error.hint.empty() ? "" : "; ") + text;
}

void add(convert::LossReport& sum, const convert::LossReport& more) {
  constexpr std::size_t most_notes = 100;
  sum.damage_count += more.damage_count;
  sum.lost_bytes += more.lost_bytes;
  for (const auto& note : more.damage) {
    if (sum.damage.size() < most_notes) sum.damage.push_back(note);
  }
}

// Who still minds a tool whose keeper is gone.
std::string unminded(const KeeperReport& report) {
  if (!report.tool_alive || report.keeper_alive) return {};
  return report.watchdog_alive ? "its keeper is gone; the watchdog ends it in time"
                               : "its keeper and its watchdog are gone: 'anchoko stop' ends it, nobody else";
}

std::string located(const SessionRecord& record, const std::string& path) {
  return record.remote() ? record.target.destination + ":" + path : path;
}

}  // namespace

LiveState lost_state(const SessionRecord& record, const Error& error) {
  LiveState lost;
  lost.state = State::lost;
  lost.detail = error.message;
  if (record.state <= State::stopping && record.plan.asked.duration.count() > 0)
    lost.detail += "; it ends by itself within its limits";
  return lost;
}

std::int64_t CaptureSession::now_ns() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.now().time_since_epoch()).count();
}

// What another process wrote meanwhile stays, and a session that it forgot stays forgotten.
Result<void> CaptureSession::note(const std::function<void(SessionRecord&)>& change) {
  if (change) change(record_);
  const auto written = journal_.update(record_.plan.session_id, [&](SessionRecord& stored) {
    stored.state = record_.state;
    stored.problem = record_.problem;
    if (record_.started_ns != 0) stored.started_ns = record_.started_ns;
    if (change) change(stored);
  });
  if (!written) return fail(written.error());
  return {};
}

// Of a journal that cannot be written the next step will tell.
void CaptureSession::note_connections() {
  const auto add_new = [&](SessionRecord& record) {
    for (const auto& one : runner_.connections()) {
      auto& known = record.connections;
      if (std::find(known.begin(), known.end(), one) == known.end()) known.push_back(one);
    }
  };
  const std::size_t before = record_.connections.size();
  add_new(record_);
  if (record_.connections.size() != before) (void)journal_.update(record_.plan.session_id, add_new);
}

Result<void> CaptureSession::enter(State state, std::string problem) {
  record_.state = state;
  record_.problem = std::move(problem);
  return note();
}

// Nothing was captured: what we made goes again. Its failure matters less than the error that led here.
Error CaptureSession::abandoned(Error error) {
  if (auto cleaned = keeper_.clean(); !cleaned) {
    add_hint(error, record_.plan.folder + " is left: " + cleaned.error().message + " ('anchoko clean " +
                        record_.plan.session_id + "')");
    (void)enter(State::failed, error.message);
    return error;
  }
  (void)journal_.remove(record_.plan.session_id);
  return error;
}

Error CaptureSession::start_error(const KeeperReport& report) const {
  const auto said = backend_.read_messages(report.messages);
  const std::string what = said.complaints.empty() ? quoted_status(report.exit_status) + " without a message"
                                                   : said.complaints.front();
  return make_error(said.failure.value_or(ErrorKind::failed),
                    record_.plan.backend + " did not start capturing: " + what, said.hint);
}

Result<void> CaptureSession::start(const std::function<bool()>& cancelled) {
  record_.planned_ns = now_ns();
  record_.state = State::planned;
  record_.connections = runner_.connections();
  if (auto done = journal_.write(record_); !done) return done;
  if (auto done = enter(State::starting); !done) return fail(abandoned(done.error()));
  if (auto started = keeper_.start(); !started) return fail(abandoned(started.error()));
  for (Pace pace(clock_, start_limit); pace.goes_on(); pace.wait()) {
    const auto report = keeper_.status();
    if (!report) return fail(abandoned(report.error()));
    note_connections();
    const bool ended = report->phase == "ended" || report->folder == KeeperReport::Folder::gone;
    const bool ready = backend_.read_messages(report->messages).started;
    if (ready && (report->tool_alive || report->exit_status == 0)) {
      record_.started_ns = now_ns();
      return enter(State::capturing);
    }
    if (ended) return fail(abandoned(start_error(*report)));
    if (cancelled && cancelled()) {
      return fail(abandoned(make_error(ErrorKind::interrupted,
                                       "stopped before " + record_.plan.backend + " captured anything")));
    }
  }
  return fail(
      abandoned(make_error(ErrorKind::failed, record_.plan.backend + " did not begin to capture within " +
                                                  human_duration(start_limit))));
}

Result<LiveState> CaptureSession::look(bool live) {
  LiveState now;
  now.state = record_.state;
  now.detail = record_.problem;
  auto report = keeper_.status(live && record_.state == State::capturing);
  if (!report) return fail(report.error());
  // Its last words may have come between the look at them and the look at the processes.
  if (report->folder == KeeperReport::Folder::present && report->phase != "ended" && !report->tool_alive &&
      !report->keeper_alive) {
    report = keeper_.status();
    if (!report) return fail(report.error());
  }
  note_connections();
  now.report = std::move(*report);
  const auto said = backend_.read_messages(now.report.messages);
  now.stats = said.stats;
  const std::int64_t begun = record_.begun_ns();
  const bool runs = now.report.tool_alive || now.report.keeper_alive;
  std::optional<std::int64_t> until;
  if (now.report.phase == "ended") {
    until = now.report.at_ns;
  } else if (runs) {
    until = now_ns();
  }
  if (until) now.elapsed = milliseconds(std::max<std::int64_t>(*until - begun, 0) / 1'000'000);
  if (record_.state == State::converted) return now;
  using Folder = KeeperReport::Folder;
  if (now.report.folder != Folder::present) {
    const bool early = record_.state == State::planned || record_.state == State::starting;
    now.state = State::failed;
    now.detail = now.report.folder == Folder::foreign      ? record_.plan.folder + " is somebody else's"
                 : early                                   ? "it was never started"
                 : now.report.folder == Folder::unfinished ? "its keeper is gone"
                                                           : record_.plan.folder + " is gone";
  } else if (now.report.phase == "ended") {
    now.state = said.started ? State::stopped : State::failed;
    now.detail = said.started ? ended_by(record_.plan, now.report) : start_error(now.report).message;
  } else if (!now.report.tool_alive && !now.report.keeper_alive) {
    now.state = said.started ? State::stopped : State::failed;
    now.detail = "its tool and its keeper were ended from outside";
  } else if (now.report.phase == "stopping") {
    now.state = State::stopping;
    now.detail = now.report.reason;
    if (const std::string text = unminded(now.report); !text.empty()) now.detail += "; " + text;
  } else if (said.started && !now.report.tool_alive) {
    now.state = State::stopping;
    now.detail = "its tool has ended";
  } else {
    now.state = said.started ? State::capturing : State::starting;
    const milliseconds asked = record_.plan.asked.duration;
    now.left = std::max(asked - *now.elapsed, milliseconds(0));
    now.detail = unminded(now.report);
    now.overdue =
        now.report.tool_alive && !now.report.anyone_minds() && asked.count() > 0 && *now.elapsed >= asked;
  }
  return now;
}

Result<KeeperReport> CaptureSession::wait_for_end() {
  for (Pace pace(clock_, end_limit); pace.goes_on(); pace.wait()) {
    auto report = keeper_.status();
    if (!report) return report;
    const bool alive = report->tool_alive || report->keeper_alive;
    if (report->folder != KeeperReport::Folder::present || !alive) return report;
    // The keeper went away with our request. Whoever asks ends the tool then.
    if (!report->keeper_alive) {
      if (auto asked = keeper_.stop(); !asked) return fail(asked.error());
    }
  }
  return fail(ErrorKind::failed, record_.plan.backend + " does not end when it is asked to",
              "its file is " + record_.plan.native_file);
}

// The keeper notices the tool's end at its next look, and a full disk makes it try again; the watchdog that
// ended the tool in the keeper's place takes a moment to say so.
Result<LiveState> CaptureSession::look_at_end() {
  Pace pace(clock_, last_word_limit);
  auto now = look();
  for (; now && pace.goes_on(); now = look()) {
    const KeeperReport& report = now->report;
    if (report.tool_alive || report.phase == "ended") break;
    const milliseconds since_planned((now_ns() - record_.planned_ns) / 1'000'000);
    const bool ending = report.phase == "stopping" || since_planned >= record_.plan.asked.duration;
    const bool watched = report.watchdog_alive && ending && pace.waited() < record_limit;
    if (!report.keeper_alive && !watched) break;
    pace.wait();
  }
  return now;
}

Result<void> CaptureSession::stop() {
  const auto now = look();
  if (!now) return fail(now.error());
  const bool over =
      now->state == State::stopped || now->state == State::converted || now->state == State::failed;
  if (over && !now->report.tool_alive) return {};
  // A journal that cannot be written is no reason to capture on.
  const auto noted = enter(State::stopping);
  if (auto asked = keeper_.stop(); !asked) return asked;
  if (const auto ended = wait_for_end(); !ended) return fail(ended.error());
  return noted ? enter(State::stopped) : noted;
}

// Why the file is as it is, only the tool may have said.
Error CaptureSession::kept_error(Error error, const CaptureEnd& end) const {
  const CapturePlan& plan = record_.plan;
  if (!end.messages.complaints.empty())
    add_hint(error, plan.backend + " said: " + end.messages.complaints.back());
  add_hint(error, "the native file is kept: " + located(record_, plan.native_file));
  add_hint(error, "'anchoko collect " + plan.session_id + "' tries again");
  return error;
}

Result<CaptureOutcome> CaptureSession::collect(const CollectOptions& options) {
  const CapturePlan& plan = record_.plan;
  const auto now = look_at_end();
  if (!now) return fail(now.error());
  if (now->report.tool_alive)
    return fail(ErrorKind::refused, "session " + plan.session_id + " still captures",
                "'anchoko stop " + plan.session_id + "' ends it");
  if (now->report.keeper_alive && now->report.phase != "ended")
    return fail(ErrorKind::refused,
                "the keeper of session " + plan.session_id + " has not yet said how it ended",
                "'anchoko collect " + plan.session_id + "' tries again");
  if (now->report.files.empty() && record_.state == State::converted) {
    return fail(ErrorKind::failed, "session " + plan.session_id + " was collected already: " + record_.output,
                "'anchoko clean " + plan.session_id + "' forgets the session");
  }
  if (now->report.files.empty()) {
    return fail(ErrorKind::failed,
                "there is nothing to collect: " + (now->detail.empty() ? "no native file" : now->detail),
                "'anchoko clean " + plan.session_id + "' forgets the session");
  }
  // A failed attempt must change neither where the session's output goes nor what it may replace.
  SessionRecord attempt = record_;
  if (options.output) attempt.output = *options.output;
  attempt.overwrite = options.overwrite || (record_.overwrite && !options.output);
  attempt.keep_native = record_.keep_native || options.keep_native;
  if (attempt.output == "-")
    return fail(ErrorKind::usage, "session " + plan.session_id + " was to go to standard output",
                "name a file: anchoko collect " + plan.session_id + " -o FILE");
  if (record_.state != State::converted) {
    if (auto done = enter(State::stopped); !done) return fail(done.error());
  }
  const CaptureEnd end = end_of(backend_, record_, now->report, now_ns());
  NativeCopies copies(journal_.folder() / plan.session_id / "native");
  auto files = native_files(now->report, copies, options);
  if (!files) return fail(kept_error(files.error(), end));
  convert::Request conversion = conversion_of(attempt, end);
  conversion.inputs = std::move(files->paths);
  conversion.progress = options.progress;
  conversion.interrupted = options.interrupted;
  // Cut off between that file and the journal: it is made again, and replaces itself.
  conversion.overwrite = conversion.overwrite || is_result_of(attempt);
  auto converted = convert::run(conversion);
  if (!converted) {
    Error error = converted.error();
    // 4 says that nothing was captured.
    if (error.kind == ErrorKind::unavailable) error.kind = ErrorKind::failed;
    return fail(kept_error(std::move(error), end));
  }

  add(converted->loss, files->loss);
  CaptureOutcome outcome = judge(record_, end, std::move(*converted));
  outcome.native_file = located(record_, plan.native_file);
  record_.state = State::converted;
  const auto collected = [&](SessionRecord& record) {
    record.output = attempt.output;
    record.overwrite = record.overwrite && !options.output;
    record.keep_native = attempt.keep_native;
  };
  if (auto done = note(collected); !done) return fail(done.error());
  // Deleted only when its copy is verified and holds all of it.
  const bool whole = outcome.conversion.verified && outcome.conversion.loss.damage_count == 0;
  if (attempt.keep_native || !whole) return outcome;
  if (auto cleaned = clean(); !cleaned) {
    outcome.complaints.push_back(plan.folder + " is left: " + cleaned.error().message);
  } else {
    outcome.native_file.clear();
  }
  return outcome;
}

Result<CaptureOutcome> CaptureSession::stream(const StreamOptions& options) {
  std::optional<Error> problem;
  bool stopping = false;
  bool overdue = false;
  auto next_look = clock_.now();
  CaptureEnd end;  // known when it has grown for the last time
  const auto growing = [&] {
    const bool asked = options.stop_requested && options.stop_requested();
    if ((asked || overdue) && !stopping) {
      stopping = true;
      if (auto stopped = keeper_.stop(); !stopped) problem = stopped.error();
    }
    if (clock_.now() < next_look) return true;
    next_look = clock_.now() + look_step;
    const auto now = look();
    if (!now) {
      problem = now.error();
      return false;
    }
    overdue = now->overdue;
    if (options.progress) options.progress(*now);
    const bool more = now->report.tool_alive || now->report.keeper_alive;
    if (!more) end = end_of(backend_, record_, now->report, now_ns());
    return more;
  };
  convert::Request conversion = conversion_of(record_, end);
  conversion.inputs = {record_.plan.native_file};
  conversion.verify = false;
  conversion.growing = growing;
  auto converted = convert::run(conversion);
  if (!converted) return fail(converted.error());
  if (problem) return fail(*problem);
  return judge(record_, end, std::move(*converted));
}

Result<void> CaptureSession::clean() {
  if (auto cleaned = keeper_.clean(); !cleaned) return cleaned;
  return journal_.remove(record_.plan.session_id);
}

Result<void> clean_unknown(CommandRunner& runner, const SessionJournal& journal, const std::string& id) {
  CapturePlan plan;
  plan.session_id = id;
  plan.keeper.shell = HostFacts{}.shell;
  plan.folder = HostFacts{}.spool + "/anchoko." + id;
  // The keeper knows the names. Where there is none, other files than these keep the folder from being
  // deleted.
  plan.native_file = plan.folder + "/capture.pcap";
  plan.messages_file = plan.folder + "/messages.cap";
  if (auto cleaned = KeeperClient(runner, plan).clean(); !cleaned) return cleaned;
  return journal.remove(id);
}

Result<RingFiles> CaptureSession::native_files(const KeeperReport& report, NativeCopies& copies,
                                               const CollectOptions& options) {
  const std::string& native = record_.plan.native_file;
  const std::string start = native.substr(native.rfind('/') + 1);
  std::vector<KeeperReport::File> files;
  for (const auto& file : report.files) {
    // Told by whoever owns the folder; another name is nothing of ours.
    if (file.name.starts_with(start) && file.name.find('/') == std::string::npos) files.push_back(file);
  }
  std::vector<std::string> paths;
  if (record_.remote()) {
    auto brought = copies.bring(keeper_, files, {options.fetching, options.interrupted});
    note_connections();
    if (!brought) return fail(brought.error());
    paths = std::move(*brought);
  } else {
    for (const auto& file : files) paths.push_back(record_.plan.folder + "/" + file.name);
  }
  if (paths.size() < 2) return RingFiles{std::move(paths), {}};
  return in_order_of_time(paths);
}

}  // namespace anchoko::session
