// What every writer has: its buffer, its error, and the count of what its format cannot hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.h"
#include "core/formats/record_writer.h"

namespace anchoko::formats {

// A kind of what a format may have no place for: key and words of NotHeld.
struct Unheld {
  std::string_view key;
  std::string_view what;
};

// Those that several formats need.
namespace not_held {
constexpr Unheld section_texts{"section_texts",
                               "texts about the whole capture (its system, program and comments)"};
constexpr Unheld interface_names{"interface_names", "names of interfaces"};
constexpr Unheld interface_texts{"interface_texts",
                                 "texts about interfaces (descriptions, filters, comments)"};
constexpr Unheld interface_choice{"interface_choice", "the interface of packets, where there are several"};
constexpr Unheld statistics{"statistics", "counters of interfaces"};
constexpr Unheld attachments{"attachments", "blocks that are not packets (names, secrets, custom blocks)"};
constexpr Unheld directions{"directions", "directions of packets"};
constexpr Unheld packet_options{"packet_options", "comments and other options of packets"};
constexpr Unheld fine_times{"fine_times", "times finer than its own: digits are cut off"};
constexpr Unheld missing_times{"missing_times", "packets without a time: written as time 0"};
constexpr Unheld original_lengths{"original_lengths", "original lengths of packets that were cut"};
constexpr Unheld unknown_lengths{"unknown_lengths", "the mark that original lengths are not known"};
constexpr Unheld ip_versions{"ip_versions", "link types that tell the version of IP: read back as raw IP"};
constexpr Unheld snaplens{"snaplens", "snap lengths of interfaces"};
constexpr Unheld check_sequences{"check_sequences", "the mark that packets end in a frame check sequence"};
}  // namespace not_held

class WriterBase : public RecordWriter {
 public:
  // What a format has a place for, its writer overrides; here it is counted as not held.
  Result<void> begin(const SectionInfo& section) override;
  Result<void> attach(const Attachment& attachment) override;
  Result<void> add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) override;

  Result<void> flush() override;
  std::uint64_t bytes_written() const override { return flushed_ + used_; }
  Result<void> finish() override;
  const Error& error() const override { return error_; }
  std::vector<NotHeld> not_held() const override { return not_held_; }

 protected:
  static constexpr std::size_t flush_size = std::size_t{256} * 1024;

  // `name` of the format, for messages: lives as long as the program.
  WriterBase(std::unique_ptr<OutputFile> output, const char* name)
      : output_(std::move(output)), name_(name), buffer_(2 * flush_size) {}

  // Room for `size` more bytes at the end of the buffer; null when writing failed.
  std::byte* reserve(std::size_t size) {
    if (used_ + size <= buffer_.size()) [[likely]]
      return buffer_.data() + used_;
    return make_room(size);
  }
  bool commit_bytes(std::size_t size) {
    used_ += size;
    return used_ < flush_size || write_out(used_ - used_ % flush_size);
  }
  bool write_out(std::size_t count);

  // Both answer false.
  bool refuse(std::string what);
  bool fail_with(Error error);
  Result<void> result() const;

  // The limits that most formats have: a length that readers accept, and seconds since 1970 in 32 bits
  // without a sign. False: refused.
  bool length_fits(std::size_t length, std::size_t most);
  bool time_fits(const PacketRecord& record);

  void count_not_held(const Unheld& kind, std::uint64_t count = 1);
  // Everything textual that pcapng can say of an interface, but its name.
  void count_interface_texts(const InterfaceInfo& interface);

  std::unique_ptr<OutputFile> output_;
  const char* name_;
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
  std::uint64_t flushed_ = 0;
  bool failed_ = false;
  Error error_;

 private:
  std::byte* make_room(std::size_t size);

  std::vector<NotHeld> not_held_;
};

}  // namespace anchoko::formats
