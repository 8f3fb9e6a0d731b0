#include "backends/nettl/emulator_filter_commands.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace anchoko::nettl::emulated {
namespace {

std::unexpected<Error> wrong(const std::string& text) {
  return fail(ErrorKind::usage, text);
}

SetFilter* find(Facility& facility, std::string_view subsystem) {
  for (auto& one : facility.filters)
    if (one.subsystem == subsystem) return &one;
  return nullptr;
}

// All filters of the file, or none of them.
Result<std::string> set(const lab::EmulatedHost& host, const Machine& machine, const std::string& name,
                        Facility& facility) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return wrong("Cannot open the filter file " + name + ".");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const FilterReading how = filter_reading(host);
  auto filters = parse_filter_file({machine.subsystems, machine.edition, how, host}, text);
  if (!filters) return wrong(name + ": " + filters.error().message);
  const std::string again = reading(host, "nettl-setfilter-again");
  for (const auto& one : *filters) {
    const SetFilter* there = find(facility, one.subsystem);
    if (there && (again == "refused" || (again == "refused-when-on" && there->on)))
      return wrong("A filter for " + one.subsystem + " is already set.");
  }
  for (const auto& one : *filters) {
    SetFilter* there = find(facility, one.subsystem);
    if (!there) there = &facility.filters.emplace_back();
    there->subsystem = one.subsystem;
    there->text = one.text;
  }
  return std::string();
}

std::string shown(const SetFilter& filter, bool as_file) {
  const std::string state = filter.on ? "on" : "off";
  if (as_file) return "subsystem " + filter.subsystem + " " + filter.text + "\n";
  return "Subsystem: " + filter.subsystem + "   Filter: " + state + "\n    " + filter.text + "\n";
}

}  // namespace

Result<std::string> command_filters(const lab::EmulatedHost& host, const Machine& machine,
                                    const Command& command, Facility& facility) {
  if (command.verb == Verb::setfilter) return set(host, machine, command.words[0], facility);
  std::vector<std::string> names;
  for (const auto& word : command.words) {
    if (!same_word(word, "all")) {
      names.push_back(word);
      continue;
    }
    for (const auto& one : facility.filters) names.push_back(one.subsystem);
  }
  const bool display = command.verb == Verb::displayfilter;
  for (const auto& name : names) {
    const SetFilter* filter = find(facility, name);
    if (!filter && !display) return wrong("No filter is set for subsystem " + name + ".");
    if (command.verb == Verb::removefilter && filter->on && reads(host, "nettl-removefilter-on", "refused"))
      return wrong("The filter for subsystem " + name + " is on.");
  }
  std::string text;
  for (const auto& name : names) {
    SetFilter* filter = find(facility, name);
    if (command.verb == Verb::filteron || command.verb == Verb::filteroff) {
      filter->on = command.verb == Verb::filteron;
    } else if (display && filter) {
      text += shown(*filter, reads(host, "nettl-displayfilter", "file"));
    } else if (display) {
      text += "No filter is set for subsystem " + name + ".\n";
    } else {
      std::erase_if(facility.filters, [&](const auto& one) { return one.subsystem == name; });
    }
  }
  return text;
}

}  // namespace anchoko::nettl::emulated
