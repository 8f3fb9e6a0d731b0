// Commands on another machine by the user's own ssh: its configuration, keys, agents and jump hosts as they
// are.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/exec/command_runner.h"

namespace anchoko {

// How commands there get the superuser's rights.
enum class Become { none, sudo, doas, pfexec };
const char* to_string(Become become);
std::optional<Become> become_named(const std::string& name);

struct SshTarget {
  std::string destination;  // as a person writes it behind `ssh`: a name of ~/.ssh/config, user@host
  Become become = Become::none;
};

// Errors: usage, nothing that ssh would take for a host.
Result<void> check_destination(const std::string& destination);

// What login shells there see is only `[sudo -n|doas -n|pfexec] SHELL -s`; the command and its input travel
// on standard input, so a command's input must not hold zero bytes, and gets a line end where its last line
// has none. One connection for all commands, made again when it has gone; ssh asks nothing. It goes with the
// runner, or a minute after the last command. On Windows, whose ssh cannot share one, each command makes its
// own.
//
// Errors, besides those of CommandRunner: unavailable, when ssh cannot reach the target, when the connection
// is lost, or when the shell there does not start; with ssh's own words. A command that ran into its time
// limit loses its connection, and ends at its next output.
//
// `program`: the ssh to use. `shell`: of the target; where it is no POSIX shell (Solaris 10), one that is
// takes its place.
std::unique_ptr<CommandRunner> make_ssh_runner(SshTarget target, std::string program = "ssh",
                                               std::string shell = "/bin/sh");

}  // namespace anchoko
