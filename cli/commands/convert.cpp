#include "cli/commands/command.h"
#include "cli/conversion.h"

namespace anchoko::cli {
namespace {

class ConvertCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "convert",
        "turn capture files into one pcapng, filtered or not",
        "IN... -o OUT [options]",
        "Reads capture files of any known format, told by their content and not their name, plain or "
        "compressed "
        "(gzip, zstd), and writes one pcapng, or with --to another format. Records keep their times, "
        "lengths, "
        "interfaces and comments. The files of a ring (NAME.TRC000 and so on) are given one by one, or as "
        "NAME. "
        "Damage is reported with its place in the file and skipped; what was lost shows in the exit status "
        "(3).",
        {{"convert old.pcap -o new.pcapng", "change the format only"},
         {"convert big.pcapng -f 'tcp port 443 and host 192.0.2.10' -o small.pcapng",
          "keep the packets that a filter names"},
         {"convert trace.snoop -o trace.pcap --to pcap", "for a program that reads nothing else"},
         {"convert - -o - -f 'udp port 53' < in.pcap | tcpdump -r -", "in a pipe"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    options_.add_to(app, "capture files, read one after the other; '-' is standard input");
    options_.add_follow(app);
  }

  Result<int> run(Context& context) override { return options_.run(context, false); }

 private:
  ConversionOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_convert_command() {
  return std::make_unique<ConvertCommand>();
}

}  // namespace anchoko::cli
