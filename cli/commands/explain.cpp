#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/render/command.h"
#include "core/crib/explain_command.h"
#include "core/crib/explain_filter.h"
#include "core/filter/satisfiable.h"

namespace anchoko::cli {
namespace {

constexpr const char* group = "Options";

class ExplainCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "explain",
        "say what a filter or a native command means",
        "(-f FILTER | -- NATIVE COMMAND) [options]",
        "Prints a filter in its canonical form, every group in parentheses, what it means in words, and the "
        "surprises of pcap-filter that it touches. Or prints what each word of a capture tool's own command "
        "does, what the whole will hold and how it ends, and what is wrong or dangerous about it; nothing is "
        "run. The command may be one quoted word: then unquoted shell characters are seen, too.",
        {{"explain -f 'not host 192.0.2.1 and port 80 or 443'", "how that is really read"},
         {"explain -f 'tcp[tcpflags] & tcp-syn != 0' --lang ja", "in Japanese"},
         {"explain -- tcpdump -nni eth0 -C 100 -W 10 -w x.pcap", "a native command, word by word"},
         {"explain --lang ja -- 'sudo tcpdump -i any port 53'", "the same as it stands in a runbook"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_option("-f,--filter", filter_, "the filter, in pcap-filter's language")
        ->type_name("FILTER")
        ->group(group);
    app.add_option("COMMAND", command_, "behind --: a command of a capture tool, such as tcpdump")
        ->type_name("WORD...")
        ->group(group);
  }

  Result<int> run(Context& context) override {
    if (filter_ && !command_.empty())
      return fail(ErrorKind::usage, "explain either a filter (-f) or a command (behind --), not both");
    if (!filter_ && command_.empty())
      return fail(ErrorKind::usage, "which filter or command?",
                  "anchoko explain -f FILTER, or anchoko explain -- tcpdump ...");
    return filter_ ? explain_filter(context) : explain_command(context);
  }

 private:
  Result<int> explain_filter(Context& context) const {
    const auto expr = filter::parse_satisfiable(*filter_);
    if (!expr) return fail(expr.error());
    const auto explanation = crib::explain_filter(*expr, *filter_);
    if (context.common.json) {
      context.print(to_json(explanation));
    } else {
      context.print(crib::render(explanation, context.japanese()));
    }
    return 0;
  }

  Result<int> explain_command(Context& context) const {
    const bool japanese = context.japanese();
    const bool one_line = command_.size() == 1 && command_[0].find(' ') != std::string::npos;
    const auto registry = make_backend_registry();
    const auto understood =
        understand_command(registry, one_line ? split_shell_line(command_[0]) : command_text(command_));
    const auto explanation = crib::explain_command(understood);
    if (!explanation.sound()) {
      Error error{ErrorKind::usage, {}, {}, crib::diagnostics(explanation, japanese)};
      return fail(std::move(error));
    }
    if (context.common.json) {
      context.print(crib::to_json(explanation, understood.command.model));
    } else {
      context.print(render(explanation, japanese, context.output_width, context.output_color));
    }
    return 0;
  }

  std::optional<std::string> filter_;
  std::vector<std::string> command_;
};

}  // namespace

std::unique_ptr<Command> make_explain_command() {
  return std::make_unique<ExplainCommand>();
}

}  // namespace anchoko::cli
