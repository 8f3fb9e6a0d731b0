// How a command line is written for a person who would paste it: one quoter per shell. For display and
// generated scripts; commands themselves are run from their words.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/exec/command_line.h"

namespace anchoko {

std::string quote_posix(const std::string& word);
std::string quote_posix(const CommandLine& command);

// A line that may end a here-document of that text in any POSIX shell; a letter and `stem`, which is plain.
// Errors: usage, there is none.
Result<std::string> here_document_mark(std::string_view text, const std::string& stem);

// Program bare, every argument double-quoted, so that cmd.exe and PowerShell read it alike. Refuses words
// with a double quote, $, backtick, %, control characters or a trailing backslash (reference: Windows,
// section 5).
Result<std::string> quote_windows(const CommandLine& command);

}  // namespace anchoko
