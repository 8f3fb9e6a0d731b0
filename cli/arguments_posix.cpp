#include "cli/arguments.h"

namespace anchoko::cli {

std::vector<std::string> program_words(int argc, char** argv) {
  return {argv + (argc > 0 ? 1 : 0), argv + argc};
}

}  // namespace anchoko::cli
