#include "core/backend/command_text.h"

#include "core/exec/shell_quote.h"

namespace anchoko {
namespace {

using Kind = ShellMark::Kind;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// Reads one line; a word is open from its first byte or quote on.
class Splitter {
 public:
  explicit Splitter(const std::string& line) { text_.line = line; }

  CommandText split() {
    while (at_ < text_.line.size() && !ended_) step();
    close_word();
    return std::move(text_);
  }

 private:
  char here() const { return text_.line[at_]; }
  char next() const { return at_ + 1 < text_.line.size() ? text_.line[at_ + 1] : '\0'; }

  void step() {
    const char c = here();
    if (is_blank(c)) {
      close_word();
      ++at_;
    } else if (c == '\'' || c == '"') {
      quoted(c);
    } else if (c == '\\' && next() != '\0') {
      ++at_;
      take();
    } else if (c == '#' && !open_) {
      ended_ = true;
    } else if (std::string("|;&<>\n\r").find(c) != std::string::npos) {
      command_end();
    } else {
      unquoted(c);
    }
  }

  // The shell acts on it, but it stays in the word.
  void unquoted(char c) {
    if (c == '(' || c == ')') mark(Kind::parenthesis, at_, at_ + 1);
    if (c == '*' || c == '?' || c == '[') mark(Kind::pattern, at_, at_ + 1);
    if ((c == '$' && next() != ' ' && next() != '\0') || c == '`') mark(Kind::expansion, at_, at_ + 1);
    if (c == '!' && next() != '=' && !is_blank(next()) && next() != '\0') mark(Kind::history, at_, at_ + 1);
    take();
  }

  // `2>file`: the number belongs to the redirection.
  void command_end() {
    const bool redirects = here() == '<' || here() == '>';
    if (redirects && open_ && word_.text.find_first_not_of("0123456789") == std::string::npos) {
      open_ = false;
      word_ = {};
    }
    mark(Kind::ends, at_, at_ + 1);
    ended_ = true;
  }

  void quoted(char quote) {
    const std::size_t opened = at_;
    begin_word();
    for (++at_; at_ < text_.line.size(); take()) {
      if (here() == quote) {
        ++at_;
        return;
      }
      if (quote == '"' && here() == '\\' && std::string("\"\\$`").find(next()) != std::string::npos) ++at_;
      if (quote == '"' && (here() == '$' || here() == '`') && text_.line[at_ - 1] != '\\')
        mark(Kind::expansion, at_, at_ + 1);
    }
    mark(Kind::open_quote, opened, opened + 1);
  }

  void take() {
    begin_word();
    word_.text += here();
    word_.at.push_back(static_cast<std::uint32_t>(at_));
    ++at_;
  }

  void begin_word() { open_ = true; }

  void close_word() {
    if (open_) {
      word_.at.push_back(word_.at.empty() ? static_cast<std::uint32_t>(at_) : word_.at.back() + 1);
      text_.words.push_back(std::move(word_));
    }
    word_ = {};
    open_ = false;
  }

  void mark(Kind kind, std::size_t begin, std::size_t end) {
    text_.marks.push_back({kind, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}});
  }

  CommandText text_;
  CommandWord word_;
  bool open_ = false;
  bool ended_ = false;
  std::size_t at_ = 0;
};

}  // namespace

CommandText command_text(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + quote_posix(word);
  CommandText text = split_shell_line(line);
  text.marks.clear();
  return text;
}

CommandText split_shell_line(const std::string& line) {
  return Splitter(line).split();
}

}  // namespace anchoko
