#include "cli/run.h"

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "cli/commands/command.h"
#include "cli/parse.h"
#include "cli/render/help.h"
#include "cli/terminal.h"
#include "core/base/log.h"
#include "core/base/version.h"

namespace anchoko::cli {
namespace {

bool wants_color(const std::string& choice, Stream stream) {
  if (choice == "always") return true;
  if (choice == "never") return false;
  // https://no-color.org, and the older https://bixense.com/clicolors
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  if (!value("NO_COLOR").empty()) return false;
  const std::string forced = value("CLICOLOR_FORCE");
  if (!forced.empty() && forced != "0") return true;
  return value("CLICOLOR") != "0" && understands_escapes(stream);
}

// Writes the result. A reader that has gone is no failure: it has seen what it wanted.
int flush(const std::string& output, int status, const Messages& messages) {
  const WriteResult result = write_all(Stream::out, output);
  if (result.ok || result.closed) return status;
  messages.error(
      make_error(ErrorKind::failed, "the result could not be written to stdout: " + result.reason));
  return status == 0 ? exit_status(ErrorKind::failed) : status;
}

int report(const Error& error, bool json, const std::string& output, const Messages& messages) {
  messages.error(error);
  const int status = exit_status(error.kind);
  return flush(json ? to_json(error).dump() + "\n" : output, status, messages);
}

int run_command(Command& command, const Chosen& chosen, const std::vector<std::string>& words) {
  Context context;
  context.words = words;
  const bool json_asked = std::find(chosen.words.begin(), chosen.words.end(), "--json") != chosen.words.end();
  auto help = parse_options(command, chosen.words, context.common);
  const bool output_color = wants_color(context.common.color, Stream::out);
  const bool message_color = wants_color(context.common.color, Stream::err);
  const Loudness loudness = context.common.quiet     ? Loudness::quiet
                            : context.common.verbose ? Loudness::verbose
                                                     : Loudness::normal;
  context.messages = Messages(loudness, message_color);
  if (!help) return report(help.error(), json_asked, {}, context.messages);
  if (*help)
    return flush(command_help(command, terminal_width(Stream::out), output_color), 0, context.messages);
  if (context.common.quiet && context.common.verbose) {
    return report(make_error(ErrorKind::usage, "--quiet and --verbose contradict each other"),
                  context.common.json, {}, context.messages);
  }
  context.output_color = output_color && !context.common.json;
  context.output_width = terminal_width(Stream::out);
  if (loudness == Loudness::verbose) log::set_level(log::Level::debug);
  if (loudness == Loudness::quiet) log::set_level(log::Level::warning);

  const auto status = command.run(context);
  if (!status) return report(status.error(), context.common.json, context.output, context.messages);
  return flush(context.output, *status, context.messages);
}

int run_words(const std::vector<std::string>& words) {
  const auto commands = all_commands();
  std::vector<std::string> names;
  std::vector<std::string> hidden;
  for (const auto& command : commands)
    (command->help().hidden ? hidden : names).push_back(command->help().name);
  const Messages messages(Loudness::normal, wants_color("auto", Stream::err));
  const auto chosen = choose_command(words, names, hidden);
  if (!chosen) {
    const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
    return report(chosen.error(), json, {}, messages);
  }
  switch (chosen->what) {
    case Chosen::What::version:
      return flush(std::string("anchoko ") + version() + "\n", 0, messages);
    case Chosen::What::help:
    case Chosen::What::help_group:
      return flush(
          program_help(commands, chosen->name, terminal_width(Stream::out), wants_color("auto", Stream::out)),
          0, messages);
    case Chosen::What::command:
      break;
  }
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const auto& command) { return command->help().name == chosen->name; });
  return run_command(**found, *chosen, words);
}

}  // namespace

int run(const std::vector<std::string>& words) {
  occupy_closed_streams();
  survive_failed_writes();
  try {
    return run_words(words);
  } catch (const std::exception& error) {
    Messages(Loudness::normal, false)
        .error(make_error(ErrorKind::failed, std::string("unexpected failure: ") + error.what(),
                          "please report this"));
    return exit_status(ErrorKind::failed);
  }
}

}  // namespace anchoko::cli
