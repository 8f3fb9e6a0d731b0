#include "config/string_scan.h"

#include <string_view>

namespace anchoko::config {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | ((code >> 18) & 0x07));
    tail(12);
    tail(6);
    tail(0);
  }
}

class StringScanner {
 public:
  StringScanner(const std::vector<std::string>& lines, std::uint32_t line, std::uint32_t column)
      : lines_(lines), first_line_(line), byte_(column - 1) {}

  ScannedString scan() {
    if (lines_.empty() || byte_ >= rest_size()) return {};
    quote_ = lines_[0][byte_];
    if (quote_ != '"' && quote_ != '\'') return {};
    const std::string three(3, quote_);
    multi_line_ = starts_with(three);
    closing_ = multi_line_ ? three : std::string(1, quote_);
    byte_ += closing_.size();
    if (multi_line_ && at_line_end()) next_line();
    mark_run();
    while (index_ < lines_.size()) {
      if (!step()) break;
    }
    return std::move(result_);
  }

 private:
  std::size_t rest_size() const { return lines_[index_].size(); }
  bool at_line_end() const { return byte_ >= rest_size(); }
  bool starts_with(std::string_view word) const {
    return std::string_view(lines_[index_]).substr(byte_).starts_with(word);
  }
  void next_line() {
    ++index_;
    byte_ = 0;
  }
  void mark_run() {
    result_.runs.push_back(TextRun{result_.text.size(), first_line_ + static_cast<std::uint32_t>(index_),
                                   static_cast<std::uint32_t>(byte_ + 1)});
  }

  // False at the end, sound or not.
  bool step() {
    if (at_line_end()) {
      if (!multi_line_) return false;
      result_.text += '\n';
      next_line();
      if (index_ < lines_.size()) mark_run();
      return true;
    }
    if (starts_with(closing_)) return close();
    if (quote_ == '"' && lines_[index_][byte_] == '\\') return escape();
    result_.text += lines_[index_][byte_++];
    return true;
  }

  bool close() {
    // Up to two quotes may stand directly before the closing three.
    if (multi_line_ && starts_with(closing_ + quote_)) {
      result_.text += quote_;
      ++byte_;
      return true;
    }
    byte_ += closing_.size();
    result_.end_line = first_line_ + static_cast<std::uint32_t>(index_);
    result_.end_column = static_cast<std::uint32_t>(byte_ + 1);
    result_.complete = true;
    return false;
  }

  bool escape() {
    const std::string& line = lines_[index_];
    mark_run();
    if (multi_line_ && line.find_first_not_of(" \t", byte_ + 1) == std::string::npos) {
      next_line();
      skip_blank();
      if (index_ < lines_.size()) mark_run();
      return true;
    }
    if (byte_ + 1 >= line.size()) return false;
    const char letter = line[byte_ + 1];
    byte_ += 2;
    if (letter == 'u' || letter == 'U') {
      if (!code_point(letter == 'u' ? 4 : 8)) return false;
    } else {
      constexpr std::string_view letters = "btnfre\"\\";
      constexpr std::string_view meanings = "\b\t\n\f\r\x1b\"\\";
      const std::size_t which = letters.find(letter);
      if (which == std::string_view::npos) return false;
      result_.text += meanings[which];
    }
    mark_run();
    return true;
  }

  bool code_point(std::size_t digits) {
    const std::string& line = lines_[index_];
    if (line.size() - byte_ < digits) return false;
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const int digit = hex_digit(line[byte_ + i]);
      if (digit < 0) return false;
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    byte_ += digits;
    append_utf8(result_.text, code);
    return true;
  }

  void skip_blank() {
    while (index_ < lines_.size()) {
      byte_ = lines_[index_].find_first_not_of(" \t", byte_);
      if (byte_ != std::string::npos) return;
      next_line();
    }
  }

  const std::vector<std::string>& lines_;
  std::uint32_t first_line_;
  std::size_t index_ = 0;
  std::size_t byte_;
  char quote_ = '"';
  bool multi_line_ = false;
  std::string closing_;
  ScannedString result_;
};

}  // namespace

ScannedString scan_string(const std::vector<std::string>& lines, std::uint32_t line, std::uint32_t column) {
  if (column == 0) return {};
  return StringScanner(lines, line, column).scan();
}

}  // namespace anchoko::config
