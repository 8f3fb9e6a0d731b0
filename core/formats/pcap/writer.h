// Classic pcap output (https://www.tcpdump.org/manpages/pcap-savefile.5.html), little-endian, version 2.4.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/formats/writer_base.h"

namespace anchoko::formats {

Result<std::unique_ptr<RecordWriter>> create_pcap_writer(std::unique_ptr<OutputFile> output);

namespace pcap {

// Nanoseconds when an interface that is there at the first record has times finer than microseconds.
class Writer final : public WriterBase {
 public:
  explicit Writer(std::unique_ptr<OutputFile> output) : WriterBase(std::move(output), "pcap") {}

  Result<std::uint32_t> add_interface(const InterfaceInfo& interface) override;
  // Refused, with an error: a link type other than that of the first record, a time before 1970 or from 2106
  // on, more bytes than readers accept, an unknown interface.
  bool write(const PacketRecord& record) override;
  Result<void> finish() override;

 private:
  struct Target {
    LinkType link_type = LinkType::ethernet;
    std::uint32_t link_field = 0;
    std::uint32_t snaplen = 0;  // 0: no limit
    std::uint8_t timestamp_digits = 6;
    bool lengths_unknown = false;
  };

  bool begin_file(const Target& first);
  bool accept(const PacketRecord& record);
  bool lift_snaplen();
  void count_what_is_not_held(const PacketRecord& record);

  std::vector<Target> targets_;
  bool begun_ = false;
  LinkType link_type_ = LinkType::ethernet;
  std::uint32_t link_field_ = 0;
  std::uint32_t snaplen_ = 0;
  std::uint32_t max_captured_ = 0;
  std::int64_t unit_ns_ = 1000;
};

}  // namespace pcap
}  // namespace anchoko::formats
