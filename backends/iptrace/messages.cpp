#include "backends/iptrace/messages.h"

#include <sstream>

namespace anchoko::iptrace {
namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

struct Known {
  const char* part;
  ErrorKind kind;
  const char* hint;
};

// The first that fits. 0513-NNN: System Resource Controller.
constexpr Known known[] = {
    {"is active already", ErrorKind::refused,
     "that trace was left alone; `lssrc -s iptrace` and `ps -ef | grep iptrace` show it"},
    {"0513-029", ErrorKind::refused, "another trace was left alone; `lssrc -s iptrace` shows it"},
    {"a tcpdump runs", ErrorKind::refused, "it was left alone; try again when it has ended"},
    {"is on NFS", ErrorKind::refused, "capture into a local file system"},
    {"extension was loaded before", ErrorKind::refused,
     "where no trace is active, `iptrace -u` unloads it: see `ps -ef | grep iptrace`, `lssrc -s iptrace`"},
    {"is there already", ErrorKind::refused, "nothing was overwritten; try again"},
    {"ps does not tell", ErrorKind::refused, "see what `ps -e -o pid= -o args=` says there"},
    {"Resource Controller does not answer", ErrorKind::unavailable,
     "`lssrc -s iptrace` tells more; start = \"direct\" in [backend.iptrace] does without it"},
    {"0513-001", ErrorKind::unavailable,
     "SRC is not active: start = \"direct\" in [backend.iptrace] does without it"},
    {"0513-085", ErrorKind::unavailable,
     "SRC knows no iptrace: start = \"direct\" in [backend.iptrace] does without it"},
    {"0513-002", ErrorKind::unavailable, "only root may start iptrace"},
    {"must be run by root", ErrorKind::unavailable, "only root may start iptrace"},
    {"ended right after its start", ErrorKind::failed,
     "`alog -o -t console` prints what the console showed; the disk may be full"},
    {"may have left its kernel extension", ErrorKind::failed,
     "`iptrace -u` unloads it, when no trace is active"},
};

// What it says when all is well: "[12345]", the daemon's number, and "iptrace: unload success!".
bool is_ordinary(const std::string& line) {
  return line.empty() || line.front() == '[' || contains(line, "unload success");
}

std::string without_mark(const std::string& line) {
  for (const std::string mark : {"anchoko: refused: ", "anchoko: "}) {
    if (line.starts_with(mark)) return line.substr(mark.size());
  }
  return line;
}

}  // namespace

Backend::ToolMessages read_messages(const std::string& text) {
  Backend::ToolMessages messages;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (stream.eof()) break;  // still being written
    if (line.starts_with(ready_text)) {
      messages.started = true;
      continue;
    }
    if (is_ordinary(line)) continue;
    for (const auto& one : known) {
      if (messages.failure || !contains(line, one.part)) continue;
      messages.failure = one.kind;
      messages.hint = one.hint;
    }
    messages.complain(without_mark(line));
  }
  return messages;
}

}  // namespace anchoko::iptrace
