// What tools with keyed filters let pass, as their judges have it: the emulated iptrace, and the model of
// netsh.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/lab/emulated_host.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::differential {

// Under one reading: does the tool let that whole frame pass?
using Passes = std::function<bool(std::span<const std::uint8_t>)>;

// iptrace on hosts of every reading that the assumptions leave: the first ones, and each other alone.
class IptraceHosts {
 public:
  explicit IptraceHosts(const std::vector<std::string>& assume);
  // For the words of a filter, one for each host. Nothing: it does not take them.
  std::optional<std::vector<Passes>> operator()(const std::vector<std::string>& native) const;

 private:
  testing::TemporaryFolder folder_;
  std::vector<lab::EmulatedHost> hosts_;
};

// The same for netsh, one for each reading that the assumptions leave.
std::optional<std::vector<Passes>> netsh_passes(const std::vector<std::string>& words,
                                                const std::vector<std::string>& assume);

}  // namespace anchoko::differential
