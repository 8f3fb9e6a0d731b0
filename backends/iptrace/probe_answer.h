// What an AIX host answers when it is looked at: one script that changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/host_answer.h"
#include "core/base/result.h"
#include "core/exec/command_runner.h"
#include "core/model/host_facts.h"

namespace anchoko::iptrace {

// Errors: those of HostAnswer::fetch.
Result<HostAnswer> ask_host(CommandRunner& runner);

// From `lsdev -Cc if`, `ifconfig -a` and `netstat -rn`.
std::vector<HostInterface> read_interfaces(const HostAnswer& answer);

// Of `df -P -k FOLDER`. On NFS the device reads SERVER:/PATH.
struct FileSystem {
  std::optional<std::uint64_t> free;  // bytes; nothing: it cannot be told
  bool on_network = false;
};
FileSystem read_file_system(const std::string& text);

}  // namespace anchoko::iptrace
