#include "cli/render/help.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/parse.h"
#include "cli/render/table.h"
#include "cli/render/text.h"

namespace anchoko::cli {
namespace {

std::string option_title(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string title;
  for (const auto& name : option.get_snames()) title += (title.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames()) title += (title.empty() ? "    --" : ", --") + name;
  if (option.get_items_expected_max() > 0) title += " " + option.get_type_name();
  return title;
}

std::string heading(const std::string& text, bool color) {
  return color ? "\033[1m" + text + "\033[0m\n" : text + "\n";
}

std::string paragraph(const std::string& text, unsigned width, const std::string& indent = {}) {
  std::string out;
  for (const auto& line : wrap(text, width - indent.size())) out += indent + line + "\n";
  return out;
}

// Titles of more than this many columns stand on a line of their own.
std::string options_help(const std::vector<Field>& options, unsigned width) {
  constexpr std::size_t column = 28;
  std::string out;
  for (const auto& option : options) {
    const std::string title = "  " + option.name;
    const bool alone = display_width(title) + 2 > column;
    std::string lead = pad_right(title, column);
    if (alone) {
      out += title + "\n";
      lead = std::string(column, ' ');
    }
    for (const auto& line : wrap(option.value, width - column)) {
      out += lead + line + "\n";
      lead = std::string(column, ' ');
    }
  }
  return out;
}

std::string examples_help(const std::vector<Example>& examples, unsigned width) {
  std::string out;
  for (const auto& example : examples) {
    out += "  anchoko " + example.words + "\n" + paragraph(example.meaning, width, "      ");
  }
  return out;
}

}  // namespace

std::string command_help(Command& command, unsigned width, bool color) {
  if (width == 0 || width > 100) width = 100;
  width = std::max(width, 50U);
  CLI::App app;
  CommonOptions common;
  add_all_options(app, command, common);
  const CommandHelp& help = command.help();
  std::string out = heading("anchoko " + help.name + (help.usage.empty() ? "" : " " + help.usage), color);
  out += "\n" + paragraph(help.description, width);
  std::vector<std::string> groups = app.get_groups();
  std::erase(groups, common_group);
  groups.emplace_back(common_group);
  for (const auto& group : groups) {
    std::vector<Field> fields;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_group() != group || option->get_description().empty()) continue;
      fields.push_back({option_title(*option), option->get_description()});
    }
    if (fields.empty()) continue;
    out += "\n" + heading(group + ":", color) + options_help(fields, width);
  }
  if (!help.examples.empty()) out += "\n" + heading("Examples:", color) + examples_help(help.examples, width);
  return out;
}

std::string program_help(const std::vector<std::unique_ptr<Command>>& commands, const std::string& group,
                         unsigned width, bool color) {
  if (width == 0 || width > 100) width = 100;
  width = std::max(width, 50U);
  std::vector<Field> fields;
  std::vector<Example> examples;
  for (const auto& command : commands) {
    const CommandHelp& help = command->help();
    if (help.hidden) continue;
    if (!group.empty() && group_of(help.name) != group) continue;
    fields.push_back({help.name, help.summary});
    if (!help.examples.empty()) examples.push_back(help.examples.front());
  }
  std::string out;
  if (group.empty()) {
    out += heading("anchoko COMMAND [options]", color) + "\n";
    out += paragraph(program_description, width);
  } else {
    out += heading("anchoko " + group + " COMMAND [options]", color);
  }
  out += "\n" + heading("Commands:", color) + options_help(fields, width);
  out += "\n" + heading("Examples:", color) + examples_help(examples, width);
  std::string statuses = "Exit status: ";
  for (const auto& [status, meaning] : exit_statuses)
    statuses += std::to_string(status) + " " + meaning + ", ";
  statuses.replace(statuses.size() - 2, 2, ".");
  out += "\n" +
         paragraph("'anchoko COMMAND --help' tells all about one command; 'anchoko --version' the version. " +
                       statuses,
                   width);
  return out;
}

}  // namespace anchoko::cli
