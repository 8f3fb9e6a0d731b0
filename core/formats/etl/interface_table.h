// The interfaces of a trace: one for each place and link type where packets were seen.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/formats/etl/frame.h"
#include "core/formats/etl/ndis.h"
#include "core/formats/etl/pktmon.h"
#include "core/packet/interface_info.h"

namespace anchoko::formats::etl {

class InterfaceTable {
 public:
  // All outlive it; `system` as LogfileHeader has it. `as_logged`: Protected bits stay.
  InterfaceTable(std::vector<InterfaceInfo>& interfaces, const NdisFacts& ndis, const PktmonFacts& pktmon,
                 std::string system, bool as_logged)
      : interfaces_(interfaces),
        ndis_(ndis),
        pktmon_(pktmon),
        system_(std::move(system)),
        as_logged_(as_logged) {}

  // `names`: of a switch port, as Fragment has them. Nothing: there are more than any host has.
  std::optional<std::uint32_t> find(const Source& source, std::span<const std::byte> names);

 private:
  void tell_apart(Source source, InterfaceInfo& info);
  InterfaceInfo describe(const Source& source, std::span<const std::byte> names) const;
  void describe_adapter(const Source& source, InterfaceInfo& info) const;
  void describe_cuts(InterfaceInfo& info) const;
  void describe_port(const Source& source, std::span<const std::byte> names, InterfaceInfo& info) const;
  void describe_component(const Source& source, InterfaceInfo& info) const;

  std::vector<InterfaceInfo>& interfaces_;
  const NdisFacts& ndis_;
  const PktmonFacts& pktmon_;
  std::string system_;
  bool as_logged_;
  std::map<Source, std::uint32_t> places_;
  std::map<std::string, Source> names_;
  Source last_;
  std::uint32_t last_index_ = 0;
};

}  // namespace anchoko::formats::etl
