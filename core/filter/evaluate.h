// The residual filter: a flat program, equal to libpcap's unoptimised one in verdict, also on short records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/base/result.h"
#include "core/filter/ast.h"
#include "core/filter/decision_table.h"
#include "core/filter/program.h"
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

class Program {
 public:
  // Link types: those of link_layout(). Errors: usage when the filter has no meaning on that link type (as in
  // libpcap), failed with "link type … is not evaluated" when we cannot judge it. `file_order` is the byte
  // order of the file, which BSD loopback headers (LINKTYPE_NULL) are taken to have.
  static Result<Program> compile(const FilterExpr& expr, LinkType link_type,
                                 ByteOrder file_order = ByteOrder::little);

  bool matches(std::span<const std::byte> data, std::uint32_t original_length,
               PacketDirection direction = PacketDirection::unknown) const {
    const auto verdict = table_.judge(data);
    if (verdict != DecisionTable::Verdict::unsure) return verdict == DecisionTable::Verdict::accept;
    return matches_step_by_step(data, original_length, direction);
  }
  // The same verdict without the table that is there for speed.
  bool matches_step_by_step(std::span<const std::byte> data, std::uint32_t original_length,
                            PacketDirection direction = PacketDirection::unknown) const;

  // Bytes from the start of the record beyond which no load can reach, IPv4 options taken at their longest. A
  // load at a computed offset can reach anywhere: 2^31 - 1.
  std::size_t read_extent() const;
  std::size_t size() const { return code_.tests.size(); }
  // No record whatsoever can match. False means only that this was not proved.
  bool never_matches() const { return code_.entry == verdict_reject; }

 private:
  Code code_;
  DecisionTable table_;
};

// True when the link type is one whose records Program can judge.
bool is_evaluated(LinkType link_type);

// A program and its reading; owns the scratch space that setting a tag aside needs.
class RecordFilter {
 public:
  static Result<RecordFilter> compile(const FilterExpr& expr, LinkType link_type, Reading reading,
                                      ByteOrder file_order = ByteOrder::little);
  bool matches(const PacketRecord& record);

 private:
  Program program_;
  std::size_t extent_ = 0;  // what lies beyond is never read, and not copied
  bool set_tag_aside_ = false;
  std::vector<std::byte> scratch_;
};

}  // namespace anchoko::filter
