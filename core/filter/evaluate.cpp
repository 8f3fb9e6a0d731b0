#include "core/filter/evaluate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/filter/compile.h"
#include "core/filter/link_layout.h"
#include "core/filter/mutant.h"

namespace anchoko::filter {
namespace {

constexpr std::size_t tag_offset = 12;
constexpr std::size_t tag_size = 4;
constexpr std::size_t shortest_tagged = 16;

bool has_tag_in_place(std::span<const std::byte> data) {
  if (data.size() < shortest_tagged) return false;
  const std::uint16_t tpid = load_be16(data.data() + tag_offset);
  return tpid == 0x8100 || tpid == 0x88a8 || (tpid == 0x9100 && !mutant(3));
}

using Data = std::span<const std::byte>;

// False when the bytes are not all there.
inline bool load(Data data, std::size_t offset, std::uint32_t width, std::uint32_t& value) {
  if (data.size() < width || offset > data.size() - width) return mutant(1);
  if (mutant(2) && offset == data.size() - width) return false;
  const std::byte* at = data.data() + offset;
  switch (width) {
    case 1:
      value = std::to_integer<std::uint32_t>(*at);
      break;
    case 2:
      value = load_be16(at);
      break;
    default:
      value = load_be32(at);
      break;
  }
  return true;
}

struct Bases {
  std::array<std::uint32_t, 3> at{};
  std::size_t operator[](Base base) const { return at[static_cast<std::size_t>(base)]; }
};

// 802.11: the header has 24 bytes, two more for QoS data. Radiotap: its length first, then padding of the
// 802.11 header as libpcap works it out from the flags field.
bool find_wifi_bases(Data data, Prelude prelude, Bases& bases) {
  constexpr std::uint32_t header_size = 24;
  std::uint32_t header = 0;
  const bool radiotap = prelude != Prelude::wifi_payload;
  if (radiotap) {
    std::uint32_t high = 0;
    std::uint32_t low = 0;
    if (!load(data, 3, 1, high) || !load(data, 2, 1, low)) return false;
    header = mutant(4) ? low << 8 | high : high << 8 | low;
  }
  bases.at[static_cast<std::size_t>(Base::link_header)] = header;
  if (prelude == Prelude::radiotap_header) return true;
  std::uint32_t payload = header + header_size;
  std::uint32_t control = 0;
  if (!load(data, header, 1, control)) return false;
  const bool is_data = (control & 0x08) != 0 && (control & 0x04) == 0;
  if (is_data && (control & 0x80) != 0 && !mutant(5)) payload += 2;
  if (is_data && radiotap) {
    std::uint32_t present = 0;
    if (!load(data, 4, 4, present)) return false;
    if ((present & 0x02000000) != 0 && (present & 0x00000080) == 0) {
      std::uint32_t flags = 0;
      if (!load(data, (present & 0x01000000) != 0 ? 16 : 8, 1, flags)) return false;
      if ((flags & 0x20) != 0 && !mutant(6)) payload = (payload + 3) & ~3U;
    }
  }
  bases.at[static_cast<std::size_t>(Base::link_payload)] = payload;
  return true;
}

class Calculator {
 public:
  Calculator(Data data, std::uint32_t length, const Bases& bases)
      : data_(data), length_(length), bases_(bases) {}

  // False: a load failed or a division by zero; the record is rejected.
  bool run(const Step* step, const Step* end) {
    for (; step != end; ++step) {
      if (!one(*step)) return false;
    }
    return depth_ == 2;
  }
  std::uint32_t left() const { return stack_[0]; }
  std::uint32_t right() const { return stack_[1]; }

 private:
  bool one(const Step& s) {
    switch (s.kind) {
      case ArithmeticKind::constant:
        return push(s.value);
      case ArithmeticKind::length:
        return push(length_);
      case ArithmeticKind::negate:
        if (!mutant(7)) stack_[depth_ - 1] = 0U - stack_[depth_ - 1];
        return true;
      case ArithmeticKind::load:
        return load_step(s);
      default:
        break;
    }
    const std::uint32_t b = stack_[--depth_];
    std::uint32_t& a = stack_[depth_ - 1];
    switch (s.kind) {
      case ArithmeticKind::add:
        a = mutant(8) && a + b < a ? 0xffffffff : a + b;
        break;
      case ArithmeticKind::subtract:
        a = mutant(9) ? b - a : a - b;
        break;
      case ArithmeticKind::multiply:
        a *= b;
        break;
      case ArithmeticKind::divide:
      case ArithmeticKind::modulo:
        if (b == 0) return mutant(10);
        a = s.kind == ArithmeticKind::divide ? a / b : a % b;
        break;
      case ArithmeticKind::bit_and:
        a &= b;
        break;
      case ArithmeticKind::bit_or:
        a |= b;
        break;
      case ArithmeticKind::bit_xor:
        a ^= b;
        break;
      case ArithmeticKind::shift_left:
        a = b < 32 ? a << b : mutant(11) ? a << (b & 31) : 0;
        break;
      case ArithmeticKind::shift_right:
        a = b < 32 ? a >> b : mutant(12) ? a >> (b & 31) : 0;
        break;
      default:
        return false;
    }
    return true;
  }

  bool push(std::uint32_t value) {
    if (depth_ == stack_.size()) return false;
    stack_[depth_++] = value;
    return true;
  }

