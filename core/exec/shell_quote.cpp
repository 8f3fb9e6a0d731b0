#include "core/exec/shell_quote.h"

#include <string_view>

namespace anchoko {
namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Bytes that no POSIX shell treats specially inside a word, wherever they stand in it. '~' and '=' are
// missing on purpose: tilde expansion and assignments depend on the place. '#' too.
bool is_plain(char c) {
  return is_alnum(c) || std::string_view("_-./,:@%+").find(c) != std::string_view::npos;
}

// '=' is safe unless the word could be an assignment, that is, when it stands first in a command.
bool is_plain_word(std::string_view word, bool first) {
  if (word.empty()) return false;
  for (const char c : word) {
    if (!is_plain(c) && (c != '=' || first)) return false;
  }
  return word.front() != '=';  // zsh expands =name
}

// Reserved words mean something only where a command may begin.
bool is_reserved(std::string_view word) {
  static constexpr std::string_view reserved[] = {"if",   "then", "else",   "elif",     "fi",    "do",
                                                  "done", "case", "esac",   "while",    "until", "for",
                                                  "in",   "time", "select", "function", "coproc"};
  for (const auto& one : reserved) {
    if (word == one) return true;
  }
  return false;
}

std::string single_quoted(std::string_view word) {
  std::string result = "'";
  for (const char c : word) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

bool is_program_word(std::string_view word) {
  if (word.empty()) return false;
  for (const char c : word) {
    if (!is_alnum(c) && std::string_view("_-.\\:").find(c) == std::string_view::npos) return false;
  }
  return word.front() != '-' && word.back() != '\\';
}

// What is wrong with an argument between double quotes, or empty.
std::string windows_problem(std::string_view word) {
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "a control character";
    if (c == '"') return "a double quote";
    if (c == '$') return "a dollar sign";
    if (c == '`') return "a backtick";
    if (c == '%') return "a percent sign";
  }
  if (!word.empty() && word.back() == '\\') return "a trailing backslash";
  return {};
}

// Whether a here-document of that text may end with that mark: no line is the mark, and none starts as the
// mark does and goes on with a byte beyond ASCII. There dash (seen: 0.5.12) loses that byte.
bool can_end(std::string_view text, std::string_view mark) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t same = 0;
    while (same < mark.size() && at + same < text.size() && text[at + same] == mark[same]) ++same;
    const bool over = at + same == text.size() || text[at + same] == '\n';
    if (same == mark.size() && over) return false;
    if (same > 0 && !over && static_cast<unsigned char>(text[at + same]) >= 0x80) return false;
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return true;
}

}  // namespace

Result<std::string> here_document_mark(std::string_view text, const std::string& stem) {
  static constexpr std::string_view firsts = "eEABCDFGHIJKLMNOPQRSTUVWXYZabcdfghijklmnopqrstuvwxyz0123456789";
  for (const char first : firsts) {
    std::string mark = first + stem;
    if (can_end(text, mark)) return mark;
  }
  return fail(ErrorKind::usage, "the words of the command cannot be written down for a shell",
              "they hold lines that begin with every letter and go on with a byte beyond ASCII");
}

std::string quote_posix(const std::string& word) {
  return is_plain_word(word, true) && !is_reserved(word) ? word : single_quoted(word);
}

std::string quote_posix(const CommandLine& command) {
  std::string result;
  bool first = true;
  for (const auto& word : command) {
    if (!first) result += ' ';
    const bool bare = is_plain_word(word, first) && !(first && is_reserved(word));
    result += bare ? word : single_quoted(word);
    first = false;
  }
  return result;
}

Result<std::string> quote_windows(const CommandLine& command) {
  if (command.empty()) return fail(ErrorKind::usage, "there is no command to write");
  if (!is_program_word(command.front())) {
    return fail(ErrorKind::usage, "the program name `" + command.front() + "` cannot be written bare",
                "letters, digits, '.', '_', '-', ':' and '\\' are allowed");
  }
  std::string result = command.front();
  for (std::size_t i = 1; i < command.size(); ++i) {
    if (const auto problem = windows_problem(command[i]); !problem.empty()) {
      return fail(ErrorKind::usage, "the word `" + command[i] + "` holds " + problem,
                  "cmd.exe and PowerShell would read it differently; choose another value");
    }
    result += " \"" + command[i] + "\"";
  }
  return result;
}

}  // namespace anchoko
