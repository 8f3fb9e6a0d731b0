// What a capture file tells of itself, and whether it is complete.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/convert/loss_report.h"
#include "core/formats/capture_format.h"
#include "core/packet/interface_info.h"

namespace anchoko::convert {

struct PacketCounts {
  std::uint64_t packets = 0;
  std::uint64_t captured_bytes = 0;
  std::uint64_t original_bytes = 0;  // on the wire
  std::uint64_t inbound = 0;
  std::uint64_t outbound = 0;
  std::uint64_t cut = 0;      // fewer bytes than on the wire
  std::uint64_t dropped = 0;  // that packets of the file tell of: lost between it and the one before
  std::optional<std::int64_t> first_ns;  // smallest and largest time
  std::optional<std::int64_t> last_ns;
};

// A time without packets.
struct Gap {
  std::int64_t after_ns = 0;
  std::int64_t length_ns = 0;
};

enum class Complete { yes, no, unknown };

// One of the files of a ring.
struct RingFile {
  std::string path;
  std::optional<std::uint64_t> file_bytes;
  std::uint64_t packets = 0;
  std::optional<std::int64_t> first_ns;  // smallest and largest time
  std::optional<std::int64_t> last_ns;
  std::string sha256;  // empty: not asked for
};

struct CaptureInfo {
  std::string path;            // of a ring the name of the ring
  std::vector<RingFile> ring;  // its files, the oldest first; empty: it is no ring
  std::string format;
  std::optional<std::uint64_t> file_bytes;  // as the file stands, compressed or not; absent for pipes
  std::uint64_t content_bytes = 0;          // that were read
  std::string sha256;                       // of the file as it stands; empty: not asked for, or a ring
  PacketCounts all;
  std::vector<InterfaceInfo> interfaces;
  std::vector<PacketCounts> per_interface;
  std::uint64_t other_blocks = 0;  // records and blocks that are no packets
  std::uint64_t untimed = 0;
  std::uint64_t backwards = 0;  // packets that are earlier than the one before
  std::uint64_t copies = 0;     // packets that an earlier one is a copy of, at another layer
  std::vector<Gap> gaps;        // the longest, at most three, longest first
  std::vector<std::string> section_comments;
  formats::FileFacts facts;
  LossReport loss;

  // Why it is not, or why that is not known; empty for yes.
  std::vector<std::string> reasons;
  Complete complete = Complete::unknown;
};

// Reads it to its end: one file, or the files of a ring, the oldest first, which are one capture. `hash`:
// with the SHA-256 of every file. Errors: it cannot be opened or is no capture; interrupted.
Result<CaptureInfo> examine(const std::vector<std::string>& files, const formats::ReadOptions& options,
                            bool hash, const std::function<bool(std::uint64_t bytes)>& go_on);

Json to_json(const CaptureInfo& info);

}  // namespace anchoko::convert
