#include "backends/snoop/emulator_code.h"

#include <algorithm>

namespace anchoko::snoop::emulated {
namespace {

// 1024, less what one more emission may take: 110 field tests joined with | fit, 113 do not (4.7).
constexpr std::size_t word_room = 1014;

std::size_t size_of(Op op) {
  switch (op) {
    case Op::constant:
    case Op::branch_true:
    case Op::branch_false:
      return 2;
    case Op::rpc:
      return 4;
    default:
      return 1;
  }
}

int growth(Op op) {
  switch (op) {
    case Op::constant:
    case Op::length:
    case Op::rpc:
      return 1;
    case Op::equal:
    case Op::different:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::remainder:
    case Op::bit_and:
    case Op::bit_or:
    case Op::bit_xor:
      return -1;
    default:
      return 0;
  }
}

bool is_branch(Op op) {
  return op == Op::branch_true || op == Op::branch_false;
}

std::string_view name_of(Op op) {
  static constexpr std::string_view names[] = {"LOAD_CONST",  "LOAD_LENGTH",
                                               "OFFSET_LINK", "OFFSET_ETHERTYPE",
                                               "OFFSET_NET",  "OFFSET_TRANSPORT",
                                               "OFFSET_POP",  "LOAD_OCTET",
                                               "LOAD_SHORT",  "LOAD_LONG",
                                               "EQ",          "NE",
                                               "LT",          "LE",
                                               "GT",          "GE",
                                               "ADD",         "SUB",
                                               "MUL",         "DIV",
                                               "REM",         "AND",
                                               "OR",          "XOR",
                                               "NOT",         "BRTR",
                                               "BRFL",        "RPC"};
  return names[static_cast<std::size_t>(op)];
}

// One run; every function gives false when the packet is rejected outright.
class Run {
 public:
  Run(const Program& program, const Packet& packet, Medium medium, const Release& release, RpcCalls& calls)
      : program_(program), packet_(packet), layout_(medium, release), release_(release), calls_(calls) {}

  bool whole();

 private:
  bool step(const Instruction& one);
  bool base(Op op);
  bool load(std::size_t size);
  bool compute(Op op);
  bool rpc(const RpcTest& test);
  std::optional<std::uint32_t> message_at(std::size_t transport) const;
  bool push(std::uint32_t value) {
    stack_.push_back(value);
    return stack_.size() <= stack_room;
  }

