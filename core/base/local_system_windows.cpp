#include <filesystem>
#include <random>

#include <windows.h>

#include "core/base/file.h"
#include "core/base/local_system.h"
#include "core/base/text_windows.h"

namespace anchoko {

std::string local_system() {
  return "windows";
}

namespace {

std::string user_folder(const wchar_t* variable) {
  const std::string folder = windows::environment(variable);
  return path_of(folder).is_absolute() ? folder : std::string();
}

}  // namespace

std::string user_config_folder() {
  return user_folder(L"APPDATA");
}

std::string user_state_folder() {
  return user_folder(L"LOCALAPPDATA");
}

// Those that a person knows are other names than those that system calls give: nothing rather than GUIDs.
std::vector<std::string> local_interface_names() {
  return {};
}

// Handles are bounded by memory only.
std::size_t open_file_limit() {
  return 4096;
}

// Access lists, inheritance and privileges decide together: only trying tells.
bool can_write_folder(const std::string& folder) {
  std::random_device random;
  const auto probe = path_of(folder) / path_of(".anchoko-" + std::to_string(random()) + ".tmp");
  HANDLE file =
      ::CreateFileW(probe.c_str(), GENERIC_WRITE | DELETE, 0, nullptr, CREATE_NEW,
                    FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
  if (file == INVALID_HANDLE_VALUE) return false;
  ::CloseHandle(file);
  return true;
}

}  // namespace anchoko
