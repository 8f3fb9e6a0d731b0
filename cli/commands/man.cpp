#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands/command.h"
#include "cli/render/manual.h"

namespace anchoko::cli {
namespace {

class ManCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "man",
        "print the manual page",
        "",
        "Prints the manual page of all commands as roff. 'cmake --install' puts it in its "
        "place.",
        {{"man | man -l -", "read it"}},
        true};
    return text;
  }

  void add_options(CLI::App&) override {}

  Result<int> run(Context& context) override {
    context.print(manual_page(all_commands()));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_man_command() {
  return std::make_unique<ManCommand>();
}

}  // namespace anchoko::cli
