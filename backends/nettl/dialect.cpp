// Up to 11i v2 nettl has no filter. That of 11i v3 (-setfilter) is state of the whole machine, and what its
// manual says of precedence is not certain: it is not used yet, so conversion does all of it.
#include "backends/nettl/nettl.h"

namespace anchoko::nettl {
namespace {

class NettlDialect final : public Dialect {
 public:
  Shape shape() const override { return Shape::none; }
};

}  // namespace

const Dialect& dialect() {
  static const NettlDialect instance;
  return instance;
}

}  // namespace anchoko::nettl
