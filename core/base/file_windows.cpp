#include <algorithm>
#include <atomic>
#include <utility>

#include <windows.h>
// windows.h comes first: sddl.h needs its types.
#include <sddl.h>

#include "core/base/file.h"
#include "core/base/pending_name.h"
#include "core/base/text_windows.h"

namespace anchoko {
namespace {

std::unexpected<Error> system_failure(const std::string& what, DWORD code) {
  const bool rights =
      code == ERROR_ACCESS_DENIED || code == ERROR_WRITE_PROTECT || code == ERROR_PRIVILEGE_NOT_HELD;
  return fail(rights ? ErrorKind::unavailable : ErrorKind::failed, what + ": " + windows::error_text(code));
}

class Handle {
 public:
  explicit Handle(HANDLE value, bool owned = true) : value_(value), owned_(owned) {}
  Handle(Handle&& other) noexcept
      : value_(std::exchange(other.value_, INVALID_HANDLE_VALUE)), owned_(other.owned_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() { close(); }

  HANDLE get() const { return value_; }
  // A standard stream that is closed has no handle at all.
  bool valid() const { return value_ != INVALID_HANDLE_VALUE && value_ != nullptr; }
  void close() {
    const bool open = valid() && owned_;
    const HANDLE value = std::exchange(value_, INVALID_HANDLE_VALUE);
    if (open) ::CloseHandle(value);
  }

 private:
  HANDLE value_;
  bool owned_;
};

// The one who made it and the system itself, nobody by inheritance: what mode 0600 or 0700 is elsewhere.
// Where the file system knows no rights (FAT), Windows ignores it.
class PrivateRights {
 public:
  PrivateRights() {
    const std::string user = user_sid();
    if (user.empty()) return;
    const std::wstring text = windows::wide("D:P(A;OICI;FA;;;" + user + ")(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(text.c_str(), SDDL_REVISION_1, &descriptor_,
                                                                nullptr)) {
      descriptor_ = nullptr;
    }
    attributes_ = {sizeof attributes_, descriptor_, FALSE};
  }
  ~PrivateRights() { ::LocalFree(descriptor_); }
  PrivateRights(const PrivateRights&) = delete;
  PrivateRights& operator=(const PrivateRights&) = delete;

  // Null: whoever we are cannot be told, so there is nobody to keep it for.
  SECURITY_ATTRIBUTES* get() { return descriptor_ == nullptr ? nullptr : &attributes_; }

 private:
  static std::string user_sid() {
    HANDLE token = nullptr;
    if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token)) return {};
    const Handle owned(token);
    alignas(TOKEN_USER) std::byte buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    DWORD size = 0;
    if (!::GetTokenInformation(token, TokenUser, buffer, sizeof buffer, &size)) return {};
    wchar_t* text = nullptr;
    if (!::ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER*>(buffer)->User.Sid, &text)) return {};
    std::string sid = windows::narrow(text);
    ::LocalFree(text);
    return sid;
  }

  PSECURITY_DESCRIPTOR descriptor_ = nullptr;
  SECURITY_ATTRIBUTES attributes_{};
};

// One call transfers at most this much: sizes are 32 bits wide there.
DWORD one_transfer(std::size_t size) {
  constexpr std::size_t most = std::size_t{1} << 30;
  return static_cast<DWORD>(std::min(size, most));
}

class WindowsInput final : public InputFile {
 public:
  // `go_on` may be empty.
  WindowsInput(Handle file, std::string name, GoOn go_on)
      : file_(std::move(file)), name_(std::move(name)), go_on_(std::move(go_on)) {
    if (!file_.valid() || ::GetFileType(file_.get()) != FILE_TYPE_PIPE) go_on_ = {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!file_.valid()) return system_failure(name_ + ": cannot be read", ERROR_INVALID_HANDLE);
    if (go_on_) {
      if (auto waited = wait(); !waited) return fail(std::move(waited.error()));
    }
    DWORD count = 0;
    if (::ReadFile(file_.get(), buffer.data(), one_transfer(buffer.size()), &count, nullptr)) return count;
    const DWORD code = ::GetLastError();
    // The writer of a pipe has closed it: that is its end.
    if (code == ERROR_BROKEN_PIPE || code == ERROR_HANDLE_EOF) return 0;
    return system_failure(name_ + ": cannot be read", code);
  }
  const std::string& name() const override { return name_; }
  bool is_regular() const override { return file_.valid() && ::GetFileType(file_.get()) == FILE_TYPE_DISK; }
  Identity identity() const override {
    BY_HANDLE_FILE_INFORMATION about{};
    if (!file_.valid() || !::GetFileInformationByHandle(file_.get(), &about)) return {};
    return {about.dwVolumeSerialNumber, std::uint64_t{about.nFileIndexHigh} << 32 | about.nFileIndexLow};
  }
  std::optional<std::uint64_t> size() const override {
    LARGE_INTEGER size{};
    if (!is_regular() || !::GetFileSizeEx(file_.get(), &size)) return std::nullopt;
    return static_cast<std::uint64_t>(size.QuadPart);
  }
  Result<void> seek(std::uint64_t offset) override {
    LARGE_INTEGER position;
    position.QuadPart = static_cast<LONGLONG>(offset);
    if (!::SetFilePointerEx(file_.get(), position, nullptr, FILE_BEGIN))
      return system_failure(name_ + ": cannot be read", ::GetLastError());
    return {};
  }

