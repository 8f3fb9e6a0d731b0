// anchoko-lab: one program that stands in for the capture tools of several systems. Which one it is, its name
// says (a link to it is called `snoop`) or its first word. It is an emulation, written from manuals, for
// learning and tests.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/lab/lab_program.h"
#include "core/lab/process.h"
#include "core/lab/tool.h"
#include "core/lab/utilities.h"

#define ANCHOKO_EMULATOR(name)                 \
  namespace anchoko::name {                    \
  std::span<const lab::Tool> emulated_tools(); \
  }
#include "emulators.def"
#undef ANCHOKO_EMULATOR

namespace {

using anchoko::lab::Tool;

std::vector<Tool> native_tools() {
  std::vector<Tool> all;
  const auto add = [&](std::span<const Tool> some) { all.insert(all.end(), some.begin(), some.end()); };
#define ANCHOKO_EMULATOR(name) add(anchoko::name::emulated_tools());
#include "emulators.def"
#undef ANCHOKO_EMULATOR
  return all;
}

// Beside them, the everyday commands, which judge options as the host's system would.
std::vector<Tool> all_tools() {
  std::vector<Tool> all = native_tools();
  const auto more = anchoko::lab::utilities();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

bool has(const std::vector<Tool>& tools, const std::string& name) {
  return std::any_of(tools.begin(), tools.end(), [&](const Tool& tool) { return tool.name == name; });
}

const Tool* find(const std::vector<Tool>& tools, const std::string& name, const std::string& os) {
  const auto found = std::find_if(tools.begin(), tools.end(), [&](const Tool& tool) {
    return tool.name == name && (tool.os.empty() || tool.os == os);
  });
  return found == tools.end() ? nullptr : &*found;
}

int usage(const std::vector<Tool>& tools) {
  std::fputs("usage: anchoko-lab TOOL [WORD…]     with ANCHOKO_LAB_HOST set to a host's folder\nTools:",
             stderr);
  for (const auto& tool : tools)
    std::fprintf(stderr, " %.*s", static_cast<int>(tool.name.size()), tool.name.data());
  std::fputs("\nThey are emulations, written from the manuals of the real ones.\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  anchoko::lab::this_program_plays_tools();
  std::vector<std::string> words(argv, argv + argc);
  const auto tools = all_tools();
  if (words.empty()) return usage(native_tools());
  std::string name = std::filesystem::path(words[0]).filename().string();
  if (name == "anchoko-lab") {
    if (words.size() < 2) return usage(native_tools());
    words.erase(words.begin());
    if (const auto status = anchoko::lab::run_lab_verb(words, native_tools())) return *status;
    name = std::filesystem::path(words[0]).filename().string();
  }
  if (!has(tools, name)) return usage(native_tools());
  auto host = anchoko::lab::EmulatedHost::from_environment();
  if (!host) {
    std::fprintf(stderr, "anchoko-lab: %s\n", host.error().message.c_str());
    if (!host.error().hint.empty()) std::fprintf(stderr, "  = %s\n", host.error().hint.c_str());
    return exit_status(host.error().kind);
  }
  const Tool* tool = find(tools, name, host->os());
  if (!tool) {
    std::fprintf(stderr, "anchoko-lab: %s has no %s\n", host->os().c_str(), name.c_str());
    return 127;  // as a shell says that there is no such command
  }
  return tool->run(*host, words);
}
