#include <optional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands/command.h"
#include "cli/language.h"
#include "cli/parse.h"
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
        "say what a filter means",
        "-f FILTER [options]",
        "Prints the filter in its canonical form, every group in parentheses, what it means in words, and "
        "the surprises of "
        "pcap-filter that it touches.",
        {{"explain -f 'not host 192.0.2.1 and port 80 or 443'", "how that is really read"},
         {"explain -f 'tcp[tcpflags] & tcp-syn != 0' --lang ja", "in Japanese"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_option("-f,--filter", filter_, "the filter, in pcap-filter's language")
        ->type_name("FILTER")
        ->group(group);
    app.add_option("--lang", language_, "en or ja (default: from the locale)")
        ->type_name("LANG")
        ->group(group);
  }

  Result<int> run(Context& context) override {
    if (!filter_) return fail(ErrorKind::usage, "which filter?", "anchoko explain -f FILTER");
    if (auto known = check_choice("--lang", language_, {"", "en", "ja"}); !known) return fail(known.error());
    const auto expr = filter::parse_satisfiable(*filter_);
    if (!expr) return fail(expr.error());
    const auto explanation = crib::explain_filter(*expr, *filter_);
    if (context.common.json) {
      context.print(to_json(explanation));
    } else {
      context.print(crib::render(explanation, speaks_japanese(language_)));
    }
    return 0;
  }

 private:
  std::optional<std::string> filter_;
  std::string language_;
};

}  // namespace

std::unique_ptr<Command> make_explain_command() {
  return std::make_unique<ExplainCommand>();
}

}  // namespace anchoko::cli
