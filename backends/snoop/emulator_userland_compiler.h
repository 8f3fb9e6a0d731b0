// The compiler of the userland filter: a parser that emits as it reads.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "backends/snoop/emulator_parse.h"
#include "backends/snoop/emulator_userland_code.h"

namespace anchoko::snoop::emulated {

class Compiler {
 public:
  using Operator = std::pair<std::string_view, Op>;

  Compiler(std::string_view expression, Medium medium, const Release& release, const Names& names)
      : words_(expression), release_(release), names_(names), code_(medium, release) {}

  Result<Program> compile();

 private:
  // Grammar, from what binds least to what binds most (4.2).
  void alternatives();
  void conjunction();
  void comparison();
  void sum();
  void product();
  void primary();

  void word();
  bool protocol_word(const std::string& word);
  bool test_word(const std::string& word);
  bool service_word(const std::string& word);
  bool place_word(const std::string& word);
  void field();
  void host();
  void ether_host(const Token& token);
  void apple_host(const Token& token);
  void net(Direction direction);
  void port(Direction direction);
  void proto();
  void rpc();
  void gateway();
  std::uint32_t number(const char* otherwise);
  bool ends_group() const;
  bool continues() const;
  std::optional<Op> take_operator(std::span<const Operator> operators);

  Words words_;
  const Release& release_;
  const Names& names_;
  Qualifiers qualifiers_;
  UserlandCode code_;
};

}  // namespace anchoko::snoop::emulated
