// pcapng output: one little-endian section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/formats/writer_base.h"

namespace anchoko::formats {

Result<std::unique_ptr<RecordWriter>> create_pcapng_writer(std::unique_ptr<OutputFile> output);

namespace pcapng {

// Whether a record without a time stamp can be a simple packet block: of the first interface, without
// options, and as long as that interface's snap length makes it.
bool fits_simple_packet(const InterfaceInfo& interface, const PacketRecord& record);

class Writer final : public WriterBase {
 public:
  explicit Writer(std::unique_ptr<OutputFile> output) : WriterBase(std::move(output), "pcapng") {}

  Result<void> begin(const SectionInfo& section) override;
  // Texts that an option cannot hold (65535 bytes) become several comments. Errors: failed for a resolution
  // of more than 9 digits.
  Result<std::uint32_t> add_interface(const InterfaceInfo& interface) override;
  // Refused, with an error: an unknown interface, more bytes than readers accept, a time before 1970 or finer
  // than the interface's resolution, options that are not a whole number of 4-byte words.
  bool write(const PacketRecord& record) override;
  Result<void> attach(const Attachment& attachment) override;
  Result<void> add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) override;

 private:
  // What is needed of an interface to write its records: in one cache line, but for `info`.
  struct alignas(64) Target {
    std::int64_t unit_ns = 1000;  // nanoseconds per unit
    std::uint32_t snaplen_limit = 0;
    std::uint32_t max_captured = 0;
    std::uint32_t fcs_flags = 0;
    std::uint64_t description_offset = 0;  // of the block, in the file
    std::int64_t last_ns = 0;
    InterfaceInfo info;
  };

  bool write_enhanced(const PacketRecord& record, Target& target);
  bool write_simple(const PacketRecord& record, const Target& target);
  bool accept(const PacketRecord& record);
  bool lift_snaplen(Target& target);
  Result<void> append_block(std::uint32_t type, std::span<const std::byte> body);

  std::vector<Target> targets_;
  std::vector<std::byte> merged_;  // scratch: options whose flags got more bits
  bool cut_simple_packets_ = false;
};

}  // namespace pcapng
}  // namespace anchoko::formats
