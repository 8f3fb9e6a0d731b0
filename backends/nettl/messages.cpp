#include "backends/nettl/messages.h"

#include <charconv>
#include <string_view>

namespace anchoko::nettl {
namespace {

constexpr std::string_view own = "anchoko: ";

// "nettl dropped 12 messages"
bool read_drops(std::string_view line, CaptureStats& stats) {
  constexpr std::string_view start = "nettl dropped ";
  if (!line.starts_with(start)) return false;
  line.remove_prefix(start.size());
  std::uint64_t count = 0;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), count);
  if (problem != std::errc{} || line.substr(static_cast<std::size_t>(end - line.data())) != " messages")
    return false;
  stats.dropped_by_kernel = count;
  return true;
}

struct Meaning {
  std::string_view start;
  ErrorKind kind;
  const char* hint;
};
constexpr Meaning meanings[] = {
    {"the trace facility does not answer", ErrorKind::unavailable,
     "`nettl -status` must answer there; where the facility is down `nettl -start` starts it, with its "
     "logging: anchoko neither starts nor stops it"},
    {"somebody traces already", ErrorKind::refused,
     "a machine has one trace, and that one is left alone: `nettl -status trace` tells of it; wait for its "
     "end"},
    {"somebody began a trace at the same moment", ErrorKind::refused,
     "a machine has one trace: look with `nettl -status trace`, and agree with them who goes on"},
    {"nettl does not trace", ErrorKind::failed, "`nettl -status` and /var/adm/nettl.LOG* may tell why"},
};

// What native.sh says behind "anchoko: ".
void read_own(std::string_view line, Backend::ToolMessages& messages) {
  if (read_drops(line, messages.stats)) return;
  for (const auto& meaning : meanings) {
    if (!line.starts_with(meaning.start)) continue;
    messages.failure = meaning.kind;
    messages.hint = meaning.hint;
  }
  messages.complain(line);
}

}  // namespace

Backend::ToolMessages read_messages(const std::string& text) {
  Backend::ToolMessages messages;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;  // still being written: may be half a number
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.empty()) continue;
    if (line.starts_with(started_words)) {
      messages.started = true;
    } else if (line.starts_with(own)) {
      line.remove_prefix(own.size());
      read_own(line, messages);
    } else {
      messages.complain(line);
    }
  }
  return messages;
}

}  // namespace anchoko::nettl
