// A plan as the keeper: one POSIX shell program that starts the tool on the target, ends it within its
// limits, and answers whoever asks later. Its unchanging part is keeper.sh.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/exec/command_line.h"
#include "core/model/capture_plan.h"

namespace anchoko::plan {

// What the shell reads from its standard input to start a capture: makes the private folder, puts the keeper
// there and starts it. Every word of a person stands in single quotes. Prints "started FOLDER"; otherwise
// says what failed on stderr, with exit status 1 and nothing left behind. Errors: a word with a zero byte, a
// folder that is relative or holds a line break, a shell or an id that is none.
Result<std::string> start_script(const CapturePlan& plan);

// The shell that reads it: fixed words, whatever the plan holds.
CommandLine shell_command(const std::string& shell);

// The keeper asked later; each prints or does as keeper.sh says, and takes a folder that is gone, was never
// finished or belongs to somebody else for what it is: nothing in that one is run, read or deleted.
enum class KeeperRequest { status, live_status, stop, clean };
std::string request_script(const CapturePlan& plan, KeeperRequest request);

// Prints a file of the session's folder, or what cksum says of it: a file proper, in a folder that is this
// user's alone. Otherwise exit status 1.
enum class FileRequest { content, checksum };
std::string file_script(const CapturePlan& plan, const std::string& name, FileRequest request);

}  // namespace anchoko::plan
