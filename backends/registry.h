#pragma once

#include "core/backend/backend.h"

namespace anchoko {

// Every backend of backends.def, in its order.
BackendRegistry make_backend_registry();

}  // namespace anchoko
