#include "core/exec/launch_windows.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "core/base/file.h"
#include "core/base/text_windows.h"

namespace anchoko::windows {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Of PATHEXT what CreateProcess can start: scripts of other hosts (.VBS, .PS1) it cannot.
std::vector<std::string> program_endings() {
  std::vector<std::string> endings;
  for (const auto& entry : split(environment(L"PATHEXT"), ';')) {
    const std::string ending = lower(entry);
    if (ending == ".com" || ending == ".exe" || ending == ".bat" || ending == ".cmd")
      endings.push_back(ending);
  }
  return endings.empty() ? std::vector<std::string>{".com", ".exe"} : endings;
}

bool is_file(const std::string& path) {
  const DWORD attributes = ::GetFileAttributesW(wide(path).c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

std::string with_ending(const std::string& path) {
  const auto endings = program_endings();
  const std::string own = lower(utf8(path_of(path).extension()));
  if (std::find(endings.begin(), endings.end(), own) != endings.end() && is_file(path)) return path;
  for (const auto& ending : endings) {
    if (is_file(path + ending)) return path + ending;
  }
  return {};
}

std::string system_folder() {
  std::array<wchar_t, MAX_PATH> buffer{};
  const UINT size = ::GetSystemDirectoryW(buffer.data(), static_cast<UINT>(buffer.size()));
  return narrow(std::wstring_view(buffer.data(), std::min<std::size_t>(size, buffer.size() - 1)));
}

bool is_batch_file(const std::string& program) {
  const std::string ending = lower(utf8(path_of(program).extension()));
  return ending == ".bat" || ending == ".cmd";
}

bool is_plain(const std::string& word) {
  static constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:\\-";
  return !word.empty() && word.find_first_not_of(plain) == std::string::npos;
}

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\n\v\"") == std::string::npos) return word;
  std::string text = "\"";
  std::size_t backslashes = 0;
  for (const char c : word) {
    // Backslashes count for themselves, except before a quote.
    if (c == '"') text.append(backslashes + 1, '\\');
    backslashes = c == '\\' ? backslashes + 1 : 0;
    text += c;
  }
  return text.append(backslashes, '\\') + "\"";
}

// Our own, in the C locale, sorted as Windows wants it.
std::wstring child_environment() {
  std::vector<std::wstring> entries{L"LC_ALL=C"};
  wchar_t* const block = ::GetEnvironmentStringsW();
  for (const wchar_t* at = block; at != nullptr && *at != L'\0';) {
    const std::wstring entry(at);
    at += entry.size() + 1;
    if (!entry.starts_with(L"LC_ALL=")) entries.push_back(entry);
  }
  if (block != nullptr) ::FreeEnvironmentStringsW(block);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return ::lstrcmpiW(a.c_str(), b.c_str()) < 0; });
  std::wstring text;
  for (const auto& entry : entries) text.append(entry).push_back(L'\0');
  text.push_back(L'\0');
  return text;
}

