#include "core/base/version.h"

namespace anchoko {

const char* version() {
  return ANCHOKO_VERSION;
}

const char* version_date() {
  return ANCHOKO_VERSION_DATE;
}

}  // namespace anchoko
