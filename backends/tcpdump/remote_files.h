// The files of a Linux target on another machine, fetched once by one command.
#pragma once

#include <map>
#include <set>

#include "backends/tcpdump/system_files.h"
#include "core/base/result.h"
#include "core/exec/command_runner.h"

namespace anchoko::tcpdump {

// What probe() and examine() ask for, as it was at that time; anything else is absent.
class RemoteFiles final : public SystemFiles {
 public:
  // Errors: the target cannot be reached; failed, its answer is cut.
  static Result<RemoteFiles> fetch(CommandRunner& runner);

  std::optional<std::string> read(const std::string& path) const override;
  std::vector<std::string> list(const std::string& folder) const override;
  std::optional<std::uint64_t> free_bytes(const std::string& folder) const override;
  bool writable(const std::string& folder) const override { return writable_.contains(folder); }

 private:
  bool take(const std::string& answer, const std::string& mark);

  std::map<std::string, std::string> files_;
  std::map<std::string, std::vector<std::string>> folders_;
  std::map<std::string, std::uint64_t> free_;
  std::set<std::string> writable_;
};

}  // namespace anchoko::tcpdump
