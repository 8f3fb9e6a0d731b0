#include "cli/render/manual.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/parse.h"
#include "cli/render/help.h"
#include "cli/render/text.h"
#include "core/base/version.h"

namespace anchoko::cli {
namespace {

// Text that roff takes literally. A dash of ours is always ASCII's, so that what is copied can be pasted.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

// A paragraph in lines of a usual length.
std::string lines(const std::string& text) {
  std::string out;
  for (const auto& line : wrap(literal(text), 78)) {
    // A dot that begins a line would be a request.
    out += (line.starts_with('.') ? "\\&" : "") + line + "\n";
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + literal(text) + "\\fR";
}
std::string italic(const std::string& text) {
  return "\\fI" + literal(text) + "\\fR";
}

std::string entry(const std::string& title, const std::string& text) {
  return ".TP\n" + title + "\n" + lines(text);
}

std::string title_of(const CLI::Option& option) {
  if (option.get_positional()) return italic(option.get_name(true));
  std::string title;
  for (const auto& name : option.get_snames()) title += (title.empty() ? "" : ", ") + bold("-" + name);
  for (const auto& name : option.get_lnames()) title += (title.empty() ? "" : ", ") + bold("--" + name);
  if (option.get_items_expected_max() > 0) title += " " + italic(option.get_type_name());
  return title;
}

std::string options(CLI::App& app, bool common) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    if ((option->get_group() == common_group) != common || option->get_description().empty()) continue;
    out += entry(title_of(*option), option->get_description());
  }
  return out;
}

std::string examples(const std::vector<Example>& list) {
  if (list.empty()) return {};
  std::string out = ".PP\nExamples:\n";
  for (const auto& example : list) out += entry(bold("anchoko " + example.words), example.meaning);
  return out;
}

std::string section(Command& command) {
  const CommandHelp& help = command.help();
  CLI::App app;
  CommonOptions common;
  add_all_options(app, command, common);
  std::string out =
      ".SS " + literal("anchoko " + help.name + (help.usage.empty() ? "" : " " + help.usage)) + "\n";
  return out + lines(help.description) + options(app, false) + examples(help.examples);
}

std::string environment() {
  return ".SH ENVIRONMENT\n" + entry(bold("NO_COLOR"), "when set and not empty: no colours") +
         entry(bold("CLICOLOR") + ", " + bold("CLICOLOR_FORCE"),
               "CLICOLOR=0: no colours; CLICOLOR_FORCE=1: colours also where no terminal is") +
         entry(bold("TERM"), "unset or dumb: neither colours nor a line that shows progress") +
         entry(bold("LC_ALL") + ", " + bold("LC_MESSAGES") + ", " + bold("LANG"),
               "the language of texts that there are in Japanese too; --lang comes first") +
         entry(bold("XDG_CONFIG_HOME"), "its folder anchoko/profiles holds profiles; default ~/.config") +
         entry(bold("XDG_STATE_HOME"),
               "its folder anchoko/sessions holds the journal; default ~/.local/state");
}

}  // namespace

std::string manual_page(const std::vector<std::unique_ptr<Command>>& commands) {
  std::string out = std::string(".TH ANCHOKO 1 ") + version_date() + " \"anchoko " + version() + "\"\n";
  out += ".SH NAME\nanchoko \\- " + literal(program_summary) + "\n";
  out += ".SH SYNOPSIS\n.B anchoko\n" + italic("COMMAND") + " [" + italic("options") + "]\n";
  out += ".SH DESCRIPTION\n" + lines(program_description);
  out += ".SH COMMANDS\n";
  for (const auto& command : commands) {
    if (!command->help().hidden) out += section(*command);
  }
  CLI::App app;
  CommonOptions common;
  add_all_options(app, *commands.front(), common);
  out += ".SH COMMON OPTIONS\n" + options(app, true);
  out += ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : exit_statuses) out += entry(bold(std::to_string(status)), meaning);
  out += environment();
  out += ".SH SEE ALSO\n.BR tcpdump (8),\n.BR pcap\\-filter (7)\n";
  return out;
}

}  // namespace anchoko::cli
