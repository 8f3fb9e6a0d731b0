// What anchoko-lab does besides playing tools, for `anchoko lab`: it makes and enters the worlds of hosts.
//   --begin FOLDER                        the host's root and its first process
//   --enter FOLDER KIND -- WORD…          a command there; KIND as in Entry
//   --ssh FOLDER -- WORD…                 stands in for ssh: FOLDER is the lab's, the words are ssh's own
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/lab/tool.h"

namespace anchoko::lab {

// `words` without the program's name. Nothing: they ask for none of this. Else the exit status.
std::optional<int> run_lab_verb(std::span<const std::string> words, std::span<const Tool> tools);

// What ssh's command line asks for, as far as the lab knows it.
struct SshWords {
  std::string control;               // of -O: "check", "exit"; empty: none
  std::string destination;           // without user and port
  std::vector<std::string> command;  // empty: a shell
};
// Errors: usage: an option that the lab does not know, no destination, or a command that a login shell would
// have to read (the lab's hosts have none that reads commands: words of letters, digits and /._- alone).
Result<SshWords> read_ssh_words(std::span<const std::string> words);

}  // namespace anchoko::lab
