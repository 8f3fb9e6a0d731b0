#include "core/lab/utilities.h"

#include <algorithm>

namespace anchoko::lab {
namespace {

// Options as for getopt(3), of those that the system has and this machine's command understands alike; '#':
// also -N. Nothing: no such command. Sources: POSIX.1-2001, XCU; the manual pages of Solaris 10 and 11,
// AIX 7.2 and HP-UX 11i.
struct Row {
  std::string_view name;
  std::optional<std::string_view> solaris10, solaris11, aix, hpux;  // in /usr/bin
  std::optional<std::string_view> xpg4;                             // Solaris: in /usr/xpg4/bin
};

constexpr std::optional<std::string_view> none = std::nullopt;
constexpr std::string_view posix_grep = "EFce:f:ilnqsvx";
constexpr std::string_view posix_ls = "1AaCcdFgiLlmnopqRrstux";

constexpr Row rows[] = {
    {"[", "", "", "", "", none},
    {"awk", "F:v:f:", "F:v:f:", "F:v:f:", "F:v:f:", "F:v:f:"},
    {"basename", "", "", "", "", none},
    {"cat", "u", "u", "u", "u", none},
    {"chmod", "fR", "fR", "fR", "R", none},
    {"chown", "fhR", "fhR", "fhR", "hR", none},
    {"cksum", "", "", "", "", none},
    {"cmp", "ls", "ls", "ls", "ls", none},
    {"comm", "123", "123", "123", "123", none},
    {"cp", "fipRr", "fipRr", "fipRr", "fipRr", "fipRr"},
    {"cut", "b:c:d:f:ns", "b:c:d:f:ns", "b:c:d:f:ns", "b:c:d:f:ns", none},
    {"date", "u", "u", "u", "u", none},
    {"dd", "", "", "", "", none},
    // df(1M) of Solaris 10 has no -P in /usr/bin.
    {"df", "k", "kP", "kP", "kP", "kP"},
    {"diff", "bcefhir", "bcefhir", "bcefhir", "bcefhir", none},
    {"dirname", "", "", "", "", none},
    {"du", "akrs", "akrs", "akrsx", "akrsx", "akrsx"},
    {"echo", "", "", "", "", none},
    {"env", "i", "i", "i", "i", "i"},
    {"expr", "", "", "", "", "" /* /usr/xpg4/bin/expr */},
    {"false", "", "", "", "", none},
    // grep(1) of Solaris 10: /usr/bin/grep knows neither -E, -F, -e, -f, -q nor -x.
    {"grep", "bchilnsvw", "bchilnsvwEFe:f:qx", posix_grep, posix_grep, posix_grep},
    {"egrep", "bce:f:hilnsv", "bce:f:hilnsv", "ce:f:hilnqsvx", "ce:f:ilnqsvx", posix_grep},
    {"fgrep", "bce:f:hilnsvx", "bce:f:hilnsvx", "ce:f:hilnqsvx", "ce:f:ilnqsvx", posix_grep},
    {"head", "#n:", "#n:", "#n:", "#n:", none},
    // id(1M) of Solaris 10: /usr/bin/id has only -a and -p.
    {"id", "a", "aGgnru", "Ggnru", "Ggnru", "aGgnru"},
    {"kill", "", "", "", "", none},
    {"ln", "fs", "fs", "fs", "fs", "fs"},
    {"ls", posix_ls, posix_ls, posix_ls, posix_ls, posix_ls},
    {"mkdir", "m:p", "m:p", "m:p", "m:p", none},
    {"mkfifo", "m:", "m:", "m:", "m:", none},
    {"mv", "fi", "fi", "fi", "fi", "fi"},
    {"nohup", "", "", "", "", "" /* /usr/xpg4/bin/nohup */},
    {"od", "bcdosx", "A:bcdj:N:ost:vx", "A:bcdj:N:ost:vx", "A:bcdj:N:ost:vx", "A:bcdj:N:ost:vx"},
    {"paste", "d:s", "d:s", "d:s", "d:s", none},
    {"printf", "", "", "", "", none},
    {"pwd", "", "LP", "LP", "LP", none},
    {"rm", "fiRr", "fiRr", "fiRr", "fiRr", "fiRr"},
    {"rmdir", "p", "p", "p", "p", none},
    {"sed", "ne:f:", "ne:f:", "ne:f:", "ne:f:", "ne:f:"},
    {"sleep", "", "", "", "", none},
    {"sort", "bcdfik:mno:rt:u", "bcdfik:mno:rt:u", "bcdfik:mno:rt:u", "bcdfik:mno:rt:u", "bcdfik:mno:rt:u"},
    // tail(1) of Solaris 10: -n and -c stand in /usr/xpg4/bin alone.
    {"tail", "#f", "#c:fn:", "#c:fn:", "#c:fn:", "#c:fn:"},
    {"tee", "ai", "ai", "ai", "ai", none},
    {"test", "", "", "", "", none},
    {"touch", "acmr:t:", "acmr:t:", "acmr:t:", "acmr:t:", none},
    // tr(1) of Solaris 10: -C and -c are one in /usr/xpg4/bin alone.
    {"tr", "cds", "Ccds", "Ccds", "Ccds", "Ccds"},
    {"true", "", "", "", "", none},
    {"tty", "s", "s", "s", "s", none},
    {"uniq", "cdu", "cdu", "cdu", "cdu", none},
    {"wc", "clmw", "clmw", "clmw", "clmw", none},
    {"xargs", "I:L:n:s:tx", "I:L:n:s:tx", "I:L:n:s:tx", "I:L:n:s:tx", none},
    // The lab's own, which tell of the played system.
    {"hostname", "", "", "", "", none},
    {"pfexec", "", "", none, none, none},
    {"ps", "Aefo:p:", "Aefo:p:", "Aefo:p:", "Aefo:p:", none},
    {"uname", "aimnprsv", "aimnprsv", "amnprsv", "aimnrsv", none},
};

// Their words are no options, whatever they begin with.
constexpr std::string_view free_words[] = {"[",    "dd",   "echo", "expr",   "false",
                                           "kill", "test", "true", "printf", "pfexec"};

const std::optional<std::string_view>& options_of(const Row& row, Family family) {
  switch (family) {
    case Family::solaris10:
      return row.solaris10;
    case Family::solaris11:
      return row.solaris11;
    case Family::aix:
      return row.aix;
    case Family::hpux:
      break;
  }
  return row.hpux;
}

bool is_solaris(Family family) {
  return family == Family::solaris10 || family == Family::solaris11;
}

Error wrong_option(Family family, std::string_view name, char letter) {
  const std::string start = std::string(name) + ": ";
  return make_error(
      ErrorKind::usage,
      start + (family == Family::aix ? "Not a recognized flag: " : "illegal option -- ") + letter);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> check_options(Family family, std::string_view name, std::string_view options,
                           std::span<const std::string> words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.size() < 2 || word.front() != '-' || word == "--") return {};
    if (options.starts_with('#') && is_number(word.substr(1))) continue;
    for (std::size_t at = 1; at < word.size(); ++at) {
      const auto known = word[at] == ':' || word[at] == '#' ? std::string_view::npos : options.find(word[at]);
      if (known == std::string_view::npos) return fail(wrong_option(family, name, word[at]));
      if (known + 1 == options.size() || options[known + 1] != ':') continue;
      if (at + 1 < word.size()) break;  // the rest is its value
      if (++i == words.size())
        return fail(ErrorKind::usage,
                    std::string(name) + ": option requires an argument -- " + std::string(1, word[at]));
    }
  }
  return {};
}

// sleep(1): whole seconds on Solaris 10, AIX and HP-UX.
Result<void> check_sleep(Family family, std::span<const std::string> words) {
  if (words.size() != 2) return fail(ErrorKind::usage, "usage: sleep time");
  std::string digits = words[1];
  if (family == Family::solaris11) std::erase(digits, '.');
  if (is_number(digits)) return {};
  return fail(ErrorKind::usage, "sleep: bad character in argument");
}

}  // namespace

