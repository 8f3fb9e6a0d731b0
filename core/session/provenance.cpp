#include "core/session/provenance.h"

#include "core/base/version.h"
#include "core/exec/shell_quote.h"
#include "core/filter/printer.h"

namespace anchoko::session {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string with_space(const std::string& left, const std::string& right) {
  return left + (left.empty() || right.empty() ? "" : " ") + right;
}

// Match-nothing has no text.
std::string filter_text(const filter::FilterExpr& expr) {
  return expr->kind == filter::NodeKind::none ? "(nothing)" : filter::print(expr);
}

std::vector<std::string> comments_of(const CaptureRequest& request) {
  const CapturePlan& plan = request.plan;
  std::vector<std::string> comments;
  if (const PlanStep* step = plan.step(StepKind::start)) {
    comments.push_back("native command: " + quote_posix(step->argv()));
  }
  const HostFacts& facts = request.facts;
  const std::string tool = with_space(plan.backend, facts.tool_version);
  comments.push_back("native tool: " + tool + (facts.tool_library.empty() ? "" : ", " + facts.tool_library));
  if (!filter::is_match_all(plan.filter.wanted))
    comments.push_back("filter asked for: " + filter_text(plan.filter.wanted));
  if (!plan.filter.exact()) comments.push_back("applied at conversion: " + filter_text(plan.filter.residual));
  if (plan.convert_snaplen > 0) {
    comments.push_back("shortened at conversion to " + std::to_string(plan.convert_snaplen) + " bytes");
  }
  return comments;
}

void merge_statistics(InterfaceInfo& info, const Minded& minded) {
  InterfaceStatistics statistics = info.statistics.value_or(InterfaceStatistics{});
  const CaptureStats& stats = minded.messages.stats;
  if (stats.received_by_filter) statistics.filter_accepted = stats.received_by_filter;
  if (stats.dropped_by_kernel) statistics.dropped_by_os = stats.dropped_by_kernel;
  if (stats.dropped_by_interface) statistics.dropped_by_interface = stats.dropped_by_interface;
  if (stats.captured) statistics.delivered = stats.captured;
  statistics.start_ns = minded.start_ns;
  statistics.end_ns = minded.end_ns;
  info.statistics = statistics;
}

std::string count_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " packet" : " packets");
}

}  // namespace

convert::Request conversion_of(const CaptureRequest& request, const Minded& minded) {
  const CapturePlan& plan = request.plan;
  convert::Request conversion;
  conversion.inputs = {plan.native_file};
  conversion.output = request.output;
  conversion.overwrite = request.overwrite;
  conversion.filter = plan.filter.residual;
  conversion.reading = plan.filter.reading;
  if (!plan.filter.exact()) conversion.filter_text = filter_text(plan.filter.residual);
  conversion.snaplen = plan.convert_snaplen;
  conversion.max_records = plan.convert_packets;
  conversion.verify = true;
  conversion.section.os = with_space(request.facts.os_release, request.facts.kernel);
  conversion.section.application = std::string("anchoko ") + version();
  if (!request.invocation.empty())
    conversion.section.comments.push_back("captured with: " + request.invocation);
  conversion.describe_interface = [&request, &minded](InterfaceInfo& info) {
    if (info.name.empty()) info.name = request.plan.interface;
    info.os = with_space(request.facts.os_release, request.facts.kernel);
    info.filter = joined(request.plan.filter.native_words);
    info.host = request.facts.hostname.empty() ? request.plan.host : request.facts.hostname;
    for (auto& comment : comments_of(request)) info.comments.push_back(std::move(comment));
    merge_statistics(info, minded);
  };
  return conversion;
}

std::vector<std::string> reasons_for_nothing(const CaptureRequest& request, const CaptureOutcome& outcome) {
  const CapturePlan& plan = request.plan;
  std::vector<std::string> reasons;
  if (outcome.conversion.records_in > 0) {
    reasons.push_back(count_text(outcome.conversion.records_in) +
                      " passed what the native tool could filter, but none matches the whole filter");
    return reasons;
  }
  if (outcome.stats.captured.value_or(0) > 0) {
    reasons.push_back(plan.backend + " counted " + count_text(*outcome.stats.captured) +
                      " but its file is empty: the disk may have been full");
  } else if (outcome.stats.dropped_by_kernel.value_or(0) > 0) {
    reasons.emplace_back("packets arrived, but the kernel dropped them before they could be written");
  }
  for (const auto& one : request.facts.interfaces) {
    if (one.name != plan.interface) continue;
    if (!one.up) reasons.push_back("the interface " + one.name + " was down");
    if (!one.is_default && !one.loopback) {
      for (const auto& other : request.facts.interfaces) {
        if (other.is_default)
          reasons.push_back("traffic to other networks goes through " + other.name + ", not " + one.name);
      }
    }
  }
  if (!filter::is_match_all(plan.filter.wanted)) {
    reasons.emplace_back(
        "no packet matched the filter; a short capture without one shows whether there is traffic at all");
  } else {
    reasons.push_back("nothing was sent or received on " + plan.interface + " meanwhile");
  }
  return reasons;
}

}  // namespace anchoko::session