 private:
  // Until there is something to read. The end and errors show when it is read.
  Result<void> wait() const {
    constexpr DWORD interval_ms = 20;
    DWORD there = 0;
    while (::PeekNamedPipe(file_.get(), nullptr, 0, nullptr, &there, nullptr) && there == 0) {
      if (!go_on_()) return fail(ErrorKind::interrupted, "interrupted");
      ::Sleep(interval_ms);
    }
    return {};
  }

  Handle file_;
  std::string name_;
  GoOn go_on_;
};

Result<void> write_all(const Handle& file, std::span<const std::byte> bytes, const std::string& name,
                       std::atomic<bool>* reader_left = nullptr) {
  if (!file.valid()) return system_failure(name + ": cannot be written", ERROR_INVALID_HANDLE);
  while (!bytes.empty()) {
    DWORD count = 0;
    if (!::WriteFile(file.get(), bytes.data(), one_transfer(bytes.size()), &count, nullptr)) {
      const DWORD code = ::GetLastError();
      if (reader_left != nullptr) *reader_left = code == ERROR_NO_DATA || code == ERROR_BROKEN_PIPE;
      return system_failure(name + ": cannot be written", code);
    }
    bytes = bytes.subspan(count);
  }
  return {};
}

// Standard output, pipes and devices: nothing to rename.
class StraightOutput final : public OutputFile {
 public:
  StraightOutput(Handle file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    return write_all(file_, bytes, name_, &reader_left_);
  }
  Result<void> rewrite(std::uint64_t, std::span<const std::byte>) override {
    return fail(ErrorKind::failed, name_ + ": is written straight and cannot be corrected afterwards");
  }
  Result<void> commit() override {
    file_.close();
    return {};
  }
  std::string pending_path() const override { return {}; }
  bool reader_left() const override { return reader_left_; }

 private:
  Handle file_;
  std::string name_;
  std::atomic<bool> reader_left_ = false;
};

class PendingOutput final : public OutputFile {
 public:
  PendingOutput(Handle file, std::filesystem::path pending, std::filesystem::path path, Overwrite overwrite)
      : file_(std::move(file)),
        pending_(std::move(pending)),
        path_(std::move(path)),
        name_(utf8(path_)),
        overwrite_(overwrite) {}
  PendingOutput(const PendingOutput&) = delete;
  PendingOutput& operator=(const PendingOutput&) = delete;
  ~PendingOutput() override {
    file_.close();  // an open file cannot be deleted
    if (!pending_.empty()) ::DeleteFileW(pending_.c_str());
  }

  Result<void> write(std::span<const std::byte> bytes) override { return write_all(file_, bytes, name_); }

  Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
    LARGE_INTEGER place{};
    place.QuadPart = static_cast<LONGLONG>(offset);
    if (!::SetFilePointerEx(file_.get(), place, nullptr, FILE_BEGIN))
      return system_failure(name_ + ": cannot be written", ::GetLastError());
    if (auto written = write_all(file_, bytes, name_); !written) return written;
    // What is written next goes behind everything, as before.
    if (!::SetFilePointerEx(file_.get(), LARGE_INTEGER{}, nullptr, FILE_END))
      return system_failure(name_ + ": cannot be written", ::GetLastError());
    return {};
  }

  Result<void> commit() override {
    if (pending_.empty()) return fail(ErrorKind::failed, name_ + ": was committed before");
    if (!::FlushFileBuffers(file_.get()))
      return system_failure(name_ + ": cannot be written", ::GetLastError());
    file_.close();
    const DWORD replace = overwrite_ == Overwrite::yes ? MOVEFILE_REPLACE_EXISTING : 0;
    if (!::MoveFileExW(pending_.c_str(), path_.c_str(), MOVEFILE_WRITE_THROUGH | replace)) {
      const DWORD code = ::GetLastError();
      if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS)
        return fail(ErrorKind::refused, name_ + ": exists already");
      return system_failure(name_ + ": cannot be given its name", code);
    }
    pending_.clear();
    return {};
  }

  std::string pending_path() const override { return utf8(pending_); }

 private:
  Handle file_;
  std::filesystem::path pending_;  // empty once committed
  std::filesystem::path path_;
  std::string name_;
  Overwrite overwrite_;
};

