// Reading trace files, for netfmt (reference section 8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backends/nettl/emulator_record.h"

namespace anchoko::nettl::emulated {

struct ReadRecord {
  Record record;
  std::int32_t process = -1, user = -1;
  std::size_t pad = 0;  // bytes before the packet
  Packet packet;        // what of it is known; views into the record
};

// Takes a file bit by bit; records as they get complete.
class TraceText {
 public:
  void append(std::string_view more) { text_.append(more); }
  // Errors: failed, not a trace file.
  Result<bool> check_header();  // false: too short yet
  Result<std::optional<ReadRecord>> next();
  bool at_end() const { return at_ == text_.size(); }
  std::size_t records() const { return records_; }

 private:
  std::string text_;
  std::size_t at_ = 0, records_ = 0;
};

}  // namespace anchoko::nettl::emulated
