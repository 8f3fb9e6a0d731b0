#include "backends/tcpdump/system_files.h"

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/local_system.h"

namespace anchoko::tcpdump {

std::optional<std::string> LocalFiles::read(const std::string& path) const {
  auto text = read_text_file(root_ + path);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::vector<std::string> LocalFiles::list(const std::string& folder) const {
  std::vector<std::string> names;
  std::error_code problem;
  for (std::filesystem::directory_iterator at(root_ + folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    names.push_back(utf8(at->path().filename()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::uint64_t> LocalFiles::free_bytes(const std::string& folder) const {
  std::error_code problem;
  const auto space = std::filesystem::space(root_ + folder, problem);
  if (problem) return std::nullopt;
  return space.available;
}

bool LocalFiles::writable(const std::string& folder) const {
  return can_write_folder(root_ + folder);
}

}  // namespace anchoko::tcpdump
