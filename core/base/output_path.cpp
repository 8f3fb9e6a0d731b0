#include "core/base/output_path.h"

#include <algorithm>
#include <filesystem>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/local_system.h"

namespace anchoko {
namespace {

namespace fs = std::filesystem;

// For one part of a file name: no separator, no leading dot or dash.
std::string file_name_part(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || ((c == '-' || c == '.') && !result.empty());
    result += plain ? c : '_';
  }
  constexpr std::size_t longest = 64;
  return result.empty() ? "unnamed" : result.substr(0, longest);
}

}  // namespace

Result<void> check_output(const std::string& path, bool overwrite, const std::vector<std::string>& inputs) {
  if (path == "-") return {};
  if (path.empty()) return fail(ErrorKind::usage, "the output has no name");
  std::error_code ignored;
  std::error_code problem;
  const fs::file_status status = fs::status(path_of(path), problem);
  if (!fs::status_known(status)) {
    return fail(ErrorKind::usage, "the output '" + path + "' cannot be used: " + problem.message(),
                "choose another name for the output");
  }
  if (!fs::exists(status) && fs::is_symlink(fs::symlink_status(path_of(path), ignored))) {
    return fail(ErrorKind::usage, "the output '" + path + "' is a symbolic link to nothing",
                "choose another name, or remove the link");
  }
  if (fs::is_directory(status)) {
    return fail(ErrorKind::usage, "the output '" + path + "' is a folder", "name a file in it");
  }
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) {
      return fail(ErrorKind::usage, "the output '" + path + "' is not a regular file",
                  "'-o -' writes to standard output");
    }
    for (const auto& input : inputs) {
      if (input != "-" && fs::equivalent(path_of(input), path_of(path), ignored)) {
        return fail(ErrorKind::usage, "the output '" + path + "' is also an input",
                    "choose another name for the output");
      }
    }
    if (!overwrite) {
      return fail(ErrorKind::usage, "the output '" + path + "' exists already",
                  "choose another name, or replace it with --force");
    }
  }
  fs::path folder = path_of(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored)) {
    return fail(ErrorKind::usage, "there is no folder '" + utf8(folder) + "' for the output",
                "create it first: mkdir -p '" + utf8(folder) + "'");
  }
  if (!can_write_folder(utf8(folder))) {
    return fail(ErrorKind::usage, "the folder '" + utf8(folder) + "' cannot be written by you",
                "choose another -o");
  }
  return {};
}

std::string absolute_path(const std::string& path) {
  std::error_code problem;
  const auto absolute = fs::absolute(path_of(path), problem);
  return problem ? path : utf8(absolute);
}

std::string default_output(const std::string& directory, const std::string& name, const std::string& host,
                           std::int64_t unix_seconds) {
  std::string time = iso_time(unix_seconds * 1'000'000'000);  // 2026-01-31T12:00:00.000000000Z
  time = time.substr(0, time.find('.')) + "Z";
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return utf8(path_of(directory) /
              (file_name_part(name) + "-" + file_name_part(host) + "-" + time + ".pcapng"));
}

bool can_make_folder(const std::string& folder) {
  std::error_code ignored;
  fs::path path = path_of(folder);
  while (!fs::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
  if (path.empty()) path = ".";
  return fs::is_directory(path, ignored) && can_write_folder(utf8(path));
}

Result<void> make_output_folder(const std::string& folder) {
  std::error_code error;
  const fs::path whole = path_of(folder);
  fs::path path = whole.root_path();
  for (const auto& part : whole.relative_path()) {
    path /= part;
    if (path.empty() || fs::is_directory(path, error)) continue;
    if (auto made = make_private_folder(path); !made && !fs::is_directory(path, error)) return made;
  }
  return {};
}

}  // namespace anchoko
