// snoop output, version 2 (RFC 1761): one link type, microseconds, records padded to 4 bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/formats/writer_base.h"

namespace anchoko::formats {

Result<std::unique_ptr<RecordWriter>> create_snoop_writer(std::unique_ptr<OutputFile> output);

namespace snoop {

class Writer final : public WriterBase {
 public:
  explicit Writer(std::unique_ptr<OutputFile> output) : WriterBase(std::move(output), "snoop") {}

  // Any interface may be added; the file has the link type of the first packet that is written.
  Result<std::uint32_t> add_interface(const InterfaceInfo& interface) override;
  // Refused, with an error: an unknown interface, a link type that snoop files cannot hold or that differs
  // from that of earlier packets, more bytes than readers accept, a time before 1970 or after 32 bits of
  // seconds.
  bool write(const PacketRecord& record) override;
  // The number of dropped packets is held, where the records' own drop counts add up to it.
  Result<void> add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) override;
  // Without packets the link type is that of the first interface; without interfaces there is none, as in
  // files of snoop itself.
  Result<void> flush() override;

 private:
  struct Source {
    LinkType link_type = LinkType::ethernet;
    std::optional<std::uint32_t> dlpi_type;
    bool header_tells_direction = false;
  };

  bool write_version();
  bool write_link_type(std::uint32_t dlpi_type);
  bool accept(const PacketRecord& record);
  void take_options(const PacketRecord& record);
  void count_lost(const PacketRecord& record, const Source& source);

  std::vector<Source> sources_;
  bool has_version_ = false;
  std::optional<std::uint32_t> dlpi_type_;  // of the file, once it is written
  LinkType link_type_ = LinkType::ethernet;
  std::uint64_t drops_ = 0;
};

}  // namespace snoop
}  // namespace anchoko::formats
