// libpcap as the judge: its unoptimised filter programs, in both readings, and its file reader. Nothing of
// ours is used but the names of link types and byte orders.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/packet/link_type.h"
#include "tests/tools/frames.h"

struct bpf_program;

namespace anchoko::testing {

// A filter as pcap_compile makes it for a capture file of that link type, which libpcap has open (for a
// handle without a file it writes other programs for BSD loopback and for inbound and outbound).
class PcapFilter {
 public:
  // `file_order` is the byte order of the file's header. `optimize` is for benchmarks only: the optimiser
  // changes verdicts.
  static std::expected<PcapFilter, std::string> compile(const std::string& text, LinkType link_type,
                                                        ByteOrder file_order = ByteOrder::little,
                                                        bool optimize = false);

  // As the record stands in the file: what `tcpdump -O -r` does.
  bool matches(std::span<const std::uint8_t> data, std::uint32_t original_length) const;
  // With the outermost tag of an Ethernet frame cut out of data and of both lengths.
  bool matches_without_tag(std::span<const std::uint8_t> data, std::uint32_t original_length) const;

  // Bytes from the start of the record that some load can reach, IPv4 options taken at their longest.
  std::size_t read_extent() const;

  // 802.11 only: the program keeps where headers end in memory cells, works that out before its first test,
  // and uses the same cells again for a comparison that stands before them in the text (a slip of
  // libpcap 1.10): what it then reads is anywhere.
  bool overwrites_its_offsets() const;

  std::string program_text() const;  // as `tcpdump -O -d` prints it

 private:
  std::shared_ptr<bpf_program> program_;
  LinkType link_type_ = LinkType::ethernet;
};

struct CapturedRecord {
  Octets data;
  std::uint32_t original_length = 0;
};

struct CapturedFile {
  LinkType link_type = LinkType::ethernet;
  ByteOrder byte_order = ByteOrder::little;
  std::vector<CapturedRecord> records;
  std::string error;  // why reading ended early; empty: it did not
};

// Errors: libpcap's own text when it cannot open the file.
std::expected<CapturedFile, std::string> read_capture(const std::string& path);

}  // namespace anchoko::testing
