#include "core/base/version.h"

namespace anchoko {

const char* version() {
  return ANCHOKO_VERSION;
}

}  // namespace anchoko
