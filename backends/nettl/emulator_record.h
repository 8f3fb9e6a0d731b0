// What the subsystems note of a frame, and how that is written (reference section 8). Big endian throughout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/nettl/emulator_filter.h"
#include "core/lab/packet_source.h"

namespace anchoko::nettl::emulated {

struct Record {
  std::uint16_t subsystem = 0;
  std::int32_t device = -1;
  std::uint32_t kind = 0;
  std::vector<std::byte> data;  // pad or sub-header first
  std::uint32_t original = 0;   // the pad counts
  std::int64_t time = 0;        // ns since 1970
};

std::vector<std::byte> encode(const Record& record, const Edition& edition);

struct FileHeader {
  std::string file;  // its name
  std::string zone, host, release, model;
};
inline constexpr std::size_t file_header_size = 128;
std::vector<std::byte> encode(const FileHeader& header);

// One subsystem that is traced.
struct Traced {
  std::string subsystem;
  std::uint32_t kinds = 0;
  std::uint32_t keep = 0;          // bytes of a record; 0: all
  std::vector<std::string> cards;  // names of interfaces; none: all
};

// Everything that decides what is noted of a frame.
struct Tracing {
  Edition edition;
  std::vector<Subsystem> subsystems;
  std::vector<std::string> interfaces;
  std::vector<lab::MacAddress> addresses;         // of the interfaces
  std::vector<std::optional<Subsystem>> drivers;  // of the interfaces
  std::vector<Traced> traced;
  std::vector<Filter> filters;  // those that are on
  FilterReading filter_reading;
  // Open facts.
  bool header_records = true;    // hdrin and hdrout make records of their own
  bool keep_counts_pad = false;  // -m
  bool device_is_number = true;  // of drivers: N of lanN; else -1
  bool kind_of_driver = true;    // records of NS_LS_DRIVER have their kind
  bool promiscuous = true;       // frames for others are seen
  bool cards_select = true;      // -card
  bool own_filter_wins = true;   // over that of LINKALL; else one of both is enough
  bool igmp = true;              // NS_LS_IGMP gives the message
  bool transport_of_version6 = true;
  std::uint32_t layer_delay = 0;  // microseconds from the link to the layers above
  std::int64_t clock_offset = 0;  // ns, of the clock that times are taken from
};
Tracing tracing_of(const lab::EmulatedHost& host, const Edition& edition);

std::vector<Record> records_of(const lab::Frame& frame, const Tracing& tracing);
// What the drivers tell when tracing of their state begins.
std::vector<Record> state_records(const Tracing& tracing, std::int64_t time);

}  // namespace anchoko::nettl::emulated
