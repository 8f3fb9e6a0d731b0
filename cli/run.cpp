#include "cli/run.h"

namespace anchoko::cli {

int run(const std::vector<std::string>&) {
  return 2;
}

}  // namespace anchoko::cli
