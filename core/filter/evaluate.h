// The residual filter: a flat program, equal to libpcap's unoptimised one in verdict, also on short records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/filter/ast.h"
#include "core/packet/link_type.h"
#include "core/packet/packet_record.h"

namespace anchoko::filter {

// How a record on Ethernet is judged.
enum class Reading {
  file,     // as it stands in the file, as `tcpdump -O -r` does
  capture,  // with its outermost VLAN tag set aside, as a live capture is asked for
};

// The reading that `capture` uses for this filter: a filter that says `vlan` is always judged as on a file.
Reading capture_reading(const FilterExpr& expr);

// One test: load, mask, compare, jump. A load that reaches beyond the captured bytes rejects the record, as
// in BPF.
struct Instruction {
  enum class Base : std::uint8_t { record, ipv4_payload };  // ipv4_payload: plus 4 * (byte at header & 15)
  enum class Compare : std::uint8_t { equal, greater, greater_equal, any_bit };
  Base base = Base::record;
  Compare compare = Compare::equal;
  std::uint8_t width = 1;    // bytes loaded: 1, 2 or 4
  std::uint32_t header = 0;  // ipv4_payload: offset of the IPv4 header
  std::uint32_t offset = 0;
  std::uint32_t mask = 0xffffffff;
  std::uint32_t value = 0;
  std::uint32_t on_true = 0;  // next instruction; accept and reject below
  std::uint32_t on_false = 0;
};

class Program {
 public:
  static constexpr std::uint32_t accept = 0xffffffff;
  static constexpr std::uint32_t reject = 0xfffffffe;

  // Link types: Ethernet, Linux cooked v1 and v2, raw IP. Errors: usage when the filter has no meaning on
  // that link type (as in libpcap), failed with "link type … is not evaluated" when we cannot judge it.
  static Result<Program> compile(const FilterExpr& expr, LinkType link_type);

  bool matches(std::span<const std::byte> data, std::uint32_t original_length) const;

  // Bytes from the start of the record beyond which no load can reach, IPv4 options taken at their longest.
  std::size_t read_extent() const;
  std::size_t size() const { return code_.size(); }

 private:
  std::vector<Instruction> code_;
  std::uint32_t entry_ = accept;
};

// True when the link type is one whose records Program can judge.
bool is_evaluated(LinkType link_type);

// A program and its reading; owns the scratch space that setting a tag aside needs.
class RecordFilter {
 public:
  static Result<RecordFilter> compile(const FilterExpr& expr, LinkType link_type, Reading reading);
  bool matches(const PacketRecord& record);

 private:
  Program program_;
  bool set_tag_aside_ = false;
  std::vector<std::byte> scratch_;
};

}  // namespace anchoko::filter
