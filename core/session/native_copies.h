// Native files of another machine, brought here to be converted.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/session/keeper_client.h"

namespace anchoko::session {

// Copies in a folder of their own, which goes with it.
class NativeCopies {
 public:
  explicit NativeCopies(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~NativeCopies();
  NativeCopies(const NativeCopies&) = delete;
  NativeCopies& operator=(const NativeCopies&) = delete;

  struct Options {
    std::function<void(std::uint64_t bytes, std::uint64_t total)> progress;
    std::function<bool()> interrupted;
  };
  // Each whole and with the checksum that it has there. What an earlier attempt left is replaced. Errors:
  // those of KeeperClient::fetch(), interrupted, the folder cannot be written.
  Result<std::vector<std::string>> bring(KeeperClient& keeper, const std::vector<KeeperReport::File>& files,
                                         const Options& options);

 private:
  std::filesystem::path folder_;
};

}  // namespace anchoko::session
