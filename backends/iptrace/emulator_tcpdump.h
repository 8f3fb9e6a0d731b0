// AIX's tcpdump: captures one interface, with its own kind of file.
#pragma once

#include <span>
#include <string>

#include "backends/iptrace/emulator_log.h"
#include "backends/iptrace/emulator_tcpdump_options.h"

namespace anchoko::iptrace::emulated {

int run_tcpdump(lab::EmulatedHost& host, std::span<const std::string> words);

// Its files: one, or rotated by -C and -G (tcpdump.md 2).
class SaveFiles {
 public:
  SaveFiles(const lab::EmulatedHost& host, const TcpdumpOptions& options, std::vector<std::byte> header);

  Result<void> open(std::int64_t time);  // ns
  // A full disk goes unnoticed.
  Result<void> write(std::span<const std::byte> record, std::int64_t time);
  void flush();

 private:
  std::string name(std::int64_t time) const;
  void after_rotation() const;

  const TcpdumpOptions& options_;
  std::vector<std::byte> header_;
  LogFile::Rules rules_;
  std::optional<LogFile> file_;
  std::string current_;
  std::uint64_t size_ = 0, number_ = 0;
  std::int64_t opened_ = 0;  // s
};

}  // namespace anchoko::iptrace::emulated
