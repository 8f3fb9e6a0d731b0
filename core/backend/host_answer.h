// What a host answers when it is looked at by one script that changes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/exec/command_runner.h"

namespace anchoko {

class HostAnswer {
 public:
  // `parts`: lines like "part name; uname -n", in words that the Bourne shell of Solaris 10 knows too. Titles
  // are one word; what the commands say on stderr is lost. Errors: the host cannot be reached; failed, its
  // answer is cut off.
  static Result<HostAnswer> fetch(CommandRunner& runner, const std::string& parts);

  // What was printed under that title; empty: nothing, or there is no such command.
  const std::string& text(const std::string& title) const;
  std::string first_line(const std::string& title) const;
  std::vector<std::string> lines(const std::string& title) const;

 private:
  bool take(const std::string& answer, const std::string& mark);

  std::map<std::string, std::string> parts_;
};

// A word that no command prints, to tell our own lines from theirs.
std::string fresh_mark();

std::vector<std::string> lines_of(const std::string& text);
std::vector<std::string> words_of(const std::string& line);  // apart by blanks

}  // namespace anchoko
