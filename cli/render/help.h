// Help texts, made from what the commands say of themselves.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands/command.h"

namespace anchoko::cli {

inline constexpr const char* program_summary = "capture packets with the tool that the system already has";
inline constexpr const char* program_description =
    "Captures packets with the tool that the system already has, from one pcap-filter text, and hands back "
    "one exact "
    "pcapng. Every plan can be read before it runs.";
inline constexpr std::array<std::pair<int, const char*>, 7> exit_statuses{
    {{0, "done"},
     {1, "failed"},
     {2, "command line, profile or filter wrong"},
     {3, "done in part"},
     {4, "a right or a tool is missing"},
     {5, "refused for safety"},
     {130, "interrupted"}}};

// For the terminal, wrapped to `width` columns (0: 100).
std::string command_help(Command& command, unsigned width, bool color);
// All commands, or those of a group. Hidden ones are left out.
std::string program_help(const std::vector<std::unique_ptr<Command>>& commands, const std::string& group,
                         unsigned width, bool color);

}  // namespace anchoko::cli
