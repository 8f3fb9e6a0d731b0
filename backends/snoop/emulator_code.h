// The userland filter of snoop: a program for a small stack machine, its limits, and its run over one packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/snoop/emulator_link.h"
#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {

enum class Op {
  constant,  // two words
  length,
  link_base,  // what loads are counted from, until pop_base
  type_base,
  network_base,
  transport_base,
  pop_base,
  load1,
  load2,
  load4,
  equal,
  different,
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  bit_and,
  bit_or,
  bit_xor,
  negate,
  branch_true,  // two words; neither branch takes the value off the stack
  branch_false,
  rpc,  // four words
};

struct Instruction {
  Op op;
  std::uint32_t operand = 0;  // a value, the place to go to, or the index of a call
};

struct RpcTest {
  std::uint32_t program = 0;
  std::optional<std::uint32_t> version, procedure;
  bool calls = true, replies = true;
};

// Calls seen, by transaction, so that their replies are known: 256 entries, the oldest goes.
class RpcCalls {
 public:
  void note(std::uint32_t transaction);
  bool has(std::uint32_t transaction) const;

 private:
  std::array<std::uint32_t, 256> transactions_{};
  std::size_t next_ = 0, count_ = 0;
};

class Program {
 public:
  void emit(Op op, std::uint32_t operand = 0);
  void emit_rpc(const RpcTest& test);
  std::size_t emit_branch(Op op);  // gives its place for land()
  void land(std::size_t branch);   // it goes to what comes next

  std::size_t words() const { return words_; }
  bool is_too_long() const;
  // The deepest that the stack can become, on the worst of all ways.
  std::size_t deepest() const;
  // How many ways lead through it: what the branch optimiser walks (reference, 4.7).
  double paths() const;
  const std::vector<Instruction>& instructions() const { return code_; }
  const RpcTest& rpc_test(std::size_t index) const { return rpc_.at(index); }
  std::string listing() const;

 private:
  std::vector<Instruction> code_;
  std::vector<RpcTest> rpc_;
  std::size_t words_ = 0;
};

constexpr std::size_t stack_room = 63;  // entry 0 of 64 is never used: 62 ORed field tests work, 63 do not

bool accepts(const Program& program, const Packet& packet, Medium medium, const Release& release,
             RpcCalls& calls);

}  // namespace anchoko::snoop::emulated
