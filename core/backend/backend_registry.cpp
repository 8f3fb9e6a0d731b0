#include "core/backend/backend.h"

namespace anchoko {

const Backend* BackendRegistry::find(const std::string& name) const {
  for (const auto& backend : backends_) {
    if (backend->info().name == name) return backend.get();
  }
  return nullptr;
}

std::vector<std::string> BackendRegistry::names() const {
  std::vector<std::string> result;
  for (const auto& backend : backends_) result.push_back(backend->info().name);
  return result;
}

}  // namespace anchoko
