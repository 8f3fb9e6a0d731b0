#include "core/backend/command_prefix.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace anchoko {
namespace {

struct PrefixProgram {
  std::string_view name;
  std::string_view letters_with_value;  // its short options that take a value
  std::string_view long_with_value;     // its long ones, blanks around each
  std::size_t operands = 0;             // words of its own before the command
};

// The options of sudo(8), doas(1), timeout(1), nice(1), ionice(1), stdbuf(1), env(1) that take a value.
constexpr PrefixProgram programs[] = {
    {"sudo", "CDghpRrTtuU", " close-from chdir group host prompt chroot role command-timeout type user ", 0},
    {"doas", "Cu", "", 0},
    {"pfexec", "P", "", 0},
    {"timeout", "sk", " signal kill-after ", 1},
    {"nohup", "", "", 0},
    {"nice", "n", " adjustment ", 0},
    {"ionice", "cn", " class classdata ", 0},
    {"stdbuf", "ioe", " input output error ", 0},
    {"setsid", "", "", 0},
    {"env", "uCS", " unset chdir split-string ", 0},
    {"time", "of", " output format ", 0},
};

const PrefixProgram* find_program(const std::string& word) {
  const auto found = std::ranges::find(programs, program_name(word), &PrefixProgram::name);
  return found == std::end(programs) ? nullptr : &*found;
}

// A number with an optional unit, as timeout(1) takes it; negative: it is none.
double read_duration(const std::string& word) {
  if (word.empty() || (word[0] != '.' && (word[0] < '0' || word[0] > '9'))) return -1;
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  const std::string unit = end;
  if (!std::isfinite(number)) return -1;
  if (unit.empty() || unit == "s") return number;
  if (unit == "m") return number * 60;
  if (unit == "h") return number * 3600;
  return unit == "d" ? number * 86400 : -1;
}

class PrefixReader {
 public:
  explicit PrefixReader(NativeCommand& command) : command_(command), words_(command.text.words) {}

  std::size_t read() {
    while (at_ < words_.size()) {
      const PrefixProgram* program = find_program(words_[at_].text);
      if (program == nullptr) break;
      read_one(*program);
    }
    return at_;
  }

 private:
  void read_one(const PrefixProgram& program) {
    CommandToken token{TokenRole::prefix, words_[at_].range(), {}, std::string(program.name), {}};
    const std::size_t first = at_++;
    while (at_ < words_.size() && words_[at_].text.size() > 1 && words_[at_].text[0] == '-') {
      if (words_[at_++].text == "--") break;
      option(program, at_ - 1);
    }
    if (program.name == "env" || program.name == "sudo") {
      while (at_ < words_.size() && words_[at_].text.find('=') != std::string::npos) ++at_;
    }
    for (std::size_t i = 0; i < program.operands && at_ < words_.size(); ++i) duration(token);
    for (std::size_t i = first; i < at_; ++i) {
      token.text += (i == first ? "" : " ") + words_[i].text;
      command_.model.prefix.push_back(words_[i].text);
      token.where.end = words_[i].range().end;
    }
    command_.tokens.push_back(std::move(token));
  }

  // Steps over the value that stands in a word of its own.
  void option(const PrefixProgram& program, std::size_t index) {
    const std::string& text = words_[index].text;
    std::string value;
    bool separate = false;
    if (text.starts_with("--")) {
      const std::size_t equals = text.find('=');
      if (equals != std::string::npos) {
        value = text.substr(equals + 1);
      } else {
        separate = program.long_with_value.find(" " + text.substr(2) + " ") != std::string_view::npos;
      }
    } else {
      const std::size_t letter = text.find_first_of(program.letters_with_value, 1);
      separate = letter + 1 == text.size() && letter != std::string::npos;
      if (letter != std::string::npos) value = text.substr(letter + 1);
    }
    if (separate && at_ == words_.size()) {
      command_.problems.push_back({"missing-value", words_[index].range(), {text, "VALUE"}, {}});
    } else if (separate) {
      value = words_[at_++].text;
    }
    const bool signal = program.name == "timeout" && (text.starts_with("-s") || text.starts_with("--s"));
    if (signal && (value == "KILL" || value == "SIGKILL" || value == "9" || value == "QUIT"))
      command_.problems.push_back({"killed", words_[index].range(), {value}, {}});
  }

  void duration(CommandToken& token) {
    const CommandWord& word = words_[at_];
    const double seconds = read_duration(word.text);
    if (seconds < 0 || seconds > 1e9) {
      command_.problems.push_back({"bad-duration", word.range(), {word.text}, {}});
      return;
    }
    ++at_;
    token.value = word.text;
    const auto milliseconds = std::chrono::milliseconds(std::llround(seconds * 1000));
    auto& ends = command_.model.ends_after;
    if (milliseconds.count() > 0 && (ends.count() == 0 || milliseconds < ends)) ends = milliseconds;
  }

  NativeCommand& command_;
  const std::vector<CommandWord>& words_;
  std::size_t at_ = 0;
};

}  // namespace

std::size_t read_prefix(NativeCommand& command) {
  return PrefixReader(command).read();
}

std::string program_name(const std::string& word) {
  return word.substr(word.rfind('/') + 1);
}

}  // namespace anchoko
