// Where the fields of event trace log files lie. Everything is little-endian; GUIDs are kept as their sixteen
// bytes stand in the file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/byte_cursor.h"

namespace anchoko::formats::etl {

constexpr ByteOrder little = ByteOrder::little;

// Compared as two words.
struct Guid {
  std::uint64_t low = 0;   // bytes 0 to 7, as a little-endian number
  std::uint64_t high = 0;  // bytes 8 to 15, the same
  bool operator==(const Guid&) const = default;
};
inline Guid load_guid(const std::byte* at) {
  return {load<std::uint64_t>(at, little), load<std::uint64_t>(at + 8, little)};
}
inline void store_guid(std::byte* at, const Guid& guid) {
  store<std::uint64_t>(at, guid.low, little);
  store<std::uint64_t>(at + 8, guid.high, little);
}
// From the parts of its text: {data1-data2-data3-the first four digits of `rest`-the others}.
constexpr Guid make_guid(std::uint32_t data1, std::uint16_t data2, std::uint16_t data3, std::uint64_t rest) {
  Guid guid;
  guid.low = std::uint64_t{data1} | std::uint64_t{data2} << 32 | std::uint64_t{data3} << 48;
  for (int i = 0; i < 8; ++i) guid.high |= (rest >> (56 - 8 * i) & 0xff) << (8 * i);
  return guid;
}

namespace provider {
// Microsoft-Windows-NDIS-PacketCapture: netsh trace, NetEventPacketCapture.
constexpr Guid ndis = make_guid(0x2ed6006e, 0x4729, 0x4609, 0xb4233ee7bcd678ef);
// Microsoft-Windows-PktMon
constexpr Guid pktmon = make_guid(0x4d4f80d9, 0xc8bd, 0x4d73, 0xbb5b19c90402c5ac);
// Microsoft-Windows-Ras-NdisWanPacketCapture
constexpr Guid ras = make_guid(0xd84521f7, 0x2235, 0x4237, 0xa7c014e3a9676286);
}  // namespace provider

// WMI_BUFFER_HEADER: every buffer begins with one.
namespace buffer {
constexpr std::size_t header_size = 72;
constexpr std::size_t size = 0x00;             // u32: bytes on disk, header included
constexpr std::size_t saved_offset = 0x04;     // u32
constexpr std::size_t current_offset = 0x08;   // u32
constexpr std::size_t reference_count = 0x0c;  // u32
constexpr std::size_t time_stamp = 0x10;       // u64: of the flush
constexpr std::size_t sequence = 0x18;         // u64
constexpr std::size_t clock = 0x20;            // u64
constexpr std::size_t processor = 0x28;        // u16, or u8 before Windows 8
constexpr std::size_t logger_id = 0x2a;        // u16
constexpr std::size_t state = 0x2c;            // u32
constexpr std::size_t used = 0x30;             // u32: bytes used, header included, when decompressed
constexpr std::size_t flags = 0x34;            // u16
constexpr std::size_t type = 0x36;             // u16

constexpr std::uint16_t flag_flush_marker = 0x01;
constexpr std::uint16_t flag_events_lost = 0x02;
constexpr std::uint16_t flag_buffer_lost = 0x04;
constexpr std::uint16_t flag_processor_index = 0x20;
constexpr std::uint16_t flag_compressed = 0x40;
constexpr std::uint16_t processor_mask = 0x07ff;

constexpr std::uint16_t type_generic = 0;
constexpr std::uint16_t type_header = 4;
constexpr std::uint16_t last_type = 7;

constexpr std::byte filling{0xff};  // behind the last event
}  // namespace buffer

// Of every event: the third and fourth byte tell its kind, its size is padded to eight bytes.
namespace event {
constexpr std::size_t kind = 2;   // u8
constexpr std::size_t frame = 3;  // u8: frame_header, or another framing
constexpr std::size_t alignment = 8;
constexpr std::size_t header_size = 80;  // EVENT_HEADER

constexpr std::uint8_t frame_header = 0xc0;
constexpr std::uint8_t frame_message_first = 0x90;  // TRACE_MESSAGE (WPP) up to 0x9f
constexpr std::uint8_t frame_message_last = 0x9f;
constexpr std::uint8_t frame_ulong_time = 0xb0;

constexpr std::uint8_t system32 = 0x01;
constexpr std::uint8_t system64 = 0x02;
constexpr std::uint8_t compact32 = 0x03;
constexpr std::uint8_t compact64 = 0x04;
constexpr std::uint8_t full32 = 0x0a;
constexpr std::uint8_t full64 = 0x14;
constexpr std::uint8_t perfinfo32 = 0x10;
constexpr std::uint8_t perfinfo64 = 0x11;
constexpr std::uint8_t header32 = 0x12;  // EVENT_HEADER of a 32-bit process: the same layout
constexpr std::uint8_t header64 = 0x13;
constexpr std::uint8_t last_kind = 0x15;

// SYSTEM, COMPACT and PERFINFO events.
constexpr std::size_t system_size_at = 0x04;  // u16; all other kinds have it at 0
constexpr std::size_t system_hook = 0x06;     // u16
constexpr std::size_t system_header_size = 0x20;

// EVENT_HEADER and, as far as the provider, the classic EVENT_TRACE_HEADER.
constexpr std::size_t size = 0x00;        // u16
constexpr std::size_t flags = 0x04;       // u16
constexpr std::size_t property = 0x06;    // u16
constexpr std::size_t thread = 0x08;      // u32
constexpr std::size_t process = 0x0c;     // u32
constexpr std::size_t time_stamp = 0x10;  // u64, of the session's clock
constexpr std::size_t provider = 0x18;    // GUID
constexpr std::size_t id = 0x28;          // u16
constexpr std::size_t version = 0x2a;     // u8
constexpr std::size_t channel = 0x2b;     // u8
constexpr std::size_t level = 0x2c;       // u8
constexpr std::size_t opcode = 0x2d;      // u8
constexpr std::size_t task = 0x2e;        // u16
constexpr std::size_t keyword = 0x30;     // u64
constexpr std::size_t cpu_times = 0x38;   // u64
constexpr std::size_t activity = 0x40;    // GUID

constexpr std::uint16_t flag_extended = 0x0001;  // extended items stand before the event's data
// Of an extended item: u16 size, u16 type, u16 (bit 0: another one follows), u16 data size.
constexpr std::size_t extended_header_size = 8;
}  // namespace event

// TRACE_LOGFILE_HEADER, the data of the first event of a file, as a 64-bit or a 32-bit system writes it.
namespace logfile {
constexpr std::size_t event_offset = buffer::header_size;                        // in the file
constexpr std::size_t time_stamp_offset = event_offset + 0x10;                   // of that event
constexpr std::size_t header_offset = event_offset + event::system_header_size;  // in the file

constexpr std::size_t buffer_size = 0x00;       // u32: of the logger, in bytes
constexpr std::size_t os_major = 0x04;          // u8
constexpr std::size_t os_minor = 0x05;          // u8
constexpr std::size_t layout_major = 0x06;      // u8
constexpr std::size_t layout_minor = 0x07;      // u8
constexpr std::size_t build = 0x08;             // u32
constexpr std::size_t processors = 0x0c;        // u32
constexpr std::size_t end_time = 0x10;          // FILETIME; 0 in a file that is still written
constexpr std::size_t timer_resolution = 0x18;  // u32, in 100 ns
constexpr std::size_t max_file_size = 0x1c;     // u32, in MiB
constexpr std::size_t mode = 0x20;              // u32
constexpr std::size_t buffers_written = 0x24;   // u32
constexpr std::size_t start_buffers = 0x28;     // u32
constexpr std::size_t pointer_size = 0x2c;      // u32: 4 or 8
constexpr std::size_t events_lost = 0x30;       // u32
constexpr std::size_t cpu_mhz = 0x34;           // u32
constexpr std::size_t pointers = 0x38;          // two of them

// What follows the pointers.
struct Tail {
  std::size_t time_zone;     // TIME_ZONE_INFORMATION, 172 bytes
  std::size_t boot_time;     // FILETIME
  std::size_t frequency;     // i64: of the performance counter, in Hz
  std::size_t start_time;    // FILETIME
  std::size_t clock_type;    // u32
  std::size_t buffers_lost;  // u32
  std::size_t names;         // UTF-16Z: of the session, of the file
};
constexpr Tail tail64{0x48, 0xf8, 0x100, 0x108, 0x110, 0x114, 0x118};
constexpr Tail tail32{0x40, 0xf0, 0xf8, 0x100, 0x108, 0x10c, 0x110};

constexpr std::uint32_t mode_sequential = 0x00000001;
constexpr std::uint32_t mode_circular = 0x00000002;
constexpr std::uint32_t mode_append = 0x00000004;
constexpr std::uint32_t mode_new_file = 0x00000008;  // one of several: a new one at each size
constexpr std::uint32_t mode_relogged = 0x00010000;
constexpr std::uint32_t mode_compressed = 0x04000000;

constexpr std::uint32_t clock_counter = 1;  // performance counter
constexpr std::uint32_t clock_system = 2;   // FILETIME
constexpr std::uint32_t clock_cycles = 3;   // processor cycles
}  // namespace logfile

constexpr std::int64_t unix_epoch = 116'444'736'000'000'000;  // as FILETIME: 100 ns since 1601

// Events of Microsoft-Windows-NDIS-PacketCapture.
namespace ndis {
constexpr std::uint16_t fragment = 1001;
constexpr std::uint16_t metadata = 1002;
constexpr std::uint16_t switch_fragment = 1003;
constexpr std::uint16_t rule_count = 1011;
constexpr std::uint16_t driver_loaded = 1012;
constexpr std::uint16_t layer_attached = 1014;
constexpr std::uint16_t rule = 1016;
constexpr std::uint16_t driver_failed = 2001;
constexpr std::uint16_t attach_failed = 2002;
constexpr std::uint16_t invalid_rule = 2003;
constexpr std::uint16_t event_source = 5101;
constexpr std::size_t fragment_header_size = 12;  // then the bytes; newer builds add 16 behind them

constexpr std::uint64_t keyword_ethernet = 0x1;
constexpr std::uint64_t keyword_wwan = 0x200;
constexpr std::uint64_t keyword_wifi = 0x10000;
constexpr std::uint64_t keyword_switch = 0x1000000;
constexpr std::uint64_t keyword_truncated = 0x2000000;
constexpr std::uint64_t keyword_start = 0x40000000;
constexpr std::uint64_t keyword_end = 0x80000000;
constexpr std::uint64_t keyword_send = 0x100000000;
constexpr std::uint64_t keyword_receive = 0x200000000;
}  // namespace ndis

// Events of Microsoft-Windows-Ras-NdisWanPacketCapture.
namespace ras {
constexpr std::uint16_t sent = 5001;
constexpr std::uint16_t received = 5002;
}  // namespace ras

// Events of Microsoft-Windows-PktMon.
namespace pktmon {
constexpr std::uint16_t packet = 160;
constexpr std::uint16_t drop = 170;
constexpr std::uint16_t packet2 = 240;  // of newer builds, laid out as 160, for a purpose that is not known
constexpr std::uint16_t first_about_packets = 120;
constexpr std::uint16_t buffer_lists = 180;  // events 180 and 190
constexpr std::uint16_t buffer_lists2 = 190;
constexpr std::uint16_t component = 20;
constexpr std::uint16_t number_property = 30;
constexpr std::uint16_t guid_property = 40;
constexpr std::uint16_t number_property2 = 50;
constexpr std::uint16_t medium_property = 60;
constexpr std::uint16_t ipv4_property = 65;
constexpr std::uint16_t ipv6_property = 66;
constexpr std::uint16_t mac_property = 70;
constexpr std::uint16_t text_property = 73;
constexpr std::uint16_t ethertype_property = 75;
constexpr std::uint16_t drop_counters = 80;
constexpr std::uint16_t flow_counters = 90;
constexpr std::uint16_t filter_ipv4 = 100;
constexpr std::uint16_t filter_ipv6 = 110;

// Of a packet event; its bytes follow.
constexpr std::size_t group = 0;           // u64
constexpr std::size_t number = 8;          // u16
constexpr std::size_t appearance = 10;     // u16; 0 on newer builds
constexpr std::size_t direction = 12;      // u16
constexpr std::size_t packet_type = 14;    // u16
constexpr std::size_t component_id = 16;   // u16
constexpr std::size_t edge = 18;           // u16
constexpr std::size_t filter = 20;         // u16
constexpr std::size_t drop_reason = 22;    // u32
constexpr std::size_t drop_location = 26;  // u32
constexpr std::size_t original_size = 30;  // u16
constexpr std::size_t logged_size = 32;    // u16
constexpr std::size_t packet_header_size = 34;
}  // namespace pktmon

// What writing needs beyond the above.
namespace buffer {
constexpr std::uint32_t state_flush = 3;
// Before Windows 8 a byte each of processor and of alignment, which is 8, and no flag_processor_index.
constexpr std::uint16_t old_alignment = 0x0800;
constexpr std::uint32_t first_build_with_index = 9200;
}  // namespace buffer
namespace event {
constexpr std::uint16_t system_version = 2;     // the first two bytes of SYSTEM events
constexpr std::size_t system_thread = 0x08;     // u32
constexpr std::size_t system_process = 0x0c;    // u32
constexpr std::size_t system_time = 0x10;       // i64
constexpr std::size_t system_cpu_times = 0x18;  // u64
constexpr std::size_t perfinfo_time = 0x08;     // i64, of PERFINFO events
constexpr std::uint16_t hook_partition = 0x0050;
constexpr std::size_t partition_size = 80;  // header included; all zero behind it
}  // namespace event
namespace logfile {
constexpr std::size_t time_zone_name_size = 64;
constexpr std::uint32_t first_buffer_unit =
    512;  // to a multiple of that the first buffer of compressed files is filled up
}  // namespace logfile
namespace ndis {
constexpr std::uint16_t driver_unloaded = 1013;
constexpr std::uint16_t layer_detached = 1015;
constexpr std::uint16_t rundown = 5100;
constexpr std::uint8_t channel = 16;
// Set in all packet events of real files, beside the bits above.
constexpr std::uint64_t keyword_always = 0x8000060000000000;
}  // namespace ndis
namespace pktmon {
constexpr std::uint64_t keyword_packet = 0x10;
constexpr std::uint64_t keyword_rundown = 0x2;
// Of counters, {u16 direction, u64 packets, u64 bytes} twice: 3 and 4, or of components of VMSwitch 6 and 5.
constexpr std::uint16_t direction_received = 3;
constexpr std::uint16_t direction_sent = 4;
constexpr std::uint16_t direction_ingress = 5;
constexpr std::uint16_t direction_egress = 6;
}  // namespace pktmon

}  // namespace anchoko::formats::etl
