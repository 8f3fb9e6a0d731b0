// Starting a program on Windows: its words as a command line, its environment, and only the handles it is
// meant to have.
#pragma once

#include <string>

#include <windows.h>

#include "core/base/result.h"
#include "core/exec/command_line.h"

namespace anchoko::windows {

class UniqueHandle {
 public:
  explicit UniqueHandle(HANDLE value = nullptr) : value_(value == INVALID_HANDLE_VALUE ? nullptr : value) {}
  UniqueHandle(UniqueHandle&& other) noexcept : value_(other.release()) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) {
      close();
      value_ = other.release();
    }
    return *this;
  }
  ~UniqueHandle() { close(); }

  HANDLE get() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }
  void close() {
    if (value_ != nullptr) ::CloseHandle(value_);
    value_ = nullptr;
  }

 private:
  HANDLE release() {
    HANDLE const value = value_;
    value_ = nullptr;
    return value;
  }
  HANDLE value_;
};

// The words such that a program of Microsoft's C library, and CommandLineToArgvW, get them back unchanged.
std::string quote_arguments(const CommandLine& command);

// Full path of a program: as written when it has a folder, else from the absolute folders of PATH and the
// system's own; with the endings of PATHEXT that can be run. Empty when absent.
std::string find_program(const std::string& name);

// The command's program, or why it cannot be run. A batch file would have cmd.exe read the words once more:
// it is run only with words in which cmd.exe finds nothing to act on.
Result<std::string> program_of(const CommandLine& command);

struct Launched {
  UniqueHandle process;
  UniqueHandle job;  // holds the process and all its helpers
  unsigned long pid = 0;
};
struct StandardHandles {
  HANDLE in;
  HANDLE out;
  HANDLE err;
};
// In a console group of its own: Ctrl-C reaches anchoko alone, Ctrl-Break can be sent to the program.
Result<Launched> launch(const std::string& program, const CommandLine& command,
                        const StandardHandles& streams);

}  // namespace anchoko::windows
