#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include <stdlib.h>

#include "core/exec/ssh_sockets.h"

namespace anchoko {
namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "anchoko-ssh.";
// A socket's path holds 104 to 108 bytes, of which ssh takes 17 for a name of its own while it makes one.
constexpr std::size_t longest_folder = 48;

// ssh expands % in the path of its socket, and takes it apart at blanks.
bool can_hold(const std::string& folder) {
  return folder.size() <= longest_folder && folder.find_first_of("% \t\"\\") == std::string::npos;
}

std::string parent_folder() {
  std::error_code problem;
  const std::string usual = fs::temp_directory_path(problem).string();
  return !problem && can_hold(usual) ? usual : "/tmp";
}

// Empty folders of processes that were killed. One with a socket in it is in use, and a new one may be empty
// for a moment.
void remove_old(const std::string& parent) {
  std::error_code problem;
  std::vector<fs::path> old;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator at(parent, problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code ignored;
    if (!at->path().filename().string().starts_with(prefix)) continue;
    const auto changed = fs::last_write_time(at->path(), ignored);
    if (!ignored && now - changed > std::chrono::hours(1)) old.push_back(at->path());
  }
  for (const auto& path : old) fs::remove(path, problem);
}

}  // namespace

std::string make_socket_folder() {
  const std::string parent = parent_folder();
  remove_old(parent);
  std::string name = parent + "/" + prefix + "XXXXXX";
  return ::mkdtemp(name.data()) == nullptr ? std::string() : name;
}

void remove_socket_folder(const std::string& folder) {
  std::error_code ignored;
  if (!folder.empty()) fs::remove_all(folder, ignored);
}

}  // namespace anchoko
