#include "cli/render/info.h"

#include <algorithm>
#include <optional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands/command.h"
#include "cli/conversion.h"
#include "cli/render/progress.h"
#include "cli/render/text.h"
#include "cli/terminal.h"
#include "core/base/clock.h"
#include "core/base/sha256.h"
#include "core/convert/capture_info.h"
#include "core/convert/inputs.h"

namespace anchoko::cli {
namespace {

class InfoCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "info",
        "tell what is in capture files, and whether they are complete",
        "FILE... [options]",
        "Reads capture files of any known format to their end: packets, bytes, times, order, gaps, "
        "directions, "
        "interfaces with their names, link types and drops, where the capture comes from, and damage. A "
        "capture is "
        "complete when it is undamaged, no packet was cut, and whoever captured says that nothing was "
        "dropped. The files of a ring (NAME.TRC000 and so on), given one by one or as NAME, are one capture. "
        "Exit "
        "status 3 when a file is damaged or cannot be read.",
        {{"info trace.pcapng", "one file"},
         {"info *.pcap --json | jq '.files[] | select(.complete != \"yes\") | .file'",
          "which are not complete"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_option("FILE", files_, "capture files; '-' is standard input")->group("What to look at");
    app.add_flag("--hash", hash_, "tell the SHA-256 of every file, as it stands")->group("What to look at");
    add_read_options(app, read_, "What to look at");
  }

  Result<int> run(Context& context) override {
    if (files_.empty()) return fail(ErrorKind::usage, "no file is given", "anchoko info FILE...");
    count_interrupts("\nanchoko: left at once\n");
    if (std::count(files_.begin(), files_.end(), "-") > 1)
      return fail(ErrorKind::usage, "standard input can be read only once", "give '-' once");
    const auto groups = convert::with_rings(files_);
    // Before the first of many is read.
    for (const auto& group : groups) {
      for (const auto& file : group) {
        if (auto valid = convert::check_input(file); !valid) return fail(valid.error());
      }
    }
    if (hash_ && !Sha256::available())
      return fail(ErrorKind::unavailable, "this build takes no hashes: it was made without libnettle");
    ProgressLine progress(!context.common.quiet);
    Json list = Json::array();
    std::vector<std::string> formats;
    bool all_sound = true;
    bool first = true;
    for (const auto& group : groups) {
      const std::string file = convert::group_name(group);
      std::optional<std::uint64_t> total = 0;
      for (const auto& path : group) {
        const auto size = convert::regular_size(path);
        total = total && size ? std::optional(*total + *size) : std::nullopt;
      }
      const auto info = convert::examine(group, read_, hash_, [&](std::uint64_t bytes) {
        progress.update(total.value_or(0) == 0
                            ? -1
                            : std::min(1.0, static_cast<double>(bytes) / static_cast<double>(*total)),
                        human_size(bytes) + " of " + file);
        return interrupts() == 0;
      });
      progress.clear();
      if (!info) {
        if (groups.size() == 1 || info.error().kind == ErrorKind::interrupted) return fail(info.error());
        context.messages.error(info.error());
        list.add(Json::object().set("file", file).set("error", info.error().message));
        all_sound = false;
        continue;
      }
      all_sound = all_sound && info->loss.damage_count == 0;
      if (context.common.json) {
        list.add(convert::to_json(*info));
      } else {
        context.print((first ? "" : "\n") + render(*info, context.output_width, context.output_color));
      }
      first = false;
      formats.push_back(info->format);
    }
    if (const std::string note = unused_read_options(read_, formats); !note.empty())
      context.messages.info(note);
    if (context.common.json) context.print(Json::object().set("files", std::move(list)));
    return all_sound ? 0 : exit_status(ErrorKind::partial);
  }

 private:
  std::vector<std::string> files_;
  bool hash_ = false;
  formats::ReadOptions read_;
};

}  // namespace

std::unique_ptr<Command> make_info_command() {
  return std::make_unique<InfoCommand>();
}

}  // namespace anchoko::cli
