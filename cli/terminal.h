// What differs between operating systems about the terminal and about being interrupted.
#pragma once

#include <string>

namespace anchoko::cli {

enum class Stream { out, err };

bool is_terminal(Stream stream);
// A terminal that takes escape sequences: colours, going back in a line. TERM says so where there is one; a
// Windows console is asked.
bool understands_escapes(Stream stream);
// Columns; 0 when the stream is no terminal: lines may then be of any length.
unsigned terminal_width(Stream stream);

// Everything is written, or false. `closed`: the reader has gone, which is no error of ours.
struct WriteResult {
  bool ok = true;
  bool closed = false;
  std::string reason;
};
WriteResult write_all(Stream stream, const std::string& text);

// A pipe or socket that nobody reads any more.
bool reader_is_gone(Stream stream);

// A standard stream that is closed would give its number to the next file that is opened, which then received
// our messages. Reading and writing such a stream goes on failing.
void occupy_closed_streams();

// A write to a pipe that nobody reads, or beyond the largest size of files (ulimit -f), fails instead of
// ending the program. Programs that we start are not affected.
void survive_failed_writes();

// From now on Ctrl-C, a termination request and a hang-up are counted instead of ending the program at once.
// The second Ctrl-C or termination request prints `on_second` to stderr and ends the program, status 130.
void count_interrupts(const std::string& on_second);
int interrupts();

}  // namespace anchoko::cli
