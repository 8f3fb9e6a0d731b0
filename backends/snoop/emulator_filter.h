// A filter expression made ready: which part the kernel evaluates, and which one snoop itself.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/snoop/emulator_code.h"
#include "backends/snoop/emulator_kernel.h"
#include "backends/snoop/emulator_names.h"

namespace anchoko::snoop::emulated {

struct Filter {
  bool in_kernel = false;
  bool never = false;  // the kernel's program rejects everything
  std::optional<KernelTest> kernel;
  std::optional<Program> userland;
  bool overflows = false;  // the userland program, on its worst way (4.7)
  RpcCalls calls;

  bool kernel_accepts(const Packet& packet, Medium medium, const Release& release) const;
  bool userland_accepts(const Packet& packet, Medium medium, const Release& release);
};

enum class Path { live, userland_only };  // userland_only: a file, or -U

// Errors: usage, with the message of snoop without its name. Does not take the compiler's time.
Result<Filter> make_filter(std::string_view expression, Path path, Medium medium, const Release& release,
                           const Names& names);

// How long the branch optimiser takes for it (4.7).
double compile_seconds(const Filter& filter, const Release& release);

}  // namespace anchoko::snoop::emulated
