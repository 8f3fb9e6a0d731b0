// Tree to program. Separate from the evaluator so that the hot loop stands alone.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/filter/ast.h"
#include "core/filter/evaluate.h"
#include "core/packet/link_type.h"

namespace anchoko::filter {

struct CompiledCode {
  std::vector<Instruction> code;
  std::uint32_t entry = Program::accept;
};
Result<CompiledCode> compile(const FilterExpr& expr, LinkType link_type);

}  // namespace anchoko::filter
