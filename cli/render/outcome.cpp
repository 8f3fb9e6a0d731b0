#include "cli/render/outcome.h"

#include <algorithm>
#include <string_view>

#include "cli/render/text.h"
#include "core/base/clock.h"

namespace anchoko::cli {
namespace {

std::string dropped_text(const CaptureStats& stats) {
  std::string text;
  const auto add = [&](const std::optional<std::uint64_t>& value, const char* by) {
    if (value) text += (text.empty() ? "" : ", ") + group_digits(*value) + " by the " + by;
  };
  add(stats.dropped_by_kernel, "kernel");
  add(stats.dropped_by_interface, "interface");
  return text.empty() ? "not told by the tool" : text;
}

std::string ended_text(const std::string& ended_by) {
  if (ended_by == "duration") return "the time was over";
  if (ended_by == "request") return "you asked for it";
  if (ended_by == "packets") return "the packets asked for were there";
  if (ended_by == "max_size") return "the native file reached its largest size";
  if (ended_by == "min_free") return "the disk was about to fill up";
  if (ended_by == "lost") return "it was ended from outside, nobody saw when";
  if (ended_by == "tool") return "the native tool ended by itself";
  return ended_by;
}

// Packets behind the time that was asked for are in the result: the tool goes on until all before is written.
std::string duration_text(const session::CaptureOutcome& outcome, const CapturePlan& plan) {
  const auto asked = plan.asked.duration;
  const auto more = outcome.duration - asked;
  const std::string text = human_duration(outcome.duration);
  if (outcome.ended_by != "duration" || more < std::chrono::seconds(1)) return text;
  return text + ": " + human_duration(asked) + " as asked, then until the tool had written all";
}

std::string output_text(const std::string& output) {
  return output == "-" ? "standard output" : output;
}

void add_time_span(std::vector<Field>& fields, const convert::Outcome& outcome) {
  if (!outcome.first_ns || !outcome.last_ns) return;
  fields.push_back({"first packet", iso_time(*outcome.first_ns)});
  fields.push_back({"last packet", iso_time(*outcome.last_ns)});
}

}  // namespace

std::vector<Field> summary(const session::CaptureOutcome& outcome, const CapturePlan& plan,
                           const std::string& output) {
  const convert::Outcome& conversion = outcome.conversion;
  std::vector<Field> fields;
  fields.push_back({"output", output_text(output)});
  fields.push_back({"written", counted(conversion.records_out, "packet") + ", " +
                                   human_size(conversion.output_bytes) +
                                   (conversion.verified ? ", verified" : ", not verified")});
  const std::uint64_t captured = conversion.records_in + outcome.overwritten.value_or(0);
  fields.push_back({"captured", counted(captured, "packet") + " by " + plan.backend + " on " +
                                    plan.interface + " in " + duration_text(outcome, plan)});
  if (outcome.overwritten) {
    fields.push_back({"overwritten", counted(*outcome.overwritten, "packet") + " by the ring of " +
                                         counted(plan.asked.files, "file")});
  }
  fields.push_back({"filtered out", plan.filter.exact() && conversion.filtered_out == 0
                                        ? "0 (the native tool took the whole filter)"
                                        : group_digits(conversion.filtered_out) + " at conversion"});
  if (conversion.control > 0)
    fields.push_back(
        {"control", counted(conversion.control, "packet") + " of the ssh connection itself, left out"});
  if (conversion.loss.shortened > 0)
    fields.push_back({"shortened", counted(conversion.loss.shortened, "packet")});
  fields.push_back({"dropped", dropped_text(outcome.stats)});
  add_time_span(fields, conversion);
  fields.push_back({"ended", ended_text(outcome.ended_by)});
  if (!outcome.native_file.empty()) fields.push_back({"native file", outcome.native_file});
  return fields;
}

std::vector<Field> summary(const convert::Outcome& outcome, const std::string& output, std::size_t most) {
  std::vector<Field> fields;
  fields.push_back({"output", output_text(output)});
  std::string formats;
  std::vector<std::string> named;
  for (const auto& format : outcome.input_formats) {
    if (format.empty() || std::find(named.begin(), named.end(), format) != named.end()) continue;
    named.push_back(format);
    formats += (formats.empty() ? "" : ", ") + format;
  }
  fields.push_back(
      {"read", counted(outcome.records_in, "packet") + (formats.empty() ? "" : " (" + formats + ")")});
  fields.push_back({"written", counted(outcome.records_out, "packet") + ", " +
                                   human_size(outcome.output_bytes) +
                                   (outcome.verified ? ", verified" : "")});
  fields.push_back({"filtered out", group_digits(outcome.filtered_out)});
  if (outcome.loss.shortened > 0) fields.push_back({"shortened", counted(outcome.loss.shortened, "packet")});
  if (outcome.stopped_early)
    fields.push_back({"stopped", "after " + counted(outcome.records_out, "packet") +
                                     ", as asked: what stands behind, counters too, was not read"});
  if (outcome.copies_left_out > 0) {
    fields.push_back({"copies", counted(outcome.copies_left_out, "packet") +
                                    " left out: a layer closer to the wire has them"});
  }
  for (const auto& line : lines_of_inputs(outcome.facts.left_out, outcome.input_formats.size(), most))
    fields.push_back({"left out", printable(line)});
  if (outcome.put_in_order > 0)
    fields.push_back(
        {"put in order", counted(outcome.put_in_order, "input") + " that ran backwards in time"});
  const convert::LossReport& loss = outcome.loss;
  if (loss.skipped_blocks > 0) {
    fields.push_back({"not carried over", counted(loss.skipped_blocks, "block") + " without packets"});
  }
  if (loss.skipped_options > 0) {
    fields.push_back({"not carried over", counted(loss.skipped_options, "option") + " of the input"});
  }
  if (loss.untimed > 0)
    fields.push_back({"without time", counted(loss.untimed, "packet") + ", written with time 0"});
  if (loss.rounded_times > 0) {
    fields.push_back(
        {"rounded", "the time of " + counted(loss.rounded_times, "packet") + ", down to nanoseconds"});
  }
  add_time_span(fields, outcome);
  return fields;
}

std::vector<std::string> shortfalls(const convert::Outcome& outcome) {
  std::vector<std::string> reasons;
  const convert::LossReport& loss = outcome.loss;
  if (loss.damage_count > 0) {
    reasons.push_back("the input is damaged in " + counted(loss.damage_count, "place") + ", " +
                      counted(loss.lost_bytes, "byte") + " lost");
  }
  if (loss.out_of_order > 0) {
    reasons.push_back(counted(loss.out_of_order, "packet") +
                      " of a pipe came too late to be put in order: write to a file first, and merge that");
  }
  for (const auto& [link_type, count] : loss.unfiltered) {
    reasons.push_back(counted(count, "packet") +
                      " kept without judging: the filter cannot be applied to link type " + link_type);
  }
  return reasons;
}

std::vector<std::string> shortfalls(const session::CaptureOutcome& outcome, bool expect_packets) {
  std::vector<std::string> reasons = shortfalls(outcome.conversion);
  const auto dropped = [&](const std::optional<std::uint64_t>& value, const char* by) {
    if (value.value_or(0) > 0) reasons.push_back(counted(*value, "packet") + " dropped by the " + by);
  };
  dropped(outcome.stats.dropped_by_kernel, "kernel");
  dropped(outcome.stats.dropped_by_interface, "interface");
  reasons.insert(reasons.end(), outcome.incomplete.begin(), outcome.incomplete.end());
  if (expect_packets && outcome.conversion.records_out == 0) {
    reasons.emplace_back("packets were expected and there are none");
  }
  return reasons;
}

std::vector<std::string> damage_notes(const convert::LossReport& loss, std::size_t most) {
  std::vector<std::string> notes;
  for (const auto& note : loss.damage) {
    if (notes.size() == most) break;
    notes.push_back(note);
  }
  if (loss.damage_count > notes.size()) {
    notes.push_back("and " + group_digits(loss.damage_count - notes.size()) + " more");
  }
  return notes;
}

std::vector<std::string> lines_of_inputs(const std::vector<std::string>& lines, std::size_t inputs,
                                         std::size_t most, const std::string& before,
                                         const std::string& behind) {
  std::vector<std::string> shown;
  std::string_view last;
  std::size_t told = 0;  // inputs
  for (const auto& line : lines) {
    const auto name = inputs > 1 ? std::string_view(line).substr(0, line.find(": ")) : std::string_view();
    if (told == 0 || name != last) ++told;
    last = name;
    if (told <= most) shown.push_back(before + line + behind);
  }
  if (told > most) shown.push_back("and " + counted(told - most, "more input"));
  return shown;
}

}  // namespace anchoko::cli
