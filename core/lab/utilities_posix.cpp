#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include <pwd.h>
#include <sys/auxv.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/lab/host_world.h"
#include "core/lab/process_list.h"
#include "core/lab/utilities.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

int usage(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return 2;
}

int execute(const std::string& program, std::span<const std::string> words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (program.find('/') == std::string::npos) {
    execvp(program.c_str(), arguments.data());
  } else {
    execv(program.c_str(), arguments.data());
  }
  const int why = errno;
  std::fprintf(stderr, "%s: %s\n", program.c_str(), std::strerror(why));
  return why == ENOENT ? 127 : 126;
}

// How it was called, /usr/bin/df or /usr/xpg4/bin/df, the first word does not tell.
std::string called_as(std::span<const std::string> words) {
  const auto* path = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (path != nullptr && fs::path(path).filename() == fs::path(words[0]).filename()) return path;
  return words[0];
}

Result<void> check(const EmulatedHost& host, std::span<const std::string> words) {
  return check_utility(family_of(host), called_as(words), words);
}

// This machine's own command, options judged.
int run_system(EmulatedHost& host, std::span<const std::string> words) {
  if (auto good = check(host, words); !good) return usage(good.error().message);
  const std::string name = fs::path(words[0]).filename();
  // Options after operands are operands, and blocks have 512 bytes: as POSIX has it, and those systems.
  setenv("POSIXLY_CORRECT", "1", 1);
  return execute(std::string(inner_folder) + "/bin/" + name, words);
}

int run_pfexec(EmulatedHost&, std::span<const std::string> words) {
  if (words.size() < 2) return usage("pfexec: no command specified");
  return execute(words[1], words.subspan(1));
}

int run_hostname(EmulatedHost& host, std::span<const std::string> words) {
  if (words.size() > 1) return usage("hostname: the lab does not rename its hosts");
  std::printf("%s\n", host.name().c_str());
  return 0;
}

struct SystemName {
  std::string sysname, release, version, machine, processor, platform, all;
};

SystemName system_name(const EmulatedHost& host) {
  SystemName out;
  if (host.os() == "aix") {
    // uname(1) of AIX: -v is the version, -r the release behind its point.
    const auto dot = host.release().find('.');
    out = {"AIX",
           dot == std::string::npos ? "0" : host.release().substr(dot + 1),
           host.release().substr(0, dot),
           "00F600004C00",
           "powerpc",
           {},
           {}};
    out.all = out.sysname + " " + host.name() + " " + out.release + " " + out.version + " " + out.machine;
  } else if (host.os() == "hpux") {
    const bool itanium = host.release() == "B.11.31" || host.release() == "B.11.23";
    out = {"HP-UX", host.release(), "U", itanium ? "ia64" : "9000/800", {}, "1000000001", {}};
    out.all = out.sysname + " " + host.name() + " " + out.release + " " + out.version + " " + out.machine +
              " " + out.platform + " unlimited-user license";
  } else {
    const bool illumos = host.setting("variant") == "illumos";
    out = {"SunOS",
           host.release(),
           illumos                    ? "illumos-lab"
           : host.release() == "5.10" ? "Generic_147147-26"
                                      : "11.4.0.15.0",
           illumos ? "i86pc" : "sun4v",
           illumos ? "i386" : "sparc",
           illumos ? "i86pc" : "sun4v",
           {}};
    out.all = out.sysname + " " + host.name() + " " + out.release + " " + out.version + " " + out.machine +
              " " + out.processor + " " + out.platform;
  }
  return out;
}

int run_uname(EmulatedHost& host, std::span<const std::string> words) {
  // uname -o is of illumos alone.
  const bool illumos = host.setting("variant") == "illumos";
  if (illumos && words.size() == 2 && words[1] == "-o") return std::puts("illumos") < 0 ? 1 : 0;
  if (auto good = check(host, words); !good) return usage(good.error().message);
  const SystemName name = system_name(host);
  std::string letters;
  for (const auto& word : words.subspan(1)) letters += word.starts_with('-') ? word.substr(1) : "";
  if (letters.find('a') != std::string::npos) return std::puts(name.all.c_str()) < 0 ? 1 : 0;
  if (letters.empty()) letters = "s";
  const std::string node = host.name();
  std::string line;
  // Whatever the order of the options.
  for (const auto& [letter, text] :
       std::initializer_list<std::pair<char, const std::string&>>{{'s', name.sysname},
                                                                  {'n', node},
                                                                  {'r', name.release},
                                                                  {'v', name.version},
                                                                  {'m', name.machine},
                                                                  {'p', name.processor},
                                                                  {'i', name.platform}}) {
    if (letters.find(letter) != std::string::npos) line += (line.empty() ? "" : " ") + text;
  }
  std::printf("%s\n", line.c_str());
  return 0;
}

