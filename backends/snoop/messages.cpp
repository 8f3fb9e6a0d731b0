#include "backends/snoop/messages.h"

#include <charconv>
#include <string_view>

namespace anchoko::snoop {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "12 packets captured", also of one; snoop says so where it counted them itself (-c).
bool read_count(std::string_view line, CaptureStats& stats) {
  std::uint64_t count = 0;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), count);
  if (problem != std::errc{}) return false;
  if (line.substr(static_cast<std::size_t>(end - line.data())) != " packets captured") return false;
  stats.captured = count;
  return true;
}

struct Known {
  std::string_view words;
  ErrorKind kind;
  const char* hint;
};

// Of a device (`snoop: cannot open "net0": …`): the words are those of DLPI, of errno, and of Solaris 10.
constexpr Known of_devices[] = {
    {"ermission denied", ErrorKind::unavailable,
     "capturing needs net_rawaccess: log in as root, or try --become pfexec or sudo"},
    {"Not owner", ErrorKind::unavailable,
     "capturing needs net_rawaccess: log in as root, or try --become pfexec or sudo"},
    {"does not exist", ErrorKind::failed, "`dladm show-link` lists the links, `ifconfig -a` the interfaces"},
    {"No such file", ErrorKind::failed, "`dladm show-link` lists the links, `ifconfig -a` the interfaces"},
    {"busy", ErrorKind::failed, "something else holds that link for itself"},
};

// The exit status is 1 for everything; the program has no other language.
constexpr Known of_snoop[] = {
    {"promiscuous mode on", ErrorKind::failed, "leave promiscuous mode out (promiscuous = false)"},
    {"No space left on device", ErrorKind::failed,
     "the disk is full: make room there, or lower max_size and raise min_free in [limits]"},
    {"No network interface devices found", ErrorKind::failed, "name a device with -i"},
    {"no datalinks found", ErrorKind::failed, "this zone may have none of its own: try layer = \"ip\""},
    {"expression", ErrorKind::failed, "this snoop does not take that filter: try --no-pushdown"},
    {"right paren expected", ErrorKind::failed, "this snoop does not take that filter: try --no-pushdown"},
    {"illegal option", ErrorKind::failed,
     "this snoop is older than planned for: set [backend.snoop] release"},
};

void classify(std::string_view line, Backend::ToolMessages& messages) {
  if (messages.failure) return;  // the first one says why
  const auto look = [&](auto& table) {
    for (const Known& known : table) {
      if (!contains(line, known.words)) continue;
      messages.failure = known.kind;
      messages.hint = known.hint;
      return;
    }
  };
  if (contains(line, "cannot open \"")) {
    look(of_devices);
  } else {
    look(of_snoop);
  }
}

// Behind its usage stand the names of all options.
bool is_usage(std::string_view line) {
  return line.starts_with("usage:") || line.starts_with("Usage:");
}

}  // namespace

Backend::ToolMessages read_messages(const std::string& text) {
  Backend::ToolMessages messages;
  std::string_view rest = text;
  bool usage = false;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    const bool complete = end != std::string_view::npos;
    rest = complete ? rest.substr(end + 1) : std::string_view{};
    // The running count, where it was not told to be quiet: "\r0 \r1 1 packets captured".
    if (const auto last = line.rfind('\r'); last != std::string_view::npos) {
      line.remove_prefix(last + 1);
      if (const auto blank = line.find(' ');
          blank != std::string_view::npos && line.find_first_not_of("0123456789") == blank)
        line.remove_prefix(line.find_first_of("0123456789", blank) == blank + 1 ? blank + 1 : 0);
    }
    if (line.empty()) continue;
    // A line that is still being written may be half a number; of a full disk it may stay half.
    if (complete && read_count(line, messages.stats)) continue;
    if (complete && line.starts_with("Using device ")) {
      messages.started = true;
      continue;
    }
    if (!complete && !contains(line, "cannot write")) continue;
    if (line.starts_with("Loading name file ") || usage) continue;
    usage = is_usage(line);
    if (!contains(line, "WARNING:")) classify(line, messages);
    messages.complain(line);
  }
  return messages;
}

}  // namespace anchoko::snoop
