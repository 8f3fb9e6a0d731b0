#include "core/formats/snoop/writer.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/byte_cursor.h"
#include "core/formats/other_link_types.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/snoop/layout.h"

namespace anchoko::formats {
namespace snoop {
namespace {

constexpr auto big = ByteOrder::big;

constexpr Unheld bare_ip{"bare_ip", "bare IP packets: written as those of a tunnel"};
constexpr Unheld little_families{"family_order", "the mark that loopback headers are in little-endian order"};
constexpr Unheld large_drops{"large_drop_counts", "drop counts above 32 bits in all"};
constexpr Unheld large_originals{"large_original_lengths",
                                 "original lengths above 262144: written as 262144"};

}  // namespace

Result<std::uint32_t> Writer::add_interface(const InterfaceInfo& interface) {
  if (failed_) return fail(error_);
  Source source;
  source.link_type = interface.link_type;
  source.dlpi_type = dlpi_type_of(interface.link_type);
  source.header_tells_direction =
      interface.link_type == LinkType::ipnet || interface.link_type == link_sunatm;
  sources_.push_back(source);
  if (!interface.name.empty()) count_not_held(not_held::interface_names);
  if (interface.snaplen != 0) count_not_held(not_held::snaplens);
  if (interface.link_type_extra != 0) count_not_held(not_held::check_sequences);
  if (interface.link_type == LinkType::null && interface.file_order == ByteOrder::little) {
    count_not_held(little_families);
  }
  if (interface.original_lengths_unknown) count_not_held(not_held::unknown_lengths);
  const bool one_version = interface.link_type == LinkType::ipv4 || interface.link_type == LinkType::ipv6;
  if (one_version) count_not_held(not_held::ip_versions);
  if (one_version || interface.link_type == LinkType::raw) count_not_held(bare_ip);
  count_interface_texts(interface);
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

bool Writer::write_version() {
  if (failed_) return false;
  if (has_version_) return true;
  std::byte* at = reserve(version_end);
  if (at == nullptr) return false;
  std::copy(magic.begin(), magic.end(), at);
  store<std::uint32_t>(at + magic.size(), 2, big);
  has_version_ = true;
  return commit_bytes(version_end);
}

bool Writer::write_link_type(std::uint32_t dlpi_type) {
  if (!write_version()) return false;
  std::byte* at = reserve(4);
  if (at == nullptr) return false;
  store<std::uint32_t>(at, dlpi_type, big);
  dlpi_type_ = dlpi_type;
  return commit_bytes(4);
}

bool Writer::accept(const PacketRecord& record) {
  if (failed_) return false;
  if (record.interface >= sources_.size()) return refuse("a record names an interface that was not added");
  const Source& source = sources_[record.interface];
  if (!source.dlpi_type) {
    return refuse("link type " + link_type_name(source.link_type) + " has no place in a snoop file");
  }
  if (!dlpi_type_) {
    link_type_ = source.link_type;
    if (!write_link_type(*source.dlpi_type)) return false;
  } else if (*dlpi_type_ != *source.dlpi_type) {
    return refuse("a snoop file holds one link type: packets of " + link_type_name(source.link_type) +
                  " cannot follow those of " + link_type_name(link_type_));
  }
  if (!length_fits(record.data.size(), max_packet) || !time_fits(record)) return false;
  if (source.link_type == link_sunatm && record.data.size() < atm_header) {
    return refuse("a record is too short for its ATM header");
  }
  return true;
}

// Drop counts have a place, other options have none.
void Writer::take_options(const PacketRecord& record) {
  pcapng::OptionList list(record.options, ByteOrder::little);
  pcapng::Option option;
  bool others = false;
  while (list.next(option)) {
    if (option.code == pcapng::option::packet_drop_count && option.value.size() == 8) {
      const auto dropped = load<std::uint64_t>(option.value.data(), ByteOrder::little);
      drops_ += std::min(dropped, UINT64_MAX - drops_);
    } else {
      others = true;
    }
  }
  if (others || list.damaged()) count_not_held(not_held::packet_options);
}

void Writer::count_lost(const PacketRecord& record, const Source& source) {
  if (record.interface != 0) count_not_held(not_held::interface_choice);
  if (record.direction != PacketDirection::unknown && !source.header_tells_direction) {
    count_not_held(not_held::directions);
  }
  if (!record.has_timestamp) {
    count_not_held(not_held::missing_times);
  } else if (record.timestamp_ns % 1000 != 0) {
    count_not_held(not_held::fine_times);
  }
  if (record.original_length > max_packet) count_not_held(large_originals);
  if (drops_ > UINT32_MAX) count_not_held(large_drops);
}

bool Writer::write(const PacketRecord& record) {
  if (!accept(record)) [[unlikely]]
    return false;
  const Source& source = sources_[record.interface];
  if (!record.options.empty()) take_options(record);
  count_lost(record, source);
  const std::size_t captured = record.data.size();
  const std::size_t size = record_header_size + pcapng::padded(captured);
  std::byte* at = reserve(size);
  if (at == nullptr) return false;
  const std::int64_t time = record.has_timestamp ? record.timestamp_ns : 0;
  store<std::uint32_t>(at, std::min(record.original_length, max_packet), big);
  store<std::uint32_t>(at + 4, static_cast<std::uint32_t>(captured), big);
  store<std::uint32_t>(at + 8, static_cast<std::uint32_t>(size), big);
  store<std::uint32_t>(at + 12, static_cast<std::uint32_t>(std::min<std::uint64_t>(drops_, UINT32_MAX)), big);
  store<std::uint32_t>(at + 16, static_cast<std::uint32_t>(time / 1'000'000'000), big);
  store<std::uint32_t>(at + 20, static_cast<std::uint32_t>(time % 1'000'000'000 / 1000), big);
  // The last word first: its end is padding, which must be zero. Without data nothing lies behind the header.
  if (captured != 0) {
    store<std::uint32_t>(at + size - 4, 0, big);
    std::memcpy(at + record_header_size, record.data.data(), captured);
  }
  return commit_bytes(size);
}

Result<void> Writer::add_statistics(std::uint32_t interface, const InterfaceStatistics& statistics) {
  if (interface >= sources_.size())
    return fail(ErrorKind::failed, "snoop writer: statistics of an unknown interface");
  const bool held = !statistics.received && !statistics.dropped_by_interface && !statistics.filter_accepted &&
                    !statistics.delivered && !statistics.start_ns && !statistics.end_ns &&
                    statistics.dropped_by_os.value_or(0) == drops_ && drops_ <= UINT32_MAX;
  if (!held) count_not_held(not_held::statistics);
  return result();
}

Result<void> Writer::flush() {
  write_version();
  if (!dlpi_type_) {
    const auto first = std::find_if(sources_.begin(), sources_.end(),
                                    [](const Source& source) { return source.dlpi_type.has_value(); });
    if (first != sources_.end()) {
      link_type_ = first->link_type;
      write_link_type(*first->dlpi_type);
    }
  }
  return WriterBase::flush();
}

}  // namespace snoop

Result<std::unique_ptr<RecordWriter>> create_snoop_writer(std::unique_ptr<OutputFile> output) {
  return std::make_unique<snoop::Writer>(std::move(output));
}

}  // namespace anchoko::formats
