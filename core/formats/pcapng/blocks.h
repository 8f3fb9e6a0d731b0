// Numbers of the pcapng format (draft-ietf-opsawg-pcapng).
#pragma once

#include <cstddef>
#include <cstdint>

namespace anchoko::formats::pcapng {

namespace block {
constexpr std::uint32_t section_header = 0x0a0d0d0a;  // reads the same in both byte orders
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t packet = 2;  // obsolete
constexpr std::uint32_t simple_packet = 3;
constexpr std::uint32_t name_resolution = 4;
constexpr std::uint32_t interface_statistics = 5;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint32_t systemd_journal = 9;
constexpr std::uint32_t decryption_secrets = 10;
constexpr std::uint32_t custom = 0x00000bad;
constexpr std::uint32_t custom_not_to_be_copied = 0x40000bad;
}  // namespace block

constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;

namespace option {
constexpr std::uint16_t end = 0;
constexpr std::uint16_t comment = 1;
constexpr std::uint16_t custom_text = 2988;
constexpr std::uint16_t custom_bytes = 2989;
constexpr std::uint16_t custom_text_not_to_be_copied = 19372;
constexpr std::uint16_t custom_bytes_not_to_be_copied = 19373;

constexpr std::uint16_t section_hardware = 2;
constexpr std::uint16_t section_os = 3;
constexpr std::uint16_t section_application = 4;

constexpr std::uint16_t interface_name = 2;
constexpr std::uint16_t interface_description = 3;
constexpr std::uint16_t interface_ipv4 = 4;
constexpr std::uint16_t interface_ipv6 = 5;
constexpr std::uint16_t interface_mac = 6;
constexpr std::uint16_t interface_eui = 7;
constexpr std::uint16_t interface_speed = 8;
constexpr std::uint16_t interface_time_resolution = 9;
constexpr std::uint16_t interface_time_zone = 10;
constexpr std::uint16_t interface_filter = 11;
constexpr std::uint16_t interface_os = 12;
constexpr std::uint16_t interface_fcs_length = 13;
constexpr std::uint16_t interface_time_offset = 14;
constexpr std::uint16_t interface_hardware = 15;
constexpr std::uint16_t interface_send_speed = 16;
constexpr std::uint16_t interface_receive_speed = 17;

constexpr std::uint16_t packet_flags = 2;
constexpr std::uint16_t packet_hash = 3;
constexpr std::uint16_t packet_drop_count = 4;
constexpr std::uint16_t packet_id = 5;
constexpr std::uint16_t packet_queue = 6;
constexpr std::uint16_t packet_verdict = 7;

constexpr std::uint16_t statistics_start_time = 2;
constexpr std::uint16_t statistics_end_time = 3;
constexpr std::uint16_t statistics_received = 4;
constexpr std::uint16_t statistics_dropped = 5;
constexpr std::uint16_t statistics_filter_accepted = 6;
constexpr std::uint16_t statistics_dropped_by_os = 7;
constexpr std::uint16_t statistics_delivered = 8;
}  // namespace option

constexpr std::uint32_t flags_direction_mask = 3;
constexpr std::uint32_t flags_fcs_shift = 5;
constexpr std::uint32_t flags_fcs_mask = 0xfu << flags_fcs_shift;

constexpr std::size_t block_overhead = 12;  // type, length, length again
constexpr std::size_t section_header_fixed = 16;
constexpr std::size_t interface_fixed = 8;
constexpr std::size_t packet_fixed = 20;  // enhanced and obsolete packet blocks
constexpr std::size_t statistics_fixed = 12;

// As in libpcap and Wireshark: a longer block is damage, unless a link type of very large records is there.
constexpr std::size_t max_block = 16u * 1024 * 1024;
constexpr std::size_t max_block_of_large_records = (128u + 1u) * 1024 * 1024;

// A description takes 20 bytes of a file and twenty times as much of memory: more are damage.
constexpr std::size_t max_interfaces = std::size_t{1} << 18;

// Interface comments that carry what the format has no option for; the reader understands them again.
constexpr char host_prefix[] = "host: ";
constexpr char link_field_prefix[] = "pcap link type field: 0x";
constexpr char layer_prefix[] = "layers below: ";
constexpr char lengths_unknown[] = "original lengths are not known: the native format has none";

constexpr std::size_t padded(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

}  // namespace anchoko::formats::pcapng