// Of the folders named, else of the root.
int run_df(EmulatedHost& host, std::span<const std::string> words) {
  if (auto good = check(host, words); !good) return usage(good.error().message);
  bool portable = false, kilobytes = false;
  std::vector<std::string> operands;
  for (const auto& word : words.subspan(1)) {
    if (!word.starts_with('-')) {
      operands.push_back(word);
      continue;
    }
    portable = portable || word.find('P') != std::string::npos;
    kilobytes = kilobytes || word.find('k') != std::string::npos;
  }
  if (operands.empty()) operands.emplace_back("/");
  // df(1M) of Solaris titles -k alone in a word of its own.
  const char* size = kilobytes ? (portable ? "1024-blocks" : "kbytes") : "512-blocks";
  std::printf("%-18s %13s %11s %11s %8s %s\n", "Filesystem", size, "Used", "Available", "Capacity",
              "Mounted on");
  int status = 0;
  for (const auto& path : operands) {
    struct statvfs room {};
    if (statvfs(path.c_str(), &room) != 0) {
      std::fprintf(stderr, "df: %s: %s\n", path.c_str(), std::strerror(errno));
      status = 1;
      continue;
    }
    const std::uint64_t unit = kilobytes ? 1024 : 512, block = room.f_frsize;
    const std::uint64_t all = room.f_blocks * block / unit, free = room.f_bavail * block / unit;
    const std::uint64_t used = (room.f_blocks - room.f_bfree) * block / unit;
    const std::uint64_t share = used + free == 0 ? 0 : (used * 100 + used + free - 1) / (used + free);
    const auto text = [](std::uint64_t value) { return std::to_string(value); };
    std::printf("%-18s %13s %11s %11s %8s /\n", "/dev/root", text(all).c_str(), text(used).c_str(),
                text(free).c_str(), (text(share) + "%").c_str());
  }
  return status;
}

struct Column {
  std::string key, header;
};

struct Asked {
  bool all = false;
  bool full = false;
  std::vector<int> pids;
  std::vector<Column> columns;
};

// What ps shows of a command line at most: psinfo's pr_psargs on Solaris, 60 bytes on HP-UX.
std::size_t longest_words(Family family) {
  if (family == Family::aix) return std::string::npos;
  return family == Family::hpux ? 60 : 80;
}

std::string header_of(const std::string& key) {
  if (key == "args" || key == "comm") return "COMMAND";
  std::string text = key;
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// "pid=,args=" is a column `pid` whose header is ",args=": what follows a '=' is header, to the end.
Result<void> add_columns(std::string_view list, std::vector<Column>& columns) {
  static constexpr std::string_view known[] = {"pid", "ppid", "args", "comm", "user", "uid"};
  while (!list.empty()) {
    const auto end = list.find_first_of(", ");
    const auto equals = list.find('=');
    const bool named = equals < end;
    const std::string key(list.substr(0, named ? equals : end));
    if (std::ranges::find(known, key) == std::end(known))
      return fail(ErrorKind::usage, "ps: unknown output format: -o " + key);
    if (named) {
      columns.push_back({key, std::string(list.substr(equals + 1))});
      return {};
    }
    columns.push_back({key, header_of(key)});
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  }
  return {};
}

Result<Asked> read_ps(std::span<const std::string> words) {
  Asked asked;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-') || word.size() < 2)
      return fail(ErrorKind::usage, "ps: unexpected word " + word);
    for (std::size_t at = 1; at < word.size(); ++at) {
      const char letter = word[at];
      if (letter == 'e' || letter == 'A') asked.all = true;
      if (letter == 'f') asked.full = true;
      if (letter != 'o' && letter != 'p') continue;
      const std::string value = at + 1 < word.size() ? word.substr(at + 1) : words[++i];
      if (letter == 'o') {
        if (auto added = add_columns(value, asked.columns); !added) return fail(added.error());
      } else {
        std::string numbers = value;
        std::ranges::replace(numbers, ',', ' ');
        std::istringstream in(numbers);
        for (int pid = 0; in >> pid;) asked.pids.push_back(pid);
        if (!in.eof()) return fail(ErrorKind::usage, "ps: " + value + " is an invalid non-numeric argument");
      }
      break;
    }
  }
  if (asked.columns.empty()) {
    if (asked.full)
      asked.columns = {{"user", "UID"}, {"pid", "PID"}, {"ppid", "PPID"}, {"args", "CMD"}};
    else
      asked.columns = {{"pid", "PID"}, {"comm", "CMD"}};
  }
  return asked;
}

