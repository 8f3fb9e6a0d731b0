// Tree to program. Separate from the evaluator so that the hot loop stands alone.
#pragma once

#include "core/base/byte_cursor.h"
#include "core/base/result.h"
#include "core/filter/ast.h"
#include "core/filter/program.h"
#include "core/packet/link_type.h"

namespace anchoko::filter {

// As libpcap's code generator orders it, nothing left out. Errors as Program::compile.
Result<Code> compile(const FilterExpr& expr, LinkType link_type, ByteOrder file_order);

}  // namespace anchoko::filter
