#include "core/session/keeper_client.h"

#include <charconv>
#include <chrono>
#include <sstream>

#include "core/base/clock.h"
#include "core/base/posix_cksum.h"
#include "core/plan/script.h"

namespace anchoko::session {
namespace {

constexpr std::chrono::seconds time_limit{60};  // ending a tool takes up to half of it
constexpr std::chrono::seconds fetch_patience{60};
constexpr std::chrono::minutes checksum_limit{30};  // it reads a large file from a slow disk
constexpr std::int64_t second_ns = 1'000'000'000;

template <typename T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "2026-01-31T12:00:00Z"
std::optional<std::int64_t> utc_time(const std::string& text) {
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text[19] != 'Z')
    return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) { return number<unsigned>(text.substr(at, size)); };
  const auto year = number<int>(text.substr(0, 4));
  const auto month = part(5, 2), day = part(8, 2), hour = part(11, 2), minute = part(14, 2),
             second = part(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                    std::chrono::seconds(*second);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

void read_process(const std::string& rest, bool& alive, std::optional<long>* pid = nullptr) {
  alive = rest.starts_with("alive");
  if (pid != nullptr && rest.size() > 6) *pid = number<long>(rest.substr(6));
}

void read_line(const std::string& line, KeeperReport& report) {
  const auto blank = line.find(' ');
  const std::string word = line.substr(0, blank);
  const std::string rest = blank == std::string::npos ? std::string() : line.substr(blank + 1);
  if (word == "folder") {
    report.folder = rest == "present"      ? KeeperReport::Folder::present
                    : rest == "unfinished" ? KeeperReport::Folder::unfinished
                    : rest == "foreign"    ? KeeperReport::Folder::foreign
                                           : KeeperReport::Folder::gone;
  } else if (word == "phase") {
    report.phase = rest;
  } else if (word == "reason") {
    report.reason = rest == "-" ? "" : rest;
  } else if (word == "exit") {
    report.exit_status = number<int>(rest);
  } else if (word == "at") {
    report.at_ns = utc_time(rest);
  } else if (word == "keeper") {
    read_process(rest, report.keeper_alive);
  } else if (word == "watchdog") {
    read_process(rest, report.watchdog_alive);
  } else if (word == "tool") {
    read_process(rest, report.tool_alive, &report.tool_pid);
  } else if (word == "free") {
    report.free_bytes = number<std::uint64_t>(rest).value_or(0) * 1024;
  } else if (word == "file") {
    const auto split = rest.find(' ');
    const auto size = number<std::uint64_t>(rest.substr(0, split));
    if (size && split != std::string::npos) report.files.push_back({rest.substr(split + 1), *size});
  }
}

// How far the target's clock is behind ours; whole seconds and what it took to ask are no difference.
std::int64_t clock_offset(const std::string& text) {
  static const std::string label = "clock ";
  const auto line = text.substr(0, text.find('\n'));
  if (!line.starts_with(label)) return 0;
  const auto there = utc_time(line.substr(label.size()));
  if (!there) return 0;
  const auto here =
      std::chrono::duration_cast<std::chrono::nanoseconds>(system_clock().now().time_since_epoch()).count();
  const std::int64_t offset = here - *there;
  return offset > -2 * second_ns && offset < 2 * second_ns ? 0 : offset;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::uint64_t KeeperReport::native_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& file : files) sum += file.bytes;
  return sum;
}

KeeperReport read_report(const std::string& text) {
  KeeperReport report;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line == "messages") {
      std::ostringstream rest;
      rest << lines.rdbuf();
      report.messages = rest.str();
      break;
    }
    read_line(line, report);
  }
  return report;
}

Result<CommandOutput> KeeperClient::ask(const std::string& script, const std::string& what) {
  auto output = runner_.run(plan::shell_command(plan_.keeper.shell), time_limit, script);
  if (!output) {
    Error error = output.error();
    if (!runner_.target().empty()) error.kind = ErrorKind::unavailable;
    return fail(std::move(error));
  }
  answered_ = true;
  if (output->exit_status != 0) {
    std::string said = first_line(output->err);
    if (said.empty()) said = "the shell ended with status " + std::to_string(output->exit_status);
    return fail(ErrorKind::failed, what + ": " + said);
  }
  return output;
}

Result<void> KeeperClient::start() {
  const auto script = plan::start_script(plan_);
  if (!script) return fail(script.error());
  const auto output = ask(*script, "the capture could not be prepared in " + plan_.folder);
  if (!output) return fail(output.error());
  return {};
}

Result<KeeperReport> KeeperClient::status(bool live) {
  const auto request = live ? plan::KeeperRequest::live_status : plan::KeeperRequest::status;
  const bool remote = !runner_.target().empty();
  const std::string clock = remote ? "printf 'clock %s\\n' \"$(date -u '+%Y-%m-%dT%H:%M:%SZ')\"\n" : "";
  const std::string script = clock + plan::request_script(plan_, request);
  const std::string what = plan_.folder + " could not be looked at";
  const bool known = answered_;
  auto output = ask(script, what);
  // A connection that was cut is made again.
  if (!output && remote && known && output.error().kind == ErrorKind::unavailable) output = ask(script, what);
  if (!output) return fail(output.error());
  KeeperReport report = read_report(output->out);
  if (report.at_ns) *report.at_ns += clock_offset(output->out);
  return report;
}

Result<void> KeeperClient::fetch(const KeeperReport::File& file, const OutputSink& sink) {
  PosixCksum sum;
  const auto take = [&](std::string_view piece) -> Result<void> {
    if (piece.size() > file.bytes - sum.bytes())
      return fail(ErrorKind::failed,
                  file.name + " is longer than the " + std::to_string(file.bytes) + " bytes that it had");
    sum.add(piece);
    return sink(piece);
  };
  const CommandLine shell = plan::shell_command(plan_.keeper.shell);
  const auto brought = runner_.stream(shell, fetch_patience,
                                      plan::file_script(plan_, file.name, plan::FileRequest::content), take);
  if (!brought) return fail(brought.error());
  if (brought->exit_status != 0)
    return fail(ErrorKind::failed, file.name + " could not be read: " + first_line(brought->err));
  if (sum.bytes() != file.bytes)
    return fail(ErrorKind::failed, "of the " + std::to_string(file.bytes) + " bytes of " + file.name +
                                       " only " + std::to_string(sum.bytes()) + " arrived");
  const auto counted =
      runner_.run(shell, checksum_limit, plan::file_script(plan_, file.name, plan::FileRequest::checksum));
  if (!counted) return fail(counted.error());
  const std::string own = std::to_string(sum.value()) + " " + std::to_string(sum.bytes()) + " ";
  if (counted->exit_status == 0 && counted->out.starts_with(own)) return {};
  return fail(ErrorKind::failed, file.name + " did not arrive as it is: its checksum there is " +
                                     first_line(counted->out + counted->err) + ", here " + own);
}

// A keeper that goes away in the middle of a request makes it fail, and a tool that did not listen yet is
// urged for longer than one request waits: the next one finds them gone.
Result<void> KeeperClient::insist(plan::KeeperRequest request, const std::string& what) {
  const std::string script = plan::request_script(plan_, request);
  auto output = ask(script, what);
  if (!output) output = ask(script, what);
  if (!output) return fail(output.error());
  return {};
}

Result<void> KeeperClient::stop() {
  return insist(plan::KeeperRequest::stop, "the capture could not be stopped");
}

Result<void> KeeperClient::clean() {
  return insist(plan::KeeperRequest::clean, plan_.folder + " could not be cleaned up");
}

}  // namespace anchoko::session