Family family_of(const EmulatedHost& host) {
  if (host.os() == "aix") return Family::aix;
  if (host.os() == "hpux") return Family::hpux;
  return host.release() == "5.10" ? Family::solaris10 : Family::solaris11;
}

std::vector<std::string> utility_paths(Family family) {
  std::vector<std::string> paths;
  for (const auto& row : rows) {
    if (options_of(row, family)) paths.push_back("usr/bin/" + std::string(row.name));
    if (is_solaris(family) && row.xpg4) paths.push_back("usr/xpg4/bin/" + std::string(row.name));
  }
  return paths;
}

Result<void> check_utility(Family family, std::string_view path, std::span<const std::string> words) {
  const auto slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const bool xpg4 = path.starts_with("/usr/xpg4/");
  const auto row = std::ranges::find(rows, name, &Row::name);
  const auto options = row == std::end(rows) || (xpg4 && !is_solaris(family)) ? none
                       : xpg4                                                 ? row->xpg4
                                                                              : options_of(*row, family);
  if (!options) return fail(ErrorKind::usage, std::string(name) + ": not found");
  if (std::ranges::find(free_words, name) != std::end(free_words)) return {};
  if (name == "sleep") return check_sleep(family, words);
  return check_options(family, name, *options, words);
}

}  // namespace anchoko::lab
