#include "backends/tcpdump/messages.h"

#include <charconv>
#include <string_view>

namespace anchoko::tcpdump {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "12 packets captured", "1 packet captured".
bool read_counter(std::string_view line, CaptureStats& stats) {
  std::uint64_t count = 0;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), count);
  if (problem != std::errc{}) return false;
  std::string_view rest = line.substr(static_cast<std::size_t>(end - line.data()));
  if (rest.starts_with(" packets ")) {
    rest.remove_prefix(9);
  } else if (rest.starts_with(" packet ")) {
    rest.remove_prefix(8);
  } else {
    return false;
  }
  if (rest == "captured") {
    stats.captured = count;
  } else if (rest == "received by filter") {
    stats.received_by_filter = count;
  } else if (rest == "dropped by kernel") {
    stats.dropped_by_kernel = count;
  } else if (rest == "dropped by interface") {
    stats.dropped_by_interface = count;
  } else {
    return false;
  }
  return true;
}

// Also "tcpdump: 4 packets captured, 8 packets received by filter, 0 packets dropped by kernel", which
// SIGUSR1 prints.
bool read_counters(std::string_view line, CaptureStats& stats) {
  if (const auto name = line.find(": "); name != std::string_view::npos && contains(line, " captured, "))
    line.remove_prefix(name + 2);
  CaptureStats read = stats;
  while (true) {
    const std::size_t end = line.find(", ");
    if (!read_counter(line.substr(0, end), read)) return false;
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 2);
  }
  stats = read;
  return true;
}

// Said at every start, or of no importance.
bool is_ordinary(std::string_view line) {
  return line.empty() || contains(line, "listening on ") || contains(line, "verbose output suppressed") ||
         contains(line, "data link type ") || contains(line, "dropped privs to ") || contains(line, "Got ");
}

// tcpdump has one exit status for all failures; these words of it are old and untranslated.
void classify(std::string_view line, Backend::ToolMessages& messages) {
  if (contains(line, "You don't have permission") || contains(line, "Operation not permitted") ||
      contains(line, "CAP_NET_RAW")) {
    messages.failure = ErrorKind::unavailable;
    messages.hint = "capturing needs rights: run `sudo anchoko ...`";
  } else if (contains(line, "Permission denied")) {
    messages.failure = ErrorKind::unavailable;
    messages.hint = "tcpdump may not write or read there; on systems with AppArmor or SELinux see their log";
  } else if (contains(line, "No such device") || contains(line, "That device is not up")) {
    messages.failure = ErrorKind::failed;
    messages.hint = "`ip link` shows the interfaces and whether they are up";
  }
}

}  // namespace

Backend::ToolMessages read_messages(const std::string& text) {
  Backend::ToolMessages messages;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    const bool complete = end != std::string_view::npos;
    rest = complete ? rest.substr(end + 1) : std::string_view{};
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    // A line that is still being written may be half a number.
    if (complete && read_counters(line, messages.stats)) continue;
    if (complete && contains(line, "listening on ")) messages.started = true;
    if (is_ordinary(line) || !complete) continue;
    classify(line, messages);
    messages.complain(line);
  }
  return messages;
}

}  // namespace anchoko::tcpdump
