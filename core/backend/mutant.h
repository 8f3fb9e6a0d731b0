// Seeded faults of dialects, for the test that finds every one of them
// (tests/differential/dialect_mutants.cpp). The product is built without ANCHOKO_MUTANTS, and then this is
// nothing.
#pragma once

namespace anchoko {

#ifdef ANCHOKO_MUTANTS
bool mutant(int number);  // defined by the test: the fault with this number is switched on
#else
constexpr bool mutant(int) {
  return false;
}
#endif

}  // namespace anchoko
