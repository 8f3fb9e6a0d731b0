// What a fuzzer gives us: a filter, a zero byte, a byte that picks the link type, and the bytes of a record.
// The filter is parsed, printed, parsed again, compiled for every link type and run; nothing may crash, and
// what must be equal is compared. Linked with libFuzzer (tests/fuzz/run), or with replay.cpp, which runs kept
// inputs.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/filter/evaluate.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/filter/satisfiable.h"

namespace {

using namespace anchoko;

void require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

constexpr LinkType link_types[] = {
    LinkType::ethernet,   LinkType::linux_sll,
    LinkType::linux_sll2, LinkType::raw,
    LinkType::ipv4,       LinkType::ipv6,
    LinkType::null,       LinkType::loop,
    LinkType::ppp,        LinkType::ipnet,
    LinkType::fddi,       LinkType::token_ring,
    LinkType::ieee802_11, LinkType::ieee802_11_radiotap,
};

// The record in memory of its own, so that a read beyond its end is seen.
struct Record {
  std::unique_ptr<std::byte[]> data;
  std::size_t size = 0;
  std::span<const std::byte> bytes() const { return {data.get(), size}; }
};
Record record_of(std::span<const std::uint8_t> input) {
  Record out{std::make_unique<std::byte[]>(input.size()), input.size()};
  std::ranges::copy(std::as_bytes(input), out.data.get());
  return out;
}

// The record whole; `every_cut`: also cut short in every way.
void judge(const filter::FilterExpr& tree, LinkType type, ByteOrder order, const Record& record,
           bool every_cut, bool never, std::string_view text) {
  const auto program = filter::Program::compile(tree, type, order);
  if (!program) {
    require(!program.error().message.empty() || !program.error().diagnostics.empty(),
            "refused without a message", text);
    return;
  }
  auto captured = filter::RecordFilter::compile(tree, type, filter::Reading::capture, order);
  require(captured.has_value(), "one reading compiles and the other does not", text);
  const auto wire = static_cast<std::uint32_t>(record.size);
  const auto one = [&](std::span<const std::byte> bytes) {
    const bool verdict = program->matches(bytes, wire, PacketDirection::inbound);
    require(!verdict || !(never || program->never_matches()), "matches what it is proved never to match",
            text);
    require(program->matches_step_by_step(bytes, wire, PacketDirection::inbound) == verdict,
            "the table and the program differ", text);
    const auto part = bytes.first(std::min(bytes.size(), program->read_extent()));
    require(program->matches(part, wire, PacketDirection::inbound) == verdict, "reads beyond its extent",
            text);
    PacketRecord packet;
    packet.data = bytes;
    packet.original_length = wire;
    static_cast<void>(captured->matches(packet));
  };
  one(record.bytes());
  for (std::size_t length = 0; every_cut && length < std::min<std::size_t>(record.size, 80); ++length) {
    one(record_of({reinterpret_cast<const std::uint8_t*>(record.data.get()), length}).bytes());
  }
}

void work_on(std::string_view text, std::size_t picked, const Record& record) {
  const auto tree = filter::parse(text);
  if (!tree) {
    require(tree.error().diagnostics.size() == 1, "refused without one diagnostic", text);
    const Diagnostic& diagnostic = tree.error().diagnostics.front();
    require(!diagnostic.message.empty() && diagnostic.column >= 1 && diagnostic.column <= text.size() + 1,
            "refused without a place", text);
    return;
  }
  const std::string printed = filter::print(*tree);
  const auto again = filter::parse(printed);
  require(again.has_value(), "what is printed cannot be read", text);
  require(filter::equal(*tree, *again), "what is printed means something else", text);
  require(filter::print(*again) == printed, "printed twice, it differs", text);
  require(filter::prints_faithfully(*tree), "not printed faithfully", text);
  const bool never = filter::never_matches(*tree);
  const std::size_t chosen = picked % std::size(link_types);
  for (std::size_t i = 0; i < std::size(link_types); ++i)
    judge(*tree, link_types[i], ByteOrder::little, record, i == chosen, never, text);
  judge(*tree, LinkType::null, ByteOrder::big, record, false, never, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  const auto zero = static_cast<std::size_t>(std::ranges::find(input, std::uint8_t{0}) - input.begin());
  const std::string text(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(zero));
  const std::size_t picked = zero + 1 < size ? input[zero + 1] : 0;
  const auto rest = zero + 2 < size ? input.subspan(zero + 2) : std::span<const std::uint8_t>();
  work_on(text, picked, record_of(rest));
  return 0;
}
