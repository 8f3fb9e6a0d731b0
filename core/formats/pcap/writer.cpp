#include "core/formats/pcap/writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/record_limits.h"

namespace anchoko::formats {
namespace pcap {
namespace {

constexpr auto little = ByteOrder::little;
constexpr std::size_t file_header_size = 24;
constexpr std::size_t record_header_size = 16;
constexpr std::size_t snaplen_offset = 16;

}  // namespace

Result<std::uint32_t> Writer::add_interface(const InterfaceInfo& interface) {
  if (!interface.name.empty() || !interface.host.empty()) count_not_held(not_held::interface_names);
  count_interface_texts(interface);
  targets_.push_back({interface.link_type,
                      interface.link_type_extra | static_cast<std::uint16_t>(interface.link_type),
                      interface.snaplen, interface.timestamp_digits, interface.original_lengths_unknown});
  return static_cast<std::uint32_t>(targets_.size() - 1);
}

bool Writer::begin_file(const Target& first) {
  begun_ = true;
  link_type_ = first.link_type;
  link_field_ = first.link_field;
  max_captured_ = max_captured_length(link_type_);
  const bool fine = std::any_of(targets_.begin(), targets_.end(),
                                [](const Target& one) { return one.timestamp_digits > 6; });
  unit_ns_ = fine ? 1 : 1000;
  for (const auto& one : targets_) {
    const std::uint32_t most = one.snaplen == 0 ? max_captured_ : std::min(one.snaplen, max_captured_);
    snaplen_ = std::max(snaplen_, most);
  }
  if (snaplen_ == 0) snaplen_ = max_captured_;
  std::byte* at = reserve(file_header_size);
  if (at == nullptr) return false;
  std::memset(at, 0, file_header_size);  // zone and accuracy of times are zero
  store<std::uint32_t>(at, fine ? 0xa1b23c4d : 0xa1b2c3d4, little);
  store<std::uint16_t>(at + 4, 2, little);
  store<std::uint16_t>(at + 6, 4, little);
  store<std::uint32_t>(at + snaplen_offset, snaplen_, little);
  store<std::uint32_t>(at + 20, link_field_, little);
  return commit_bytes(file_header_size);
}

// The header promised shorter records: readers would cut this one.
bool Writer::lift_snaplen() {
  std::array<std::byte, 4> most{};
  store<std::uint32_t>(most.data(), max_captured_, little);
  if (flushed_ == 0) {
    std::copy(most.begin(), most.end(), buffer_.begin() + snaplen_offset);
  } else if (auto done = output_->rewrite(snaplen_offset, most); !done) {
    done.error().hint =
        "a record is longer than the snap length of its interface; write to a file, which can be corrected";
    return fail_with(std::move(done.error()));
  }
  snaplen_ = max_captured_;
  return true;
}

bool Writer::accept(const PacketRecord& record) {
  if (failed_) return false;
  if (record.interface >= targets_.size()) return refuse("a record names an interface that was not added");
  const Target& target = targets_[record.interface];
  if (!begun_ && !begin_file(target)) return false;
  if (target.link_type != link_type_) {
    fail_with(make_error(ErrorKind::failed,
                         "pcap holds one link type, and the packets have several: " +
                             link_type_name(link_type_) + " and " + link_type_name(target.link_type),
                         "write pcapng, which holds them all"));
    return false;
  }
  if (!length_fits(record.data.size(), max_captured_) || !time_fits(record)) return false;
  return record.data.size() <= snaplen_ || lift_snaplen();
}

void Writer::count_what_is_not_held(const PacketRecord& record) {
  const Target& target = targets_[record.interface];
  if (record.interface != 0) count_not_held(not_held::interface_choice);
  if (record.direction != PacketDirection::unknown) count_not_held(not_held::directions);
  if (!record.options.empty()) count_not_held(not_held::packet_options);
  if (!record.has_timestamp) count_not_held(not_held::missing_times);
  if (target.lengths_unknown) count_not_held(not_held::unknown_lengths);
  if (target.link_field != link_field_) count_not_held(not_held::interface_texts);
}

bool Writer::write(const PacketRecord& record) {
  if (!accept(record)) [[unlikely]]
    return false;
  count_what_is_not_held(record);
  const std::size_t size = record_header_size + record.data.size();
  std::byte* at = reserve(size);
  if (at == nullptr) return false;
  const std::int64_t time = record.has_timestamp ? record.timestamp_ns : 0;
  const std::int64_t fraction = time % 1'000'000'000;
  if (fraction % unit_ns_ != 0) count_not_held(not_held::fine_times);
  store<std::uint32_t>(at, static_cast<std::uint32_t>(time / 1'000'000'000), little);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(fraction / unit_ns_), little);
  store<std::uint32_t>(at + 8, static_cast<std::uint32_t>(record.data.size()), little);
  store<std::uint32_t>(at + 12, record.original_length, little);
  if (!record.data.empty()) std::memcpy(at + record_header_size, record.data.data(), record.data.size());
  return commit_bytes(size);
}

Result<void> Writer::finish() {
  if (!begun_ && !failed_) begin_file(targets_.empty() ? Target{.link_field = 1} : targets_.front());
  return WriterBase::finish();
}

}  // namespace pcap

Result<std::unique_ptr<RecordWriter>> create_pcap_writer(std::unique_ptr<OutputFile> output) {
  return std::make_unique<pcap::Writer>(std::move(output));
}

}  // namespace anchoko::formats
