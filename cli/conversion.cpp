#include "cli/conversion.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/option_values.h"
#include "cli/parse.h"
#include "cli/render/outcome.h"
#include "cli/render/progress.h"
#include "cli/render/text.h"
#include "cli/terminal.h"
#include "core/base/file.h"
#include "core/base/output_path.h"
#include "core/base/version.h"
#include "core/convert/inputs.h"
#include "core/filter/parser.h"
#include "core/filter/satisfiable.h"
#include "core/formats/capture_format.h"

namespace anchoko::cli {
namespace {

std::vector<std::string> writable_formats() {
  std::vector<std::string> names;
  for (const auto& format : formats::all_formats()) {
    if (format.create != nullptr) names.emplace_back(format.name);
  }
  return names;
}

// The format whose files usually end so; null: none.
const formats::CaptureFormat* format_of_name(const std::string& path) {
  const std::string ending = utf8(path_of(path).extension());
  for (const auto& format : formats::all_formats()) {
    const std::string all = " " + std::string(format.extensions) + " ";
    if (ending.size() > 1 && all.find(" " + ending.substr(1) + " ") != std::string::npos) return &format;
  }
  return nullptr;
}

}  // namespace

void add_read_options(CLI::App& app, formats::ReadOptions& options, const char* group) {
  app.add_flag(
         "--all-components", options.all_components,
         "of Windows traces (ETL), keep a packet at every layer or component that logged it, not only next "
         "to the wire, with the bytes as logged")
      ->group(group);
  app.add_flag(
         "--drops", options.drops,
         "of Windows traces (ETL of pktmon), keep also packets that the system dropped, marked with the "
         "reason")
      ->group(group);
}

std::string unused_read_options(const formats::ReadOptions& options,
                                const std::vector<std::string>& input_formats) {
  const bool given = options.all_components || options.drops;
  const bool opened = std::any_of(input_formats.begin(), input_formats.end(),
                                  [](const std::string& format) { return !format.empty(); });
  const bool used = std::find(input_formats.begin(), input_formats.end(), "etl") != input_formats.end();
  if (!given || used || !opened) return {};
  const char* names = !options.drops            ? "--all-components changes"
                      : !options.all_components ? "--drops changes"
                                                : "--all-components and --drops change";
  return std::string(names) + " nothing here: no input is an ETL file";
}

void ConversionOptions::add_to(CLI::App& app, const char* order) {
  const char* group = "What to convert";
  app.add_option("IN", inputs_, order)->group(group);
  app.add_option("-o,--output", output_, "the file to write; '-' is standard output")
      ->type_name("OUT")
      ->group(group);
  app.add_option_function<std::string>(
         "-f,--filter", [this](const std::string& value) { filter_ = value; },
         "keep only what this pcap-filter text names")
      ->type_name("FILTER")
      ->group(group);
  one_of(app.add_option(
             "--reading", reading_,
             "how VLAN tags meet the filter: 'file' judges a record as it stands, 'capture' as a live "
             "capture would, "
             "with its outermost tag set aside"),
         {"file", "capture"})
      ->type_name("HOW")
      ->group(group);
  app.add_option_function<std::string>(
         "--snaplen", [this](const std::string& value) { snaplen_ = value; },
         "keep at most N bytes of each packet")
      ->type_name("N")
      ->group(group);
  app.add_option_function<std::string>(
         "-c,--packets", [this](const std::string& value) { packets_ = value; }, "keep the first N packets")
      ->type_name("N")
      ->group(group);
  one_of(app.add_option("--to", format_, "the format to write"), writable_formats())
      ->type_name("FORMAT")
      ->capture_default_str()
      ->group(group);
  app.add_flag(
         "--one-layer", one_layer_,
         "of copies of a packet that several layers traced (nettl, pktmon), keep the one closest to the wire")
      ->group(group);
  add_read_options(app, read_, group);
  app.add_flag("--strict", strict_, "fail at the first damage, or where the filter cannot be applied")
      ->group(group);
  app.add_flag("--verify", verify_, "read the output back and compare it with the input")->group(group);
  app.add_flag("--force", force_, "replace the output when it exists")->group(group);
}

void ConversionOptions::add_follow(CLI::App& app) {
  app.add_flag("--follow", follow_, "read on while the input, one file and no ETL, grows, until interrupted")
      ->group("What to convert");
}

Result<int> ConversionOptions::run(Context& context, bool by_time) const {
  auto request = prepare(context, by_time);
  if (!request) return fail(request.error());
  request->by_time = by_time;
  warn_of_name(context);
  ProgressLine progress(!context.common.quiet);
  request->progress = [&](const convert::Progress& state) {
    const double part = state.bytes_total == 0
                            ? -1
                            : static_cast<double>(state.bytes_read) / static_cast<double>(state.bytes_total);
    progress.update(part,
                    human_size(state.bytes_read) + ", " + counted(state.records_out, "packet") + " written");
  };
  // Following ends with an interrupt; the second one leaves at once.
  if (follow_) {
    request->growing = [] { return interrupts() == 0; };
    request->reader_awaited = request->growing;
  } else {
    request->interrupted = [] { return interrupts() > 0; };
  }
  count_interrupts("\nanchoko: left at once; an incomplete file may lie beside the output\n");
  const auto outcome = convert::run(*request);
  progress.clear();
  if (!outcome) return fail(outcome.error());
  if (outcome->reader_left) return 0;
  return finish(context, *outcome);
}

Result<convert::Request> ConversionOptions::prepare(const Context& context, bool by_time) const {
  if (inputs_.empty())
    return fail(ErrorKind::usage, "no input file is given",
                "anchoko " + std::string(by_time ? "merge" : "convert") + " IN... -o OUT");
  if (output_.empty())
    return fail(ErrorKind::usage, "no output is given", "name it with -o FILE; '-o -' is standard output");
  convert::Request request;
  if (filter_) {
    auto parsed = filter::parse_satisfiable(*filter_);
    if (!parsed) return fail(parsed.error());
    request.filter = *parsed;
    request.filter_text = *filter_;
  }
  if (snaplen_ && *snaplen_ != "full") {
    const auto count = parse_count("--snaplen", *snaplen_, std::numeric_limits<std::uint32_t>::max());
    if (!count) return fail(count.error());
    request.snaplen = static_cast<std::uint32_t>(*count);
  }
  if (packets_) {
    const auto count = parse_count("--packets", *packets_, std::numeric_limits<std::uint64_t>::max());
    if (!count) return fail(count.error());
    request.max_records = *count;
  }
  if (auto valid = check_files(context); !valid) return fail(valid.error());
  request.inputs = inputs_;
  request.output = output_;
  request.overwrite = force_;
  request.reader_may_leave = true;
  request.format = format_;
  request.one_layer = one_layer_;
  request.read = read_;
  // The word decides; a filter that says `vlan` is judged as on a file in both readings.
  request.reading = reading_ == "capture" ? filter::capture_reading(request.filter) : filter::Reading::file;
  request.strict = strict_;
  request.verify = verify_;
  request.section.application = std::string("anchoko ") + version();
  request.section.comments.push_back("converted by: " + context.invocation());
  return request;
}

Result<void> ConversionOptions::check_files(const Context& context) const {
  if (output_ == "-" && context.common.json) {
    return fail(ErrorKind::usage, "--json and '-o -' both want standard output",
                "write to a file with -o FILE");
  }
  if (output_ == "-" && is_terminal(Stream::out)) {
    return fail(ErrorKind::usage, "a capture file is not written to a terminal",
                "redirect it, or write to a file with -o FILE");
  }
  if (verify_ && format_ != "pcapng") {
    return fail(ErrorKind::usage,
                "--verify compares pcapng only: " + format_ + " does not hold all that was read",
                "leave out --verify, or --to");
  }
  if (follow_ && (one_layer_ || inputs_.size() > 1))
    return fail(ErrorKind::usage, "--follow takes one input, and no --one-layer");
  if (output_ == "-" && verify_) {
    return fail(ErrorKind::usage, "--verify cannot read standard output back",
                "write to a file with -o FILE");
  }
  if (std::count(inputs_.begin(), inputs_.end(), "-") > 1)
    return fail(ErrorKind::usage, "standard input can be read only once", "give '-' once");
  std::vector<std::string> all_inputs;
  for (const auto& group : convert::with_rings(inputs_)) {
    if (follow_ && group != inputs_)
      return fail(ErrorKind::usage, "'" + inputs_.front() + "' is a ring of files: --follow takes one file",
                  "the newest of them is '" + group.back() + "'");
    all_inputs.insert(all_inputs.end(), group.begin(), group.end());
  }
  if (auto valid = check_output(output_, force_, all_inputs); !valid) return fail(valid.error());
  // Before the first of many inputs is worked on.
  for (const auto& input : all_inputs) {
    if (auto valid = convert::check_input(input); !valid) return fail(valid.error());
  }
  return {};
}

int ConversionOptions::finish(Context& context, const convert::Outcome& outcome) const {
  const Messages& messages = context.messages;
  const std::size_t most = context.common.verbose ? 100 : 5;
  const auto warn = [&](const std::vector<std::string>& lines, const char* before = "",
                        const char* behind = "") {
    for (const auto& line : lines_of_inputs(lines, outcome.input_formats.size(), most, before, behind))
      messages.warning(line);
  };
  for (const auto& note : damage_notes(outcome.loss, most)) messages.warning(note);
  warn(outcome.facts.why_empty, "no packets: ");
  warn(outcome.ring_gaps);
  warn(outcome.facts.lost_words, "the capturing system lost ", ": packets may be among them");
  if (const std::string note = unused_read_options(read_, outcome.input_formats); !note.empty())
    messages.info(note);
  const auto missing = shortfalls(outcome);
  for (const auto& reason : missing) messages.warning(reason);
  for (const auto& entry : outcome.not_held)
    messages.warning(format_ + " has no place for " + entry.what + " (" + group_digits(entry.count) + ")");
  const int status = missing.empty() ? 0 : exit_status(ErrorKind::partial);
  if (context.common.json) {
    Json json = Json::object();
    json.set("output", output_);
    json.set("exit_status", status);
    json.set("shortfalls", Json::list(missing));
    json.set("outcome", convert::to_json(outcome));
    context.print(json);
  } else {
    messages.block(render(summary(outcome, output_, most), terminal_width(Stream::err), messages.color()));
  }
  return status;
}

// The name decides nothing, so that the same words always do the same.
void ConversionOptions::warn_of_name(const Context& context) const {
  const auto* const usual = format_of_name(output_);
  if (usual == nullptr || usual->name == format_) return;
  std::string hint;
  if (usual->create != nullptr) hint = std::string("; '--to ") + usual->name + "' writes " + usual->name;
  context.messages.warning("'" + output_ + "' is written as " + format_ + hint);
}

}  // namespace anchoko::cli
