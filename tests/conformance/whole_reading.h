// Everything that a reader says of a file, and whether it keeps the rules that hold for every input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/formats/capture_format.h"

namespace anchoko::whole {

using Bytes = std::vector<std::byte>;

// A packet as it came out of a reader, with what matters of its interface.
struct Seen {
  Bytes data;
  std::uint32_t original = 0;
  std::int64_t time_ns = 0;
  PacketDirection direction = PacketDirection::unknown;
  LinkType link = LinkType::ethernet;
  std::string interface;
  bool operator==(const Seen&) const = default;
};

struct Reading {
  bool opened = false;
  std::string refusal;
  std::vector<Seen> packets;
  formats::ReadReport report;
  std::string fault;  // of the reader itself: a rule that holds for every input
  std::size_t allocated = 0;
};

struct How {
  std::size_t step = SIZE_MAX;  // bytes that the input hands out at a time
  bool regular = false;         // a file, in which one can go back; else a pipe
  std::size_t allocation_limit = std::size_t{8} * 1024 * 1024;  // bytes that may be asked for in all
  formats::ReadOptions options = {};
};

Reading read(const formats::CaptureFormat& format, const Bytes& file, const How& how = {});

}  // namespace anchoko::whole