  const Program& program_;
  const Packet& packet_;
  Layout layout_;
  const Release& release_;
  RpcCalls& calls_;
  std::vector<std::uint32_t> stack_;
  std::vector<std::size_t> bases_;
  std::size_t at_ = 0;
};

bool Run::whole() {
  const auto& code = program_.instructions();
  while (at_ < code.size())
    if (!step(code[at_++])) return false;
  return stack_.empty() || stack_.back() != 0;
}

bool Run::step(const Instruction& one) {
  switch (one.op) {
    case Op::constant:
      return push(one.operand);
    case Op::length:
      return push(packet_.original);
    case Op::link_base:
    case Op::type_base:
    case Op::network_base:
    case Op::transport_base:
      return base(one.op);
    case Op::pop_base:
      bases_.pop_back();
      return true;
    case Op::load1:
      return load(1);
    case Op::load2:
      return load(2);
    case Op::load4:
      return load(4);
    case Op::negate:
      stack_.back() = stack_.back() == 0;
      return true;
    case Op::branch_true:
    case Op::branch_false:
      if ((stack_.back() != 0) == (one.op == Op::branch_true)) at_ = one.operand;
      return true;
    case Op::rpc:
      return rpc(program_.rpc_test(one.operand));
    default:
      return compute(one.op);
  }
}

bool Run::base(Op op) {
  std::optional<std::size_t> at = 0;
  if (op == Op::type_base) at = layout_.ethertype_at(packet_);
  if (op == Op::network_base) at = layout_.network_at(packet_);
  if (op == Op::transport_base) at = layout_.transport_at(packet_);
  if (at) bases_.push_back(*at);
  return at.has_value();
}

bool Run::load(std::size_t size) {
  const auto value = number_at(packet_.bytes, std::uint64_t{bases_.back()} + stack_.back(), size);
  if (value) stack_.back() = *value;
  return value.has_value();
}

bool Run::compute(Op op) {
  const std::uint32_t right = stack_.back();
  stack_.pop_back();
  std::uint32_t& left = stack_.back();
  // A shift of the order: with the top bit turned, unsigned numbers compare as signed ones.
  const std::uint32_t turn = release_.signed_values ? 0x80000000 : 0;
  switch (op) {
    case Op::equal:
      left = left == right;
      break;
    case Op::different:
      left = left != right;
      break;
    case Op::less:
      left = (left ^ turn) < (right ^ turn);
      break;
    case Op::less_equal:
      left = (left ^ turn) <= (right ^ turn);
      break;
    case Op::greater:
      left = (left ^ turn) > (right ^ turn);
      break;
    case Op::greater_equal:
      left = (left ^ turn) >= (right ^ turn);
      break;
    case Op::add:
      left += right;
      break;
    case Op::subtract:
      left -= right;
      break;
    case Op::multiply:
      left *= right;
      break;
    case Op::divide:
    case Op::remainder:
      if (right == 0) return false;
      left = op == Op::divide ? left / right : left % right;
      break;
    case Op::bit_and:
      left &= right;
      break;
    case Op::bit_or:
      left |= right;
      break;
    default:
      left ^= right;
      break;
  }
  return true;
}

std::optional<std::uint32_t> Run::message_at(std::size_t transport) const {
  const auto network = layout_.network_at(packet_);
  const auto family = layout_.family(packet_);
  if (!network || !family) return std::nullopt;
  const auto protocol = number_at(packet_.bytes, *network + (*family == 6 ? 6 : 9), 1);
  if (protocol == 17) return static_cast<std::uint32_t>(transport + 8);
  if (protocol != 6) return std::nullopt;
  const auto offset = number_at(packet_.bytes, transport + 12, 1);
  if (!offset) return std::nullopt;
  return static_cast<std::uint32_t>(transport + (*offset >> 4) * 4 + 4);  // and the record mark
}

bool Run::rpc(const RpcTest& test) {
  const auto transport = layout_.transport_at(packet_);
  if (!transport) return false;
  const auto at = message_at(*transport);
  const auto field = [&](std::size_t index) {
    return at ? number_at(packet_.bytes, *at + 4 * index, 4) : std::nullopt;
  };
  const auto transaction = field(0), direction = field(1);
  bool hit = false;
  if (transaction && direction == 0 && test.calls) {
    const bool same = field(2) == 2 && field(3) == test.program &&
                      (!test.version || field(4) == test.version) &&
                      (!test.procedure || field(5) == test.procedure);
    if (same) calls_.note(*transaction);
    hit = same;
  } else if (transaction && direction == 1 && test.replies) {
    hit = calls_.has(*transaction);
  }
  return push(hit);
}

}  // namespace

void RpcCalls::note(std::uint32_t transaction) {
  if (has(transaction)) return;
  transactions_.at(next_) = transaction;
  next_ = (next_ + 1) % transactions_.size();
  count_ = std::min(count_ + 1, transactions_.size());
}

bool RpcCalls::has(std::uint32_t transaction) const {
  const auto end = transactions_.begin() + static_cast<std::ptrdiff_t>(count_);
  return std::find(transactions_.begin(), end, transaction) != end;
}

void Program::emit(Op op, std::uint32_t operand) {
  code_.push_back({op, operand});
  words_ += size_of(op);
}

void Program::emit_rpc(const RpcTest& test) {
  rpc_.push_back(test);
  emit(Op::rpc, static_cast<std::uint32_t>(rpc_.size() - 1));
}

std::size_t Program::emit_branch(Op op) {
  emit(op);
  return code_.size() - 1;
}

void Program::land(std::size_t branch) {
  code_.at(branch).operand = static_cast<std::uint32_t>(code_.size());
}

bool Program::is_too_long() const {
  return words_ > word_room;
}

std::size_t Program::deepest() const {
  // All branches go forward, so one walk meets every place after all that lead there.
  std::vector<int> before(code_.size() + 1, 0);
  int most = 0;
  for (std::size_t i = 0; i < code_.size(); ++i) {
    const int after = before[i] + growth(code_[i].op);
    most = std::max(most, after);
    before[i + 1] = std::max(before[i + 1], after);
    if (is_branch(code_[i].op)) before[code_[i].operand] = std::max(before[code_[i].operand], after);
  }
  return static_cast<std::size_t>(most);
}

double Program::paths() const {
  std::vector<double> from(code_.size() + 1, 0);
  for (std::size_t i = code_.size(); i-- > 0;)
    from[i] = is_branch(code_[i].op) ? 1 + from[i + 1] + from[code_[i].operand] : from[i + 1];
  return from[0];
}

std::string Program::listing() const {
  std::string text;
  for (std::size_t i = 0; i < code_.size(); ++i) {
    text += std::to_string(i) + ": " + std::string(name_of(code_[i].op));
    if (size_of(code_[i].op) > 1) text += " " + std::to_string(code_[i].operand);
    text += '\n';
  }
  return text;
}

bool accepts(const Program& program, const Packet& packet, Medium medium, const Release& release,
             RpcCalls& calls) {
  return Run(program, packet, medium, release, calls).whole();
}

}  // namespace anchoko::snoop::emulated
