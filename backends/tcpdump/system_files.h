// Reading of a Linux target's own files. The probe asks for nothing else, so that another machine can stand
// in here (remote_files.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace anchoko::tcpdump {

class SystemFiles {
 public:
  virtual ~SystemFiles() = default;
  virtual std::optional<std::string> read(
      const std::string& path) const = 0;  // nothing: absent or not readable
  virtual std::vector<std::string> list(const std::string& folder) const = 0;  // names, sorted; empty: absent
  virtual std::optional<std::uint64_t> free_bytes(const std::string& folder) const = 0;
  virtual bool writable(const std::string& folder) const = 0;  // this user can make files in it
};

// This machine's, below `root` ("" for the real ones; tests plant a tree).
class LocalFiles final : public SystemFiles {
 public:
  explicit LocalFiles(std::string root = {}) : root_(std::move(root)) {}
  std::optional<std::string> read(const std::string& path) const override;
  std::vector<std::string> list(const std::string& folder) const override;
  std::optional<std::uint64_t> free_bytes(const std::string& folder) const override;
  bool writable(const std::string& folder) const override;

 private:
  std::string root_;
};

}  // namespace anchoko::tcpdump