// Names the handles that the new process inherits: without such a list it would get every inheritable one.
class HandleList {
 public:
  explicit HandleList(const StandardHandles& streams) : handles_{streams.in, streams.out, streams.err} {
    // A handle may stand in the list once only.
    std::sort(handles_.begin(), handles_.end());
    const auto end = std::unique(handles_.begin(), handles_.end());
    const auto count = static_cast<std::size_t>(end - handles_.begin());
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    if (!::InitializeProcThreadAttributeList(get(), 1, 0, &size)) return;
    initialized_ = true;
    for (std::size_t i = 0; i < count; ++i)
      ::SetHandleInformation(handles_[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    good_ = ::UpdateProcThreadAttribute(get(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                        count * sizeof(HANDLE), nullptr, nullptr) != 0;
  }
  ~HandleList() {
    if (initialized_) ::DeleteProcThreadAttributeList(get());
  }
  HandleList(const HandleList&) = delete;
  HandleList& operator=(const HandleList&) = delete;

  bool good() const { return good_; }
  LPPROC_THREAD_ATTRIBUTE_LIST get() {
    return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
  }

 private:
  std::array<HANDLE, 3> handles_;
  std::vector<std::byte> memory_;
  bool initialized_ = false;
  bool good_ = false;
};

}  // namespace

std::string quote_arguments(const CommandLine& command) {
  std::string text;
  for (const auto& word : command) text += (text.empty() ? "" : " ") + quoted(word);
  return text;
}

std::string find_program(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return {};
  if (name.find_first_of("/\\:") != std::string::npos) return with_ending(name);
  auto folders = split(environment(L"PATH"), ';');
  const std::string system = system_folder();
  folders.insert(folders.end(), {system, system + "\\OpenSSH"});
  for (const auto& folder : folders) {
    // A relative folder would mean whatever lies in the current one.
    if (!path_of(folder).is_absolute()) continue;
    const bool separated = folder.ends_with('\\') || folder.ends_with('/');
    if (auto found = with_ending(folder + (separated ? "" : "\\") + name); !found.empty()) return found;
  }
  return {};
}

Result<std::string> program_of(const CommandLine& command) {
  if (command.empty()) return fail(ErrorKind::failed, "there is no command to run");
  for (const auto& word : command) {
    if (word.find('\0') != std::string::npos)
      return fail(ErrorKind::failed, "a word of the command holds a zero byte");
  }
  auto path = find_program(command.front());
  if (path.empty())
    return fail(ErrorKind::unavailable, "the program `" + command.front() + "` was not found");
  if (is_batch_file(path) && !std::all_of(command.begin() + 1, command.end(), is_plain)) {
    return fail(ErrorKind::refused,
                "`" + path + "` is a batch file, which would read the words it is given as commands",
                "only programs (.exe, .com) are run with such words");
  }
  return path;
}

Result<Launched> launch(const std::string& program, const CommandLine& command,
                        const StandardHandles& streams) {
  HandleList handles(streams);
  constexpr DWORD elevation_required = 740;  // winerror.h of MinGW lacks its name
  const auto failure = [&](DWORD code) {
    const bool absent = code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ||
                        code == ERROR_ACCESS_DENIED || code == ERROR_BAD_EXE_FORMAT ||
                        code == elevation_required;
    return fail(absent ? ErrorKind::unavailable : ErrorKind::failed,
                "`" + command.front() + "` could not be started: " + error_text(code));
  };
  if (!handles.good()) return failure(::GetLastError());
  STARTUPINFOEXW startup{};
  startup.StartupInfo.cb = sizeof startup;
  startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  startup.StartupInfo.hStdInput = streams.in;
  startup.StartupInfo.hStdOutput = streams.out;
  startup.StartupInfo.hStdError = streams.err;
  startup.lpAttributeList = handles.get();
  std::wstring words = wide(quote_arguments(command));
  std::wstring environment_block = child_environment();
  // Suspended until it is in its job, so that no helper of it is outside.
  constexpr DWORD flags =
      CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT | CREATE_NEW_PROCESS_GROUP | CREATE_SUSPENDED;
  PROCESS_INFORMATION created{};
  if (!::CreateProcessW(wide(program).c_str(), words.data(), nullptr, nullptr, TRUE, flags,
                        environment_block.data(), nullptr, &startup.StartupInfo, &created)) {
    return failure(::GetLastError());
  }
  const UniqueHandle thread(created.hThread);
  Launched launched{UniqueHandle(created.hProcess), UniqueHandle(::CreateJobObjectW(nullptr, nullptr)),
                    created.dwProcessId};
  // Without a job only the process itself can be ended, not its helpers.
  if (launched.job && !::AssignProcessToJobObject(launched.job.get(), launched.process.get()))
    launched.job.close();
  ::ResumeThread(thread.get());
  return launched;
}

}  // namespace anchoko::windows
