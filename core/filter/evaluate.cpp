#include "core/filter/evaluate.h"

#include <algorithm>
#include <cstring>

#include "core/base/byte_cursor.h"
#include "core/filter/compile.h"

namespace anchoko::filter {
namespace {

constexpr std::size_t tag_offset = 12;
constexpr std::size_t tag_size = 4;
constexpr std::size_t shortest_tagged = 16;

bool has_tag_in_place(std::span<const std::byte> data) {
  if (data.size() < shortest_tagged) return false;
  const std::uint16_t tpid = load_be16(data.data() + tag_offset);
  return tpid == 0x8100 || tpid == 0x88a8 || tpid == 0x9100;
}

}  // namespace

Reading capture_reading(const FilterExpr& expr) {
  const bool says_vlan =
      any_primitive(expr, [](const Primitive& p) { return p.kind == PrimitiveKind::vlan; });
  return says_vlan ? Reading::file : Reading::capture;
}

Result<Program> Program::compile(const FilterExpr& expr, LinkType link_type) {
  auto compiled = filter::compile(expr, link_type);
  if (!compiled) return fail(std::move(compiled.error()));
  Program program;
  program.code_ = std::move(compiled->code);
  program.entry_ = compiled->entry;
  return program;
}

bool Program::matches(std::span<const std::byte> data, std::uint32_t) const {
  const std::byte* bytes = data.data();
  const std::size_t size = data.size();
  const Instruction* code = code_.data();
  std::uint32_t at = entry_;
  while (at < reject) {
    const Instruction& i = code[at];
    std::size_t offset = i.offset;
    if (i.base == Instruction::Base::ipv4_payload) {
      if (i.header >= size) return false;
      offset += std::size_t{4} * (std::to_integer<std::size_t>(bytes[i.header]) & 15);
    }
    if (size < i.width || offset > size - i.width) return false;
    std::uint32_t value = 0;
    switch (i.width) {
      case 1:
        value = std::to_integer<std::uint32_t>(bytes[offset]);
        break;
      case 2:
        value = load_be16(bytes + offset);
        break;
      default:
        value = load_be32(bytes + offset);
        break;
    }
    value &= i.mask;
    bool holds = false;
    switch (i.compare) {
      case Instruction::Compare::equal:
        holds = value == i.value;
        break;
      case Instruction::Compare::greater:
        holds = value > i.value;
        break;
      case Instruction::Compare::greater_equal:
        holds = value >= i.value;
        break;
      case Instruction::Compare::any_bit:
        holds = (value & i.value) != 0;
        break;
    }
    at = holds ? i.on_true : i.on_false;
  }
  return at == accept;
}

std::size_t Program::read_extent() const {
  constexpr std::size_t longest_ipv4_header = 60;
  std::size_t extent = 0;
  for (const auto& i : code_) {
    const std::size_t variable = i.base == Instruction::Base::ipv4_payload ? longest_ipv4_header : 0;
    extent = std::max(extent, variable + i.offset + i.width);
  }
  return extent;
}

Result<RecordFilter> RecordFilter::compile(const FilterExpr& expr, LinkType link_type, Reading reading) {
  auto program = Program::compile(expr, link_type);
  if (!program) return fail(std::move(program.error()));
  RecordFilter result;
  result.program_ = std::move(*program);
  result.set_tag_aside_ = reading == Reading::capture && link_type == LinkType::ethernet;
  return result;
}

bool RecordFilter::matches(const PacketRecord& record) {
  if (!set_tag_aside_ || !has_tag_in_place(record.data))
    return program_.matches(record.data, record.original_length);
  scratch_.resize(record.data.size() - tag_size);
  std::memcpy(scratch_.data(), record.data.data(), tag_offset);
  std::memcpy(scratch_.data() + tag_offset, record.data.data() + tag_offset + tag_size,
              record.data.size() - tag_offset - tag_size);
  const std::uint32_t length =
      record.original_length >= tag_size ? record.original_length - std::uint32_t{tag_size} : 0;
  return program_.matches(scratch_, length);
}

}  // namespace anchoko::filter
