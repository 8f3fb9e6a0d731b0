// Commands are words, never a shell.
#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string_view>

#include <windows.h>

#include "core/base/text_windows.h"
#include "core/exec/command_runner.h"
#include "core/exec/launch_windows.h"

namespace anchoko {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using windows::UniqueHandle;

constexpr DWORD poll_step = 20;
// What a shell reports for one that SIGTERM or SIGINT ended; Windows itself knows no signals.
constexpr UINT terminated_status = 128 + 15;
constexpr int interrupted_status = 128 + 2;

std::unexpected<Error> failure(const std::string& what) {
  return fail(ErrorKind::failed, what + ": " + windows::error_text(::GetLastError()));
}

UniqueHandle open_null(DWORD access) {
  return UniqueHandle(
      ::CreateFileW(L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0, nullptr));
}

// What a command writes, read as it comes. Helpers may hold the other end open longer than the command lives,
// so nothing is waited for.
class OutputPipe {
 public:
  bool open() {
    HANDLE source = nullptr;
    HANDLE sink = nullptr;
    if (!::CreatePipe(&source, &sink, nullptr, 65536)) return false;
    source_ = UniqueHandle(source);
    sink_ = UniqueHandle(sink);
    return true;
  }
  HANDLE sink() const { return sink_.get(); }
  void close_sink() { sink_.close(); }

  // Reads what is there, not more than a pipe holds: somebody may write for ever. True when there was
  // something.
  bool drain() {
    bool any = false;
    std::array<char, 65536> buffer;
    DWORD waiting = 0;
    for (int reads = 0; reads < 4; ++reads) {
      if (!::PeekNamedPipe(source_.get(), nullptr, 0, nullptr, &waiting, nullptr) || waiting == 0) break;
      DWORD count = 0;
      if (!::ReadFile(source_.get(), buffer.data(), static_cast<DWORD>(buffer.size()), &count, nullptr))
        break;
      any = true;
      const std::string_view piece(buffer.data(), count);
      if (taker != nullptr) {
        if (taken) taken = (*taker)(piece);
        continue;
      }
      const std::size_t room = CommandRunner::output_cap - std::min(CommandRunner::output_cap, text.size());
      text.append(piece.substr(0, room));
    }
    return any;
  }

  std::string text;
  const OutputSink* taker = nullptr;  // takes it instead of `text`
  Result<void> taken;                 // what that answered last

 private:
  UniqueHandle source_;
  UniqueHandle sink_;
};

void end_all(const windows::Launched& launched) {
  if (launched.job) ::TerminateJobObject(launched.job.get(), terminated_status);
  ::TerminateProcess(launched.process.get(), terminated_status);
}

int status_of(HANDLE process) {
  DWORD code = 1;
  ::GetExitCodeProcess(process, &code);
  return code == static_cast<DWORD>(STATUS_CONTROL_C_EXIT) ? interrupted_status : static_cast<int>(code);
}

// What the command reads: a file that nobody else can open and that is gone with its last handle.
UniqueHandle input_file(std::string_view text) {
  if (text.empty()) return open_null(GENERIC_READ);
  std::array<wchar_t, MAX_PATH + 1> folder{};
  std::random_device random;
  if (::GetTempPathW(static_cast<DWORD>(folder.size()), folder.data()) == 0) return UniqueHandle();
  const std::wstring name = folder.data() + windows::wide("anchoko-" + std::to_string(random()) +
                                                          std::to_string(random()) + ".tmp");
  UniqueHandle file(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, CREATE_NEW,
                                  FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr));
  while (file && !text.empty()) {
    constexpr std::size_t most = std::size_t{1} << 30;
    DWORD count = 0;
    if (!::WriteFile(file.get(), text.data(), static_cast<DWORD>(std::min(text.size(), most)), &count,
                     nullptr))
      return UniqueHandle();
    text.remove_prefix(count);
  }
  if (file) ::SetFilePointerEx(file.get(), LARGE_INTEGER{}, nullptr, FILE_BEGIN);
  return file;
}

class LocalRunner final : public CommandRunner {
 public:
  Result<CommandOutput> run(const CommandLine& command, milliseconds time_limit,
                            std::string_view input) override {
    return execute(command, time_limit, input, nullptr);
  }
  Result<CommandOutput> stream(const CommandLine& command, milliseconds patience, std::string_view input,
                               const OutputSink& sink) override {
    return execute(command, patience, input, &sink);
  }
  std::string find_program(const std::string& name) override { return windows::find_program(name); }

 private:
  static Result<CommandOutput> execute(const CommandLine& command, milliseconds time_limit,
                                       std::string_view input, const OutputSink* sink) {
    const auto program = windows::program_of(command);
    if (!program) return fail(program.error());
    OutputPipe out;
    OutputPipe err;
    out.taker = sink;
    const UniqueHandle in = input_file(input);
    if (!in || !out.open() || !err.open()) return failure("`" + command.front() + "` could not be run");
    const auto launched = windows::launch(*program, command, {in.get(), out.sink(), err.sink()});
    if (!launched) return fail(launched.error());
    out.close_sink();
    err.close_sink();
    auto until = steady_clock::now() + time_limit;
    bool more = false;
    while (::WaitForSingleObject(launched->process.get(), more ? 0 : poll_step) != WAIT_OBJECT_0) {
      if (steady_clock::now() >= until) {
        end_all(*launched);
        return fail(ErrorKind::failed, "`" + command.front() + "` " +
                                           (sink != nullptr ? "wrote nothing for " : "did not end within ") +
                                           std::to_string(time_limit.count()) + " ms and was ended");
      }
      const bool from_out = out.drain();
      if (sink != nullptr && from_out) until = steady_clock::now() + time_limit;
      if (!out.taken) {
        end_all(*launched);
        return fail(out.taken.error());
      }
      more = err.drain() || from_out;
    }
    out.drain();
    err.drain();
    if (!out.taken) return fail(out.taken.error());
    return CommandOutput{status_of(launched->process.get()), std::move(out.text), std::move(err.text)};
  }
};

}  // namespace

std::unique_ptr<CommandRunner> make_local_runner() {
  return std::make_unique<LocalRunner>();
}

}  // namespace anchoko
