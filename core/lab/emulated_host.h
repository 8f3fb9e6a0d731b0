// A host of the lab as its stand-in tools see it: what system it plays, its interfaces, and its state, all in
// one folder, so that one machine plays many hosts.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace anchoko::lab {

using MacAddress = std::array<std::uint8_t, 6>;

struct HostInterface {
  std::string name;    // as the played system calls it: en0, net0, lan1
  std::string device;  // of this machine; live packets come from there
  MacAddress mac{};
  std::vector<std::string> addresses;  // without prefix lengths
};

// `host.conf` in the folder, one fact a line, words apart by blanks, '#' begins a comment:
//   os NAME                          solaris, aix, hpux, windows
//   release TEXT                     5.11, 7.2, B.11.31, 10.0.20348
//   name TEXT                        the host name
//   user NAME                        whose rights the tools see; root when absent
//   interface NAME DEVICE MAC ADDRESS…
//   packets live | FILE              where packets come from: the devices, or a classic pcap file,
//                                    beside host.conf unless it has a full path
//   fact NAME VALUE                  how an open fact of a reference reads on this host
//   fault NAME [VALUE]               what goes wrong on this host
//   KEY TEXT                         anything else, for single tools; see setting()
class EmulatedHost {
 public:
  // The folder that the environment variable ANCHOKO_LAB_HOST names.
  static Result<EmulatedHost> from_environment();
  // Errors: usage, naming file and line.
  static Result<EmulatedHost> open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& os() const { return os_; }
  const std::string& release() const { return release_; }
  const std::string& name() const { return name_; }
  const std::string& packets() const { return packets_; }
  bool is_root() const { return user_ == "root"; }
  const std::string& user() const { return user_; }
  const std::vector<HostInterface>& interfaces() const { return interfaces_; }
  const HostInterface* find_interface(std::string_view name) const;

  std::string fact(std::string_view name, std::string_view otherwise) const;
  // Nothing: it does not go wrong. Without a value in the file: empty text.
  std::optional<std::string> fault(std::string_view name) const;
  std::optional<std::string> setting(std::string_view key) const;  // the rest of its line

  // State that outlives one tool: small texts by name ([a-z0-9._-]), in the folder `state`, private to the
  // user. Written under a temporary name and renamed. Nothing there: no value.
  Result<std::optional<std::string>> read_state(std::string_view name) const;
  Result<void> write_state(std::string_view name, std::string_view text) const;
  Result<void> remove_state(std::string_view name) const;
  std::vector<std::string> state_names() const;  // sorted

 private:
  std::filesystem::path folder_;
  std::string os_, release_, name_;
  std::string user_ = "root";
  std::string packets_ = "live";
  std::vector<HostInterface> interfaces_;
  std::map<std::string, std::string, std::less<>> facts_, faults_, settings_;
};

// While it lives, no other process has one of the same host: what tools read and then write hangs together.
class HostLock {
 public:
  static Result<HostLock> take(const EmulatedHost& host);
  HostLock(HostLock&& other) noexcept;
  HostLock& operator=(HostLock&&) = delete;
  ~HostLock();

 private:
  explicit HostLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace anchoko::lab
