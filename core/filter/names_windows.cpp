#include <cstdlib>

#include "core/filter/names.h"

namespace anchoko::filter {
namespace {

std::string drivers_etc(const char* file) {
  const char* root = std::getenv("SystemRoot");
  return root == nullptr ? std::string() : std::string(root) + "\\System32\\drivers\\etc\\" + file;
}

}  // namespace

std::string services_file() {
  return drivers_etc("services");
}
std::string protocols_file() {
  return drivers_etc("protocol");
}

}  // namespace anchoko::filter