  // The index, what varies of the base and the length of the IPv4 header add up in 32 bits; the fixed part
  // does not wrap.
  bool load_step(const Step& s) {
    std::uint32_t& top = stack_[depth_ - 1];
    std::uint32_t index = top + static_cast<std::uint32_t>(bases_[s.base]);
    if (s.behind_ipv4) {
      std::uint32_t first = 0;
      if (!load(data_, bases_[s.base] + s.header, 1, first)) return false;
      index += mutant(13) ? 20 : 4 * (first & 15);
    }
    return load(data_, std::size_t{index} + s.value, s.size, top);
  }

  Data data_;
  std::uint32_t length_;
  const Bases& bases_;
  // The parser allows 16 intermediate values on each side.
  std::array<std::uint32_t, 40> stack_{};
  std::size_t depth_ = 0;
};

}  // namespace

Reading capture_reading(const FilterExpr& expr) {
  const bool says_vlan =
      any_primitive(expr, [](const Primitive& p) { return p.kind == PrimitiveKind::vlan; });
  return says_vlan ? Reading::file : Reading::capture;
}

bool is_evaluated(LinkType link_type) {
  return link_layout(link_type).has_value();
}

Result<Program> Program::compile(const FilterExpr& expr, LinkType link_type, ByteOrder file_order) {
  auto code = filter::compile(expr, link_type, file_order);
  if (!code) return fail(std::move(code.error()));
  Program program;
  program.code_ = simplify(*code);
  program.table_ = DecisionTable::build(program.code_);
  return program;
}

bool Program::matches_step_by_step(std::span<const std::byte> data, std::uint32_t original_length,
                                   PacketDirection direction) const {
  Bases bases;
  if (code_.prelude != Prelude::none && !find_wifi_bases(data, code_.prelude, bases)) return false;
  const Test* tests = code_.tests.data();
  std::uint32_t at = code_.entry;
  while (at < verdict_reject) {
    const Test& t = tests[at];
    std::uint32_t value = 0;
    std::uint32_t against = t.value;
    switch (t.source) {
      case Test::Source::bytes:
        if (!load(data, bases[t.base] + t.offset, t.width, value)) return false;
        break;
      case Test::Source::ipv4_payload: {
        std::uint32_t first = 0;
        if (!load(data, bases[t.base] + t.header, 1, first)) return false;
        if (!load(data, bases[t.base] + t.offset + std::size_t{4} * (mutant(14) ? 5 : first & 15), t.width,
                  value))
          return false;
        break;
      }
      case Test::Source::length:
        value = original_length;
        break;
      case Test::Source::direction:
        value = static_cast<std::uint32_t>(direction);
        break;
      case Test::Source::arithmetic: {
        Calculator calculator(data, original_length, bases);
        const Step* first = code_.steps.data() + t.offset;
        if (!calculator.run(first, first + t.width)) return false;
        value = calculator.left();
        against = calculator.right();
        break;
      }
    }
    if (!mutant(15)) value &= t.mask;
    bool holds = false;
    switch (t.compare) {
      case Test::Compare::equal:
        holds = value == against;
        break;
      case Test::Compare::greater:
        holds = mutant(16) ? value >= against : value > against;
        break;
      case Test::Compare::greater_equal:
        holds = value >= against;
        break;
      case Test::Compare::any_bit:
        holds = mutant(17) ? value == against : (value & against) != 0;
        break;
    }
    at = holds ? t.on_true : t.on_false;
  }
  return at == verdict_accept;
}

std::size_t Program::read_extent() const {
  constexpr std::size_t anywhere = 0x7fffffff;
  constexpr std::size_t longest_ipv4_header = 60;
  if (code_.prelude != Prelude::none) return anywhere;
  for (const auto& step : code_.steps) {
    if (step.kind == ArithmeticKind::load) return anywhere;
  }
  std::size_t extent = 0;
  for (const auto& t : code_.tests) {
    if (t.source != Test::Source::bytes && t.source != Test::Source::ipv4_payload) continue;
    const std::size_t variable = t.source == Test::Source::ipv4_payload ? longest_ipv4_header : 0;
    extent = std::max(extent, variable + t.offset + t.width);
  }
  return extent;
}

Result<RecordFilter> RecordFilter::compile(const FilterExpr& expr, LinkType link_type, Reading reading,
                                           ByteOrder file_order) {
  auto program = Program::compile(expr, link_type, file_order);
  if (!program) return fail(std::move(program.error()));
  RecordFilter result;
  result.program_ = std::move(*program);
  result.extent_ =
      (result.program_.read_extent() + 1) & ~std::size_t{1};  // the table looks at pairs of bytes
  result.set_tag_aside_ = reading == Reading::capture && link_type == LinkType::ethernet;
  return result;
}

bool RecordFilter::matches(const PacketRecord& record) {
  if (!set_tag_aside_ || !has_tag_in_place(record.data)) {
    return program_.matches(record.data, record.original_length, record.direction);
  }
  const std::size_t size = std::min(record.data.size() - tag_size, std::max(extent_, shortest_tagged));
  scratch_.resize(size);
  std::memcpy(scratch_.data(), record.data.data(), tag_offset);
  std::memcpy(scratch_.data() + tag_offset, record.data.data() + tag_offset + tag_size, size - tag_offset);
  const std::uint32_t length = record.original_length >= tag_size && !mutant(18)
                                   ? record.original_length - std::uint32_t{tag_size}
                                   : 0;
  return program_.matches(scratch_, length, record.direction);
}

}  // namespace anchoko::filter
