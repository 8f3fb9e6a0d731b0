// Captures by anchoko-lab, as processes of their own: the start of a plan, a pcap as the wire, and the file
// that the emulated tool wrote. Linux only (/proc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/capture_plan.h"
#include "core/packet/packet_record.h"
#include "tests/tools/frames.h"

namespace anchoko::differential {

// Frames as a classic pcap of Ethernet, a millisecond apart, and behind them so many others that the tools
// have handed on all of the first when they have read the file to its end.
struct Wire {
  std::filesystem::path file;
  std::int64_t end = 0;  // ns since 1970: the first of the frames that do not count
};
Wire write_wire(const std::filesystem::path& file, const std::vector<testing::Octets>& frames);

// One emulated host in a folder of its own, on which one capture runs at a time.
class LabHost {
 public:
  // `conf`: its host.conf, without the line about packets.
  LabHost(std::filesystem::path folder, const std::string& conf, const Wire& wire);
  ~LabHost();
  LabHost(const LabHost&) = delete;
  LabHost& operator=(const LabHost&) = delete;

  // Runs the plan's start, its folder made before.
  Result<void> start(const CapturePlan& plan);
  bool busy() const { return plan_.has_value(); }
  // Asks whether it has read the wire to its end; then it is stopped as the tool wants it, and once it has
  // ended the answer is true. Errors: failed, with what the tool said.
  Result<bool> finished();

 private:
  int spawn(const std::vector<std::string>& words) const;
  Result<void> run(const std::vector<std::string>& words) const;
  bool has_read_all() const;
  int daemon_pid() const;
  Error complaint(const std::string& what) const;

  std::filesystem::path folder_;
  const Wire& wire_;
  std::optional<CapturePlan> plan_;
  bool is_daemon_ = false;  // started through SRC
  int pid_ = 0;             // what captures; 0: not there yet
  bool stopping_ = false;
  std::int64_t patience_ = 0;  // steady clock, ns: when it is given up
};

struct LabRecord {
  std::int64_t time = 0;
  std::uint32_t original = 0;
  PacketDirection direction = PacketDirection::unknown;
  testing::Octets bytes;
  bool operator==(const LabRecord&) const = default;
};
// What our reader makes of a native file, up to that time; damage is an error.
Result<std::vector<LabRecord>> read_records(const std::string& path, std::int64_t end);

}  // namespace anchoko::differential
