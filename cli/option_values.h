// What an option's value may be, told where the option is made: checked when words are parsed, and offered by
// the completion of shells.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class Option;
}

namespace anchoko::cli {

// One of these words, else a usage error that says so.
CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& choices);
// The same for completion alone: whoever takes the value checks it.
CLI::Option* suggest(CLI::Option* option, const std::vector<std::string>& choices);

// Empty: anything.
std::vector<std::string> choices_of(CLI::Option& option);

// Values that depend on the machine and its files.
enum class ValueKind { text, file, profile, backend, interface, hazard, open_fact, session };
ValueKind value_kind(const CLI::Option& option);

}  // namespace anchoko::cli
