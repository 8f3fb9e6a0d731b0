#include "cli/commands/command.h"
#include "cli/conversion.h"

namespace anchoko::cli {
namespace {

class MergeCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "merge",
        "merge capture files into one pcapng, in order of time",
        "IN... -o OUT [options]",
        "Reads any mix of capture files and writes their packets in order of time; packets of the same time "
        "keep the "
        "order in which the files are named. Every interface of every file stays one of its own, with its "
        "link type "
        "and the name of the file. A file that runs backwards is put in order. One that is damaged or no "
        "capture at "
        "all costs nothing of the others: it is reported and shows in the exit status (3). There may be more "
        "files "
        "than can be open at once.",
        {{"merge web1.pcapng db1.snoop fw1.TRC000 -o all.pcapng", "one view of what three hosts saw"},
         {"merge captures/*.pcapng -f 'host 192.0.2.10' -o one.pcapng", "only what a filter names"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    options_.add_to(app, "capture files, merged in order of time; '-' is standard input");
  }

  Result<int> run(Context& context) override { return options_.run(context, true); }

 private:
  ConversionOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_merge_command() {
  return std::make_unique<MergeCommand>();
}

}  // namespace anchoko::cli