std::string user_name(unsigned uid) {
  const passwd* entry = getpwuid(uid);
  return entry == nullptr ? std::to_string(uid) : entry->pw_name;
}

std::string value_of(const ListedProcess& process, const std::string& key, Family family) {
  if (key == "pid") return std::to_string(process.pid);
  if (key == "ppid") return std::to_string(process.parent);
  if (key == "uid") return std::to_string(process.user);
  if (key == "user") return user_name(process.user);
  if (key == "comm") return fs::path(process.words.substr(0, process.words.find(' '))).filename();
  return process.words.substr(0, longest_words(family));
}

int run_ps(EmulatedHost& host, std::span<const std::string> words) {
  const Family family = family_of(host);
  if (auto good = check(host, words); !good) return usage(good.error().message);
  const auto asked = read_ps(words);
  if (!asked) return usage(asked.error().message);
  // ps(1) of HP-UX: -o is of the XPG4 personality.
  const bool formatted =
      std::ranges::any_of(words.subspan(1), [](const auto& w) { return w.starts_with("-o"); });
  if (family == Family::hpux && formatted && std::getenv("UNIX95") == nullptr)
    return usage("ps: illegal option -- o");
  std::string header;
  bool any_header = false;
  for (const auto& column : asked->columns) {
    any_header = any_header || !column.header.empty();
    char text[64];
    std::snprintf(text, sizeof text, "%s%8s", header.empty() ? "" : " ", column.header.c_str());
    header += text;
  }
  if (any_header) std::printf("%s\n", header.c_str());
  bool found = false;
  const pid_t own_session = getsid(0);
  for (const auto& process : list_processes(std::string(inner_folder) + "/proc")) {
    const bool listed = std::ranges::find(asked->pids, process.pid) != asked->pids.end();
    const bool ours = asked->pids.empty() && process.session == own_session;
    if (!asked->all && !listed && !ours) continue;
    found = true;
    std::string line;
    for (const auto& column : asked->columns) {
      const std::string value = process.pid == 1 && (column.key == "args" || column.key == "comm")
                                    ? std::string("/etc/init")
                                    : value_of(process, column.key, family);
      const std::size_t room = column.key == "args" || column.key == "comm" ? 0 : 8;
      line +=
          (line.empty() ? "" : " ") + std::string(room > value.size() ? room - value.size() : 0, ' ') + value;
    }
    std::printf("%s\n", line.c_str());
  }
  return found ? 0 : 1;
}

constexpr auto own_tools = std::to_array<Tool>({{"df", run_df},
                                                {"hostname", run_hostname},
                                                {"pfexec", run_pfexec, "solaris"},
                                                {"ps", run_ps},
                                                {"uname", run_uname}});

std::vector<Tool> make_tools() {
  static std::vector<std::string> names;
  for (const Family family : {Family::solaris10, Family::solaris11, Family::aix, Family::hpux}) {
    for (const auto& path : utility_paths(family)) names.push_back(fs::path(path).filename());
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<Tool> tools(own_tools.begin(), own_tools.end());
  for (const auto& name : names) {
    if (std::ranges::find(own_tools, name, &Tool::name) == own_tools.end())
      tools.push_back({name, run_system});
  }
  return tools;
}

}  // namespace

std::span<const Tool> utilities() {
  static const std::vector<Tool> tools = make_tools();
  return tools;
}

}  // namespace anchoko::lab
