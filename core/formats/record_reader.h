// Records of a capture file, one after the other, without copying.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/packet/interface_info.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats {

enum class ReadStatus {
  record,      // the record is filled
  attachment,  // a block that is not a packet but worth keeping: see attachment()
  end,         // the sound end of the input
  damaged,     // damage was found and noted in report(); call next() again: it goes on, or answers end
  failed,      // the input could not be read: error() says why
};

struct Damage {
  std::uint64_t offset = 0;  // byte offset in the file
  std::string what;          // "record says 70000 captured bytes, the limit is 262144"
  std::string file;          // where several are read as one; else empty
};

struct ReadReport {
  std::uint64_t records = 0;          // packets delivered
  std::uint64_t bytes = 0;            // of input consumed
  std::uint64_t lost_bytes = 0;       // of input passed over because of damage
  std::uint64_t skipped_blocks = 0;   // blocks of a type that we do not carry over
  std::uint64_t skipped_options = 0;  // options that could not be carried over
  std::uint64_t rounded_times = 0;    // records whose time was finer than a nanosecond: rounded down
  std::vector<Damage> damage;         // the first 100 in full
  std::uint64_t damage_count = 0;     // all
};

// A pcapng block that is carried over as it is: name resolution, decryption secrets, custom blocks.
struct Attachment {
  std::uint32_t block_type = 0;
  std::span<const std::byte> body;  // in little-endian byte order
};

// What a file tells beside its packets, in words for people.
struct FileFacts {
  struct Fact {
    std::string name;                // "events lost"
    std::vector<std::string> lines;  // "12"
  };
  std::vector<Fact> list;
  // Packets that were not delivered because nobody asked for them, and the option that asks: no damage.
  std::vector<std::string> left_out;
  // Where no packet was delivered: why there may be none, and the command that would have captured some.
  std::vector<std::string> why_empty;
  // Records that the capturing system says it lost, of whatever kind; absent: it does not tell.
  std::optional<std::uint64_t> lost;
  // The same in words: "5 events and 2 buffers of events".
  std::vector<std::string> lost_words;
  // Why nobody can tell whether the file holds all.
  std::vector<std::string> uncertain;

  // Those of another input, each with that name in front; empty: there is only one.
  void add(FileFacts more, const std::string& input);
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  virtual ReadStatus next(PacketRecord& record) = 0;
  virtual const Attachment& attachment() const = 0;
  // Grows while reading; existing elements keep their index. Statistics may appear until the end.
  virtual const std::vector<InterfaceInfo>& interfaces() const = 0;
  virtual const ReadReport& report() const = 0;
  virtual const Error& error() const = 0;
  virtual const std::vector<std::string>& section_comments() const = 0;
  // Complete at the end of the records.
  virtual FileFacts facts() const { return {}; }
};

}  // namespace anchoko::formats
