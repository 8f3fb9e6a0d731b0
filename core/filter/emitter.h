// Builds a program from its end: every test knows where its two ways lead before it exists.
#pragma once

#include <cstdint>

#include "core/base/byte_cursor.h"
#include "core/base/error.h"
#include "core/filter/ast.h"
#include "core/filter/link_layout.h"
#include "core/filter/mutant.h"
#include "core/filter/program.h"
#include "core/packet/link_type.h"

namespace anchoko::filter {

// Thrown while compiling only.
struct CompileStop {
  Error error;
};

// Where each way of a test leads.
struct Ways {
  std::uint32_t yes;
  std::uint32_t no;
  Ways swapped() const { return {no, yes}; }
  Ways then(std::uint32_t next) const { return {next, no}; }
  Ways otherwise(std::uint32_t next) const { return {yes, next}; }
};

// How deep behind VLAN tags and MPLS labels.
struct Depth {
  std::uint32_t vlan = 0;
  std::uint32_t mpls = 0;
};

class Emitter {
 public:
  Emitter(LinkType type, const LinkLayout& layout, ByteOrder file_order)
      : type_(type), layout_(layout), order_(file_order) {}

  const LinkLayout& layout() const { return layout_; }
  [[noreturn]] void no_meaning(const std::string& what) const;

  std::uint32_t emit(Test test, Ways ways);
  std::uint32_t bytes(Base base, std::uint32_t offset, std::uint32_t width, std::uint32_t value, Ways ways,
                      std::uint32_t mask = 0xffffffff);
  std::uint32_t any_bit(Base base, std::uint32_t offset, std::uint32_t width, std::uint32_t bits, Ways ways);

  // Offsets of the network layer: base payload_base().
  std::uint32_t payload(Depth depth) const {
    return layout_.payload_offset + (mutant(35) ? 0 : 4 * depth.vlan) + (mutant(36) ? 0 : 4 * depth.mpls);
  }
  Base payload_base() const { return layout_.style == LinkStyle::wifi ? Base::link_payload : Base::record; }
  Base header_base() const { return layout_.radiotap ? Base::link_header : Base::record; }
  std::uint32_t in_payload(Depth depth, std::uint32_t offset, std::uint32_t width, std::uint32_t value,
                           Ways ways, std::uint32_t mask = 0xffffffff) {
    return bytes(payload_base(), payload(depth) + offset, width, value, ways, mask);
  }

  // The link layer says that this ethertype (up to 1500: LLC SAP) follows.
  std::uint32_t ethertype(std::uint32_t number, Depth depth, Ways ways);
  // MAC address at the source or destination.
  std::uint32_t mac(const MacBytes& address, bool source, Ways ways);
  std::uint32_t link_multicast(Ways ways);
  std::uint32_t direction(bool outbound, Ways ways);

  std::uint32_t add_step(Step step);
  Code finish(std::uint32_t entry);
  std::size_t steps() const { return code_.steps.size(); }

 private:
  std::uint32_t behind_label(std::uint32_t number, Depth depth, Ways ways);
  std::uint32_t ethernet_type(std::uint32_t number, Depth depth, Ways ways);
  std::uint32_t llc_type(std::uint32_t number, Depth depth, Ways ways);
  std::uint32_t cooked_type(std::uint32_t number, Depth depth, Ways ways);
  std::uint32_t snap(std::uint32_t organisation, std::uint32_t number, Depth depth, Ways ways);
  std::uint32_t mac_at(std::uint32_t offset, const MacBytes& address, Ways ways);
  std::uint32_t wifi_mac(bool source, const MacBytes* address, Ways ways);
  void note_base(Base base);

  LinkType type_;
  LinkLayout layout_;
  ByteOrder order_;
  Code code_;
};

}  // namespace anchoko::filter
