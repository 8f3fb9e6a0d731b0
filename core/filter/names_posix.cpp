#include "core/filter/names.h"

namespace anchoko::filter {

std::string services_file() {
  return "/etc/services";
}
std::string protocols_file() {
  return "/etc/protocols";
}

}  // namespace anchoko::filter
