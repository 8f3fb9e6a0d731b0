// A capture file being written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/formats/record_reader.h"
#include "core/packet/interface_info.h"
#include "core/packet/packet_record.h"

namespace anchoko::formats {

struct SectionInfo {
  std::string hardware;
  std::string os;
  std::string application;
  std::vector<std::string> comments;
};

// What the format has no place for, or cannot hold as fine or as long: written all the same, without it.
struct NotHeld {
  std::string key;          // "directions"; stable, for programs
  std::string what;         // "directions of packets"; follows "the format has no place for"
  std::uint64_t count = 0;  // of packets, interfaces or blocks, as `what` says
};

class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  virtual Result<void> begin(const SectionInfo& section) = 0;
  virtual Result<std::uint32_t> add_interface(const InterfaceInfo& interface) = 0;  // its index
  // false: the write failed, or the format cannot hold the record in any form; error() says why. A plain bool
  // because it is called for every record.
  virtual bool write(const PacketRecord& record) = 0;
  virtual Result<void> attach(const Attachment& attachment) = 0;
  virtual Result<void> add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) = 0;
  // Hands everything written so far to the output file, final as it stands, so that it can be read back
  // before finish().
  virtual Result<void> flush() = 0;
  virtual std::uint64_t bytes_written() const = 0;
  // Flushes, synchronises and gives the file its final name.
  virtual Result<void> finish() = 0;
  virtual const Error& error() const = 0;
  // Complete after finish(). Empty: the file holds all that it was given.
  virtual std::vector<NotHeld> not_held() const { return {}; }
};

}  // namespace anchoko::formats
