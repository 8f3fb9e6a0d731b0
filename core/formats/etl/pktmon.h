// Packets of Microsoft-Windows-PktMon, and the table of components that its files end with.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/formats/etl/buffer.h"
#include "core/formats/etl/frame.h"
#include "core/formats/etl/packet_event.h"
#include "core/formats/etl/record_comment.h"

namespace anchoko::formats::etl {

struct Component {
  std::uint16_t type = 0;
  std::string name;  // "tcpip.sys"
  std::string description;
  std::array<std::byte, 6> mac{};
  bool has_mac = false;
  std::optional<std::uint32_t> if_index;
  std::optional<std::uint32_t> medium;
  std::optional<std::uint32_t> link;  // interface index of the adapter below
  std::string switch_name;
  bool described = false;  // its type is known
};
// Next to the wire: miniports, network adapters, ports of the host.
bool is_adapter(const Component& component);
const char* component_kind(std::uint16_t type);  // "filter"

struct PacketHeader {
  std::uint64_t group = 0;
  std::uint16_t number = 0;
  std::uint16_t appearance = 0;
  std::uint16_t direction = 0;
  std::uint16_t packet_type = 0;
  std::uint16_t component = 0;
  std::uint16_t filter = 0;
  std::uint32_t drop_reason = 0;
  std::uint32_t drop_location = 0;
  std::uint16_t original_size = 0;
  std::uint16_t logged_size = 0;
};
// False: the event is too short, also for the bytes it says it has.
bool read_packet_header(const Event& event, PacketHeader& header);

// What the first pass learns of the whole trace.
class PktmonFacts {
 public:
  void take(const Event& event, PacketKind kind);
  // After the last event.
  void conclude();

  // A packet is logged at each edge that it crosses. Where components are known and packets were seen at
  // adapters, other places have copies.
  bool is_copy(std::uint16_t component) const { return selects_ && is_copy_[component]; }
  bool selects() const { return selects_; }
  // Older builds number packets and count where each one appeared: of those the record next to the wire that
  // has the lowest count is kept, whichever came first in time; of a packet that no adapter saw the one with
  // the lowest count of all. Nothing: it is not counted, or one of more records than fit into the memory for
  // this (48 MiB).
  std::optional<bool> is_chosen(const PacketHeader& header) const;
  // Packets come from components of which the table of components, which is there, does not tell the type.
  std::uint64_t undescribed_with_packets() const;
  const Component* component(std::uint16_t id) const;
  // Addresses of the interface with that index, as other components tell them.
  const std::vector<std::array<std::byte, 4>>& ipv4_of(std::uint32_t if_index) const;
  const std::vector<std::array<std::byte, 16>>& ipv6_of(std::uint32_t if_index) const;

  bool any() const { return any_; }
  bool has_components() const { return any_described_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t drops() const { return drops_; }
  // Events about packets without their bytes: headers only; where they were, or why they were dropped.
  std::uint64_t headers_only() const { return headers_only_; }
  std::uint64_t unclear() const { return unclear_; }
  // That are left out: their records lie at several components, of which none is an adapter.
  std::uint64_t packets_elsewhere() const { return packets_elsewhere_; }
  std::uint64_t others() const { return others_; }
  const std::vector<std::string>& filters() const { return filters_; }
  // Bytes that were logged of each packet at most, where packets were cut.
  std::uint32_t snaplen() const;

 private:
  void take_packet(const Event& event, PacketKind kind);
  void take_component(const Event& event);
  void take_property(const Event& event);
  void take_address(const Event& event, std::uint16_t id, std::span<const std::byte> value);
  void take_filter(const Event& event);

  struct Addresses {
    std::vector<std::array<std::byte, 4>> ipv4;
    std::vector<std::array<std::byte, 16>> ipv6;
  };
  // Memory for the table is bounded: what does not fit is not known.
  bool pay(std::size_t bytes);
  Component* entry_of(std::uint16_t id);
  Addresses* addresses_of(std::uint16_t id);
  void set_text(std::string& to, std::string text);

  std::map<std::uint16_t, Component> components_;
  std::map<std::uint16_t, Addresses> component_addresses_;
  std::map<std::uint32_t, Addresses> addresses_;  // by interface index
  std::size_t table_bytes_ = 0;
  std::vector<std::string> filters_;
  std::vector<bool> is_copy_;
  std::vector<bool> seen_;  // components that have a flowing packet
  bool selects_ = false;
  bool any_ = false;
  bool any_described_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t drops_ = 0;
  std::uint64_t others_ = 0;
  std::uint64_t headers_only_ = 0;
  std::uint64_t unclear_ = 0;
  std::uint64_t packets_elsewhere_ = 0;
  // One for each record, and after conclude() for each packet: the one that is chosen.
  struct Appearance {
    std::uint64_t group = 0;
    std::uint16_t number = 0;
    std::uint16_t count = 0;
    std::uint16_t component = 0;
    std::uint16_t distance = 0;  // from the wire
  };
  static constexpr std::size_t max_appearances = 3'000'000;
  std::uint16_t distance_of(std::uint16_t component) const;
  void choose();
  std::vector<Appearance> appearances_;
  std::uint32_t cut_least_ = UINT32_MAX;
  std::uint32_t cut_most_ = 0;
  std::uint32_t logged_most_ = 0;
};

class PktmonDecoder {
 public:
  struct Options {
    bool all_components = false;
    bool drops = false;
  };
  PktmonDecoder(const PktmonFacts& facts, const Options& options);

  // uncounted_left_out: at another component than an adapter, on a build that does not tell copies.
  enum class Outcome { frame, copy_left_out, uncounted_left_out, drop_left_out, lost };
  // As NdisDecoder::take().
  Outcome take(const Event& event, PacketKind kind, Frame& frame, RecordComment& comment);

 private:
  bool is_left_out(const PacketHeader& header);
  bool is_repeated(const PacketHeader& header);
  LinkType link_type_of(const PacketHeader& header, PacketKind kind, std::span<const std::byte> data) const;

  // Packets seen last, by which copies at a second adapter are known: a switch and the adapter that carries
  // it for a virtual machine both see what is sent.
  struct Seen {
    std::uint64_t group = 0;
    std::uint16_t number = 0;
    std::uint16_t component = 0;
    bool used = false;
  };
  static constexpr std::size_t seen_count = 16384;

  const PktmonFacts& facts_;
  Options options_;
  std::vector<Seen> seen_;
  std::vector<std::byte> scratch_;
};

}  // namespace anchoko::formats::etl
