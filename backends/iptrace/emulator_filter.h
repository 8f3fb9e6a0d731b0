// Which packets iptrace takes: its keyed filter, and what an adapter shows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "backends/iptrace/emulator_options.h"
#include "core/lab/packet_source.h"

namespace anchoko::iptrace::emulated {

class Filter {
 public:
  Filter(const lab::EmulatedHost& host, const Options& options);

  bool passes(const lab::Frame& frame) const;

 private:
  struct Packet;  // what the tests look at

  bool reaches_us(const lab::Frame& frame) const;
  Packet look(std::span<const std::byte> frame) const;
  void look_at_ipv4(std::span<const std::byte> ip, Packet& packet) const;
  void look_at_ipv6(std::span<const std::byte> ip, Packet& packet) const;
  bool host_matches(const Packet& packet) const;
  bool one_way(const Address& from, const Address& to) const;
  bool port_matches(const Packet& packet) const;
  bool protocol_matches(const Packet& packet) const;

  const lab::EmulatedHost& host_;
  Options options_;
  // Open facts, see the table in emulator.cpp.
  bool either_kind_, either_host_, port_any_protocol_, port_ipv6_, protocol_ipv6_, walk_extensions_;
  bool arp_match_host_, arp_pass_host_, arp_pass_port_, other_pass_, rarp_is_arp_, through_tags_,
      received_only_;
  enum class End { either, source, destination } port_end_;
  enum class Fragments { first, all, raw } fragments_;
  bool promiscuous_;
};

}  // namespace anchoko::iptrace::emulated
