// A command line as words, each of which knows where it stands in the line that a person sees.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace anchoko {

// Bytes of CommandText::line; `end` is one behind the last.
struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct CommandWord {
  std::string text;               // as the program receives it
  std::vector<std::uint32_t> at;  // where in the line each byte stands, and where the word ends
  TextRange range() const { return {at.front(), at.back()}; }
  TextRange part(std::size_t begin, std::size_t end) const { return {at[begin], at[end]}; }
};

// Something that a shell would act on instead of handing it on.
struct ShellMark {
  enum class Kind {
    ends,         // | ; & < > and line ends: the command ends there
    parenthesis,  // a syntax error
    pattern,      // * ? [ ]: replaced by file names where some match
    expansion,    // $ and `: replaced by something else
    history,      // ! before a word, in an interactive shell
    open_quote,   // a quote that is never closed
  };
  Kind kind = Kind::ends;
  TextRange where;
};

struct CommandText {
  std::string line;
  std::vector<CommandWord> words;
  std::vector<ShellMark> marks;  // empty when a shell has already made the words
};

// The words as they came; the line is how a POSIX shell would be given them.
CommandText command_text(const std::vector<std::string>& words);

// A line as typed, split as a POSIX shell does, without replacing anything. What follows an unquoted
// | ; & < > is left out; the marks tell.
CommandText split_shell_line(const std::string& line);

}  // namespace anchoko
