// The structure of capture files as their descriptions give it: where records begin and end, and whether a
// file is whole. Written apart from the readers, which it judges.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace anchoko::walk {

enum class Kind {
  packet,
  maybe_packet,  // descriptions leave it open whether a reader shows it as a packet
  other,         // a block or record that is no packet, but does not bear on packets either
  description,   // what the meaning of packets behind it depends on
};

struct Part {
  std::size_t offset = 0;
  std::size_t size = 0;
  Kind kind = Kind::other;
  std::size_t padding = 0;  // at its end: bytes without which a packet is complete all the same
  std::size_t ahead = 0;    // bytes in front of it without which it cannot be read
  std::size_t behind = 0;   // bytes behind it that must be there as well
};

struct Walk {
  // From the first byte to the last. The file header is the first one, a description.
  std::vector<Part> parts;
  // What the meaning of all packets depends on ends here; in some formats it reaches into the first of them.
  std::size_t decisive = 0;
  // Every length agrees with every other, and the last part ends with the file. A file that is not whole
  // cannot be read without noticing; one that is may still say nonsense.
  bool whole = false;
  // The descriptions leave it open whether it is.
  bool open = false;
  // Where they come out in another order than they stand in (by time), or several are in one part: the
  // packets in that order. Else empty: the parts that are packets.
  std::vector<Part> sorted_packets = {};
};

// `format`: a name of formats.def that knows() has; else nothing.
Walk walk(std::string_view format, std::span<const std::byte> file);
bool knows(std::string_view format);

}  // namespace anchoko::walk
