// pcapng files (draft-ietf-opsawg-pcapng), several sections, both byte orders.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/base/result.h"
#include "core/formats/capture_format.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/pcapng/time_resolution.h"
#include "core/formats/reader_base.h"

namespace anchoko::formats {

Detection detect_pcapng(std::span<const std::byte> start);
// Errors: failed when the first section header is cut short, damaged or of an unknown version.
Result<std::unique_ptr<RecordReader>> open_pcapng(std::unique_ptr<InputFile> input);

namespace pcapng {

class Reader final : public ReaderBase {
 public:
  explicit Reader(BlockBuffer buffer) : ReaderBase(std::move(buffer)) {}

  // Reads the first section header.
  Result<void> begin();
  ReadStatus next(PacketRecord& record) override;

 private:
  // What a block that is whole and soundly framed says: a status to answer with, or nothing: read on.
  using Step = std::optional<ReadStatus>;

  struct Block {
    std::uint32_t type = 0;
    std::span<const std::byte> body;  // between the length fields
    std::uint64_t offset = 0;         // of the block in the file
  };
  struct Source {  // what is needed of an interface to read its records
    TimeResolution resolution;
    std::uint32_t snaplen = 0;
    std::uint32_t max_captured = 0;
  };
  struct PacketFields {  // where enhanced and obsolete packet blocks differ
    std::uint32_t interface = 0;
    std::uint16_t drops = 0;
  };

  Step read_block(PacketRecord& record);
  Step read_section(const Block& block);
  Step read_interface(const Block& block);
  Step read_packet(const Block& block, PacketFields fields, PacketRecord& record);
  Step read_simple_packet(const Block& block, PacketRecord& record);
  Step read_statistics(const Block& block);
  Step read_attachment(const Block& block);
  Step dispatch(const Block& block, PacketRecord& record);

  void set_interface_option(InterfaceInfo& info, const Option& option, std::int64_t& offset_seconds,
                            std::uint8_t& resolution);
  void add_comment(InterfaceInfo& info, std::string text) const;
  void set_packet_options(std::span<const std::byte> bytes, std::uint16_t drops, PacketRecord& record);

  // Notes damage within a soundly framed block, which is passed over.
  ReadStatus damaged_block(const Block& block, std::string what);
  // Notes damage at the next byte and goes on to the next sound block.
  ReadStatus resynchronise(std::string what);
  bool sound_block_here();
  ReadStatus end_of_input();

  ByteOrder order_ = ByteOrder::little;
  std::size_t section_base_ = 0;   // index of the section's first interface
  bool lost_blocks_ = false;       // in this section, by resynchronising
  bool section_readable_ = false;  // false after a section header of an unknown version
  std::size_t max_block_ = 0;
  std::string section_os_;
  std::vector<Source> sources_;     // as interfaces_
  std::vector<std::byte> scratch_;  // converted options or attachment
};

}  // namespace pcapng
}  // namespace anchoko::formats
