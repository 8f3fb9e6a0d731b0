#include <algorithm>
#include <atomic>

#include <windows.h>

#include "cli/terminal.h"
#include "core/base/text_windows.h"

namespace anchoko::cli {
namespace {

HANDLE handle_of(Stream stream) {
  return ::GetStdHandle(stream == Stream::out ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

bool is_console(HANDLE handle) {
  DWORD mode = 0;
  return handle != nullptr && handle != INVALID_HANDLE_VALUE && ::GetConsoleMode(handle, &mode) != 0;
}

// A console takes UTF-16, whatever its code page; everything else gets the bytes as they are.
bool write_console(HANDLE handle, const std::string& text) {
  const std::wstring wide = windows::wide(text);
  constexpr std::size_t most = 8192;  // old consoles refuse more in one call
  for (std::size_t done = 0; done < wide.size();) {
    DWORD count = 0;
    const auto size = static_cast<DWORD>(std::min(wide.size() - done, most));
    if (!::WriteConsoleW(handle, wide.data() + done, size, &count, nullptr) || count == 0) return false;
    done += count;
  }
  return true;
}

bool write_bytes(HANDLE handle, const std::string& text) {
  constexpr std::size_t most = std::size_t{1} << 30;
  for (std::size_t done = 0; done < text.size();) {
    DWORD count = 0;
    const auto size = static_cast<DWORD>(std::min(text.size() - done, most));
    if (!::WriteFile(handle, text.data() + done, size, &count, nullptr)) return false;
    done += count;
  }
  return true;
}

std::string second_text;
std::atomic<int> interrupt_count{0};

// Runs in a thread of its own that Windows makes.
BOOL WINAPI on_control(DWORD event) {
  switch (event) {
    case CTRL_C_EVENT:
    case CTRL_BREAK_EVENT:
      if (interrupt_count.fetch_add(1) >= 1) {
        write_all(Stream::err, second_text);
        ::TerminateProcess(::GetCurrentProcess(), 130);
      }
      return TRUE;
    case CTRL_CLOSE_EVENT:
    case CTRL_LOGOFF_EVENT:
    case CTRL_SHUTDOWN_EVENT: {
      int none = 0;
      interrupt_count.compare_exchange_strong(none, 1);
      // Windows ends the process when this returns, or after a few seconds: the time that there is to finish.
      ::Sleep(INFINITE);
      return TRUE;
    }
    default:
      return FALSE;
  }
}

}  // namespace

bool is_terminal(Stream stream) {
  return is_console(handle_of(stream));
}

bool understands_escapes(Stream stream) {
  HANDLE const handle = handle_of(stream);
  DWORD mode = 0;
  if (handle == nullptr || handle == INVALID_HANDLE_VALUE || !::GetConsoleMode(handle, &mode)) return false;
  // Consoles before Windows 10 print escape sequences as they are.
  return (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0 ||
         ::SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

unsigned terminal_width(Stream stream) {
  CONSOLE_SCREEN_BUFFER_INFO info{};
  HANDLE const handle = handle_of(stream);
  if (!is_console(handle)) return 0;
  if (!::GetConsoleScreenBufferInfo(handle, &info)) return 80;
  const int columns = info.srWindow.Right - info.srWindow.Left + 1;
  return columns > 0 ? static_cast<unsigned>(columns) : 80;
}

WriteResult write_all(Stream stream, const std::string& text) {
  HANDLE const handle = handle_of(stream);
  if (text.empty()) return {};
  if (handle == nullptr || handle == INVALID_HANDLE_VALUE)
    return {false, false, windows::error_text(ERROR_INVALID_HANDLE)};
  if (is_console(handle) ? write_console(handle, text) : write_bytes(handle, text)) return {};
  const DWORD code = ::GetLastError();
  return {false, code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA, windows::error_text(code)};
}

// Windows cannot tell without writing, and a write of nothing is an end of file to some readers: the next
// real write tells.
bool reader_is_gone(Stream) {
  return false;
}

// The standard handles are looked up by what they are for, so no file that is opened later takes their place.
void occupy_closed_streams() {}

// There is no such signal: writing fails, and write_all() says that the reader has gone.
void survive_failed_writes() {}

void count_interrupts(const std::string& on_second) {
  second_text = on_second;
  ::SetConsoleCtrlHandler(on_control, TRUE);
}

int interrupts() {
  return interrupt_count.load();
}

}  // namespace anchoko::cli
