// nettl trace output, in the form of HP-UX 11.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/formats/nettl/record.h"
#include "core/formats/nettl/subsystems.h"
#include "core/formats/writer_base.h"

namespace anchoko::formats {

Result<std::unique_ptr<RecordWriter>> create_nettl_writer(std::unique_ptr<OutputFile> output);

namespace nettl {

// A packet of no direction gets both kinds, pdu in and pdu out: a record with neither is no packet to any
// reader. Ids of packets are made again by whoever reads the file, so they do not count as lost.
class Writer final : public WriterBase {
 public:
  explicit Writer(std::unique_ptr<OutputFile> output) : WriterBase(std::move(output), "nettl") {}

  // An interface that is named as the reader names them keeps its subsystem and device; others get the usual
  // subsystem of their link type and the next device. Errors: failed for a link type without a subsystem.
  Result<std::uint32_t> add_interface(const InterfaceInfo& interface) override;
  // Refused, with an error: an unknown interface, more bytes than readers accept, a time before 1970 or
  // beyond 32 bits of seconds.
  bool write(const PacketRecord& record) override;
  Result<void> flush() override;
  Result<void> finish() override;

 private:
  struct Target {
    Subsystem subsystem;
    std::int32_t device = -1;
    LinkType link_type = LinkType::ethernet;
  };

  Target choose_target(const InterfaceInfo& interface) const;
  void describe_host(const InterfaceInfo& interface);
  bool accept(const PacketRecord& record);
  void count_losses(const PacketRecord& record);
  bool write_header();

  FileHeader header_;
  bool header_written_ = false;
  std::vector<Target> targets_;
};

}  // namespace nettl
}  // namespace anchoko::formats
