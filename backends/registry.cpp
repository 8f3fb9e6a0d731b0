#include "backends/registry.h"

namespace anchoko {

#define ANCHOKO_EMULATOR(folder)  // of the lab alone
#define ANCHOKO_BACKEND(folder) std::unique_ptr<Backend> make_##folder##_backend();
#include "backends/backends.def"
#undef ANCHOKO_BACKEND

BackendRegistry make_backend_registry() {
  BackendRegistry registry;
#define ANCHOKO_BACKEND(folder) registry.add(make_##folder##_backend());
#include "backends/backends.def"
#undef ANCHOKO_BACKEND
  return registry;
}
#undef ANCHOKO_EMULATOR

}  // namespace anchoko