Result<std::unique_ptr<OutputFile>> create_pending(const std::filesystem::path& path, Overwrite overwrite) {
  PrivateRights rights;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto pending = path.parent_path() / pending_name();
    // Others may read what is there so far: it is verified before it is committed.
    Handle file(::CreateFileW(pending.c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, rights.get(),
                              CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (file.valid()) return std::make_unique<PendingOutput>(std::move(file), pending, path, overwrite);
    const DWORD code = ::GetLastError();
    if (code != ERROR_FILE_EXISTS && code != ERROR_ALREADY_EXISTS)
      return system_failure(utf8(path) + ": cannot be created", code);
  }
  return fail(ErrorKind::failed, utf8(path) + ": no free temporary name beside it");
}

bool is_absent(DWORD code) {
  return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
}

}  // namespace

Result<std::unique_ptr<InputFile>> open_input(const std::string& path, GoOn go_on) {
  if (path == "-") {
    return std::make_unique<WindowsInput>(Handle(::GetStdHandle(STD_INPUT_HANDLE), false), "standard input",
                                          std::move(go_on));
  }
  // A file that is still being written may be read, renamed and deleted by others meanwhile, as elsewhere.
  constexpr DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  Handle file(::CreateFileW(path_of(path).c_str(), GENERIC_READ, share, nullptr, OPEN_EXISTING,
                            FILE_FLAG_SEQUENTIAL_SCAN, nullptr));
  if (!file.valid()) return system_failure(path + ": cannot be opened", ::GetLastError());
  return std::make_unique<WindowsInput>(std::move(file), path, std::move(go_on));
}

// Writing to a pipe is not interrupted here.
Result<std::unique_ptr<OutputFile>> create_output(const std::string& path, Overwrite overwrite, GoOn,
                                                  std::chrono::milliseconds) {
  if (path == "-") {
    return std::make_unique<StraightOutput>(Handle(::GetStdHandle(STD_OUTPUT_HANDLE), false),
                                            "standard output");
  }
  if (path.empty()) return fail(ErrorKind::usage, "the name of the output is empty");
  if (path.ends_with('/') || path.ends_with('\\')) return fail(ErrorKind::failed, path + ": is a folder");
  const auto name = path_of(path);
  const DWORD attributes = ::GetFileAttributesW(name.c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) {
    const DWORD code = ::GetLastError();
    if (!is_absent(code)) return system_failure(path + ": cannot be created", code);
    return create_pending(name, overwrite);
  }
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return fail(ErrorKind::failed, path + ": is a folder");
  // Devices such as NUL have names that look like files: only an open one tells what it is.
  Handle file(::CreateFileW(name.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                            OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) return system_failure(path + ": cannot be created", ::GetLastError());
  if (::GetFileType(file.get()) != FILE_TYPE_DISK)
    return std::make_unique<StraightOutput>(std::move(file), path);
  if (overwrite == Overwrite::no) return fail(ErrorKind::refused, path + ": exists already");
  file.close();
  if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) return create_pending(name, overwrite);
  std::error_code code;
  const auto target = std::filesystem::canonical(name, code);
  if (code) return fail(ErrorKind::failed, path + ": its target cannot be found");
  return create_pending(target, overwrite);
}

std::filesystem::path path_of(const std::string& name) {
  return windows::wide(name);
}

std::string utf8(const std::filesystem::path& path) {
  return windows::narrow(path.native());
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  PrivateRights rights;
  if (!::CreateDirectoryW(path.c_str(), rights.get()))
    return system_failure(utf8(path) + ": cannot be made", ::GetLastError());
  return {};
}

}  // namespace anchoko
