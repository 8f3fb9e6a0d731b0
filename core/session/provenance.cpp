#include "core/session/provenance.h"

#include <algorithm>
#include <sstream>

#include "core/base/version.h"
#include "core/exec/shell_quote.h"
#include "core/filter/parser.h"
#include "core/filter/printer.h"
#include "core/formats/capture_format.h"

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

// Names the session's folder, so no other session has the same.
std::string command_comment(const CapturePlan& plan) {
  const PlanStep* step = plan.step(StepKind::start);
  return step == nullptr ? std::string() : "native command: " + quote_posix(step->argv());
}

std::vector<std::string> comments_of(const SessionRecord& session) {
  const CapturePlan& plan = session.plan;
  std::vector<std::string> comments;
  if (std::string command = command_comment(plan); !command.empty()) comments.push_back(std::move(command));
  const HostFacts& facts = session.facts;
  const std::string tool = with_space(plan.backend, facts.tool_version);
  comments.push_back("native tool: " + tool + (facts.tool_library.empty() ? "" : ", " + facts.tool_library));
  if (!filter::is_match_all(plan.filter.wanted))
    comments.push_back("filter asked for: " + filter_text(plan.filter.wanted));
  if (!plan.filter.exact()) comments.push_back("applied at conversion: " + filter_text(plan.filter.residual));
  if (session.remote())
    comments.push_back("captured over ssh, as " + session.target.destination +
                       (session.include_control ? "; the packets of that connection are in it"
                                                : "; the packets of that connection are left out"));
  if (plan.convert_snaplen > 0) {
    comments.push_back("shortened at conversion to " + std::to_string(plan.convert_snaplen) + " bytes");
  }
  return comments;
}

void merge_statistics(InterfaceInfo& info, const CaptureEnd& end) {
  InterfaceStatistics statistics = info.statistics.value_or(InterfaceStatistics{});
  const CaptureStats& stats = end.messages.stats;
  if (stats.received_by_filter) statistics.filter_accepted = stats.received_by_filter;
  if (stats.dropped_by_kernel) statistics.dropped_by_os = stats.dropped_by_kernel;
  if (stats.dropped_by_interface) statistics.dropped_by_interface = stats.dropped_by_interface;
  if (stats.captured) statistics.delivered = stats.captured;
  statistics.start_ns = end.start_ns;
  statistics.end_ns = end.end_ns;
  info.statistics = statistics;
}

std::string count_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " packet" : " packets");
}

}  // namespace

filter::FilterExpr control_filter(const std::vector<std::string>& connections) {
  std::string text;
  for (const auto& connection : connections) {
    std::istringstream words(connection);
    std::string client, client_port, server, server_port;
    if (!(words >> client >> client_port >> server >> server_port)) continue;
    // Of a link-local address the interface stands behind a %.
    for (std::string* scoped : {&client, &server}) *scoped = scoped->substr(0, scoped->find('%'));
    const std::string way = "tcp and src host " + client + " and src port " + client_port + " and dst host " +
                            server + " and dst port " + server_port;
    const std::string back = "tcp and src host " + server + " and src port " + server_port +
                             " and dst host " + client + " and dst port " + client_port;
    // Where sshd knows no addresses it says UNKNOWN. A target's words are not to become filter text.
    const auto all_of = [](const std::string& word, const char* letters) {
      return !word.empty() && word.find_first_not_of(letters) == std::string::npos;
    };
    const char* address = "0123456789abcdefABCDEF.:";
    const char* number = "0123456789";
    if (!all_of(client, address) || !all_of(server, address) || !all_of(client_port, number) ||
        !all_of(server_port, number) || !filter::parse(way))
      continue;
    text += (text.empty() ? "(" : " or (") + way + ") or (" + back + ")";
  }
  if (text.empty()) return filter::match_none();
  auto parsed = filter::parse(text);
  return parsed ? std::move(*parsed) : filter::match_none();
}

convert::Request conversion_of(const SessionRecord& session, const CaptureEnd& end) {
  const CapturePlan& plan = session.plan;
  convert::Request conversion;
  conversion.output = session.output;
  conversion.overwrite = session.overwrite;
  conversion.filter = plan.filter.residual;
  conversion.reading = plan.filter.reading;
  if (!session.include_control) conversion.control = control_filter(session.connections);
  if (!plan.filter.exact()) conversion.filter_text = filter_text(plan.filter.residual);
  conversion.snaplen = plan.convert_snaplen;
  conversion.max_records = plan.convert_packets;
  conversion.one_interface = true;
  conversion.verify = true;
  conversion.section.os = with_space(session.facts.os_release, session.facts.kernel);
  conversion.section.application = std::string("anchoko ") + version();
  if (!session.invocation.empty())
    conversion.section.comments.push_back("captured with: " + session.invocation);
  conversion.describe_interface = [&session](InterfaceInfo& info) {
    if (info.name.empty()) info.name = session.plan.interface;
    info.os = with_space(session.facts.os_release, session.facts.kernel);
    info.filter = joined(session.plan.filter.native_words);
    info.host = session.facts.hostname.empty() ? session.plan.host : session.facts.hostname;
    for (auto& comment : comments_of(session)) info.comments.push_back(std::move(comment));
  };
  conversion.describe_end = [&end](InterfaceInfo& info) { merge_statistics(info, end); };
  return conversion;
}

bool is_result_of(const SessionRecord& session) {
  const std::string command = command_comment(session.plan);
  auto opened = formats::open_capture(session.output);
  if (!opened || command.empty()) return false;
  PacketRecord record;
  opened->reader->next(record);  // interfaces are known when the first packet is, or the end
  const auto& interfaces = opened->reader->interfaces();
  if (interfaces.empty()) return false;
  const auto& comments = interfaces.front().comments;
  return std::find(comments.begin(), comments.end(), command) != comments.end();
}

std::vector<std::string> reasons_for_nothing(const SessionRecord& session, const CaptureOutcome& outcome) {
  const CapturePlan& plan = session.plan;
  std::vector<std::string> reasons;
  const std::uint64_t others = outcome.conversion.records_in - outcome.conversion.control;
  if (others > 0) {
    reasons.push_back(count_text(others) +
                      " passed what the native tool could filter, but none matches the whole filter");
    return reasons;
  }
  if (outcome.conversion.control > 0) {
    reasons.emplace_back("only the packets of the connection by which it was captured passed the filter");
  } else if (outcome.stats.captured.value_or(0) > 0) {
    reasons.push_back(plan.backend + " counted " + count_text(*outcome.stats.captured) +
                      " but its file is empty: the disk may have been full");
  } else if (outcome.stats.dropped_by_kernel.value_or(0) > 0) {
    reasons.emplace_back("packets arrived, but the kernel dropped them before they could be written");
  }
  for (const auto& one : session.facts.interfaces) {
    if (one.name != plan.interface) continue;
    if (!one.up) reasons.push_back("the interface " + one.name + " was down");
    if (!one.is_default && !one.loopback) {
      for (const auto& other : session.facts.interfaces) {
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
