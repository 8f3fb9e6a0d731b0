#include "cli/render/info.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/render/outcome.h"
#include "cli/render/table.h"
#include "cli/render/text.h"
#include "core/base/clock.h"

namespace anchoko::cli {
namespace {

using convert::CaptureInfo;
using convert::Complete;
using convert::PacketCounts;

std::string span_text(std::int64_t ns) {
  if (ns < 10'000'000'000) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6f s", static_cast<double>(ns) / 1e9);
    return text.data();
  }
  return human_duration(std::chrono::milliseconds(ns / 1'000'000));
}

std::string rate_text(double value, const char* unit) {
  std::array<char, 48> text{};
  const char* prefix = "";
  for (const char* next : {"k", "M", "G"}) {
    if (value < 1000) break;
    value /= 1000;
    prefix = next;
  }
  std::snprintf(text.data(), text.size(), "%.3g %s%s", value, prefix, unit);
  return text.data();
}

std::string verdict(const CaptureInfo& info) {
  std::string text = info.complete == Complete::yes  ? "yes: no damage, and nothing was dropped"
                     : info.complete == Complete::no ? "no"
                                                     : "not known";
  for (std::size_t i = 0; i < info.reasons.size(); ++i) text += (i == 0 ? ": " : "; ") + info.reasons[i];
  return text;
}

std::string direction_text(const PacketCounts& counts) {
  if (counts.inbound + counts.outbound == 0) return "not told";
  std::string text = group_digits(counts.inbound) + " in, " + group_digits(counts.outbound) + " out";
  const std::uint64_t rest = counts.packets - counts.inbound - counts.outbound;
  if (rest > 0) text += ", " + group_digits(rest) + " not told";
  return text;
}

void add_times(std::vector<Field>& fields, const CaptureInfo& info) {
  const PacketCounts& all = info.all;
  if (!all.first_ns) return;
  const std::int64_t length = *all.last_ns - *all.first_ns;
  fields.push_back({"first packet", iso_time(*all.first_ns)});
  fields.push_back({"last packet", iso_time(*all.last_ns)});
  fields.push_back({"time span", span_text(length)});
  if (length > 0) {
    const double seconds = static_cast<double>(length) / 1e9;
    fields.push_back(
        {"average", rate_text(static_cast<double>(all.packets) / seconds, "packets/s") + ", " +
                        rate_text(static_cast<double>(all.original_bytes) * 8 / seconds, "bit/s")});
  }
  fields.push_back({"order", info.backwards == 0
                                 ? "by time"
                                 : counted(info.backwards, "packet") + " earlier than the one before"});
  std::string gaps;
  for (const auto& gap : info.gaps)
    gaps += (gaps.empty() ? "" : "; ") + span_text(gap.length_ns) + " after " + iso_time(gap.after_ns);
  if (!gaps.empty()) fields.push_back({"longest gaps", gaps});
}

void add_ring(std::vector<Field>& fields, const CaptureInfo& info) {
  if (info.ring.empty()) return;
  fields.push_back({"ring", counted(info.ring.size(), "file") + ", read as one capture, the oldest first"});
  for (const auto& file : info.ring) {
    std::string text = printable(file.path) + ": " + counted(file.packets, "packet");
    if (file.first_ns) text += ", " + iso_time(*file.first_ns) + " to " + iso_time(*file.last_ns);
    if (!file.sha256.empty()) text += ", SHA-256 " + file.sha256;
    fields.push_back({"", text});
  }
}

std::vector<Field> fields_of(const CaptureInfo& info) {
  const PacketCounts& all = info.all;
  std::vector<Field> fields;
  fields.push_back({"file", printable(info.path)});
  std::string size;
  if (info.file_bytes) size = ", " + human_size(*info.file_bytes);
  if (info.file_bytes.value_or(info.content_bytes) < info.content_bytes)
    size += " (compressed; " + human_size(info.content_bytes) + " inside)";
  fields.push_back({"format", info.format + size});
  if (!info.sha256.empty()) fields.push_back({"SHA-256", info.sha256});
  add_ring(fields, info);
  fields.push_back({"complete", verdict(info)});
  fields.push_back({"packets", group_digits(all.packets)});
  fields.push_back({"bytes", group_digits(all.captured_bytes) + " captured, " +
                                 group_digits(all.original_bytes) + " on the wire"});
  if (all.packets > 0)
    fields.push_back({"average size", counted((all.original_bytes + all.packets / 2) / all.packets, "byte")});
  if (all.cut > 0) fields.push_back({"cut", counted(all.cut, "packet")});
  add_times(fields, info);
  fields.push_back({"direction", direction_text(all)});
  if (info.copies > 0)
    fields.push_back(
        {"copies", counted(info.copies, "packet") + " seen before at another layer ('--one-layer')"});
  if (info.other_blocks > 0)
    fields.push_back({"not packets", counted(info.other_blocks, "record") +
                                         (info.other_blocks == 1 ? " that holds something else"
                                                                 : " that hold something else")});
  if (info.untimed > 0) fields.push_back({"without time", counted(info.untimed, "packet")});
  for (const auto& comment : info.section_comments) fields.push_back({"says", printable(comment)});
  for (const auto& fact : info.facts.list) {
    for (const auto& line : fact.lines) fields.push_back({fact.name, printable(line)});
  }
  for (const auto& line : info.facts.left_out) fields.push_back({"left out", printable(line)});
  for (const auto& note : damage_notes(info.loss, 5)) fields.push_back({"damage", printable(note)});
  return fields;
}

std::string dropped_text(const InterfaceInfo& interface, const PacketCounts& counts) {
  const InterfaceStatistics statistics = interface.statistics.value_or(InterfaceStatistics{});
  if (statistics.dropped_by_os || statistics.dropped_by_interface)
    return group_digits(statistics.dropped_by_os.value_or(0) + statistics.dropped_by_interface.value_or(0));
  return counts.dropped > 0 ? group_digits(counts.dropped) : "not told";
}

std::string details(const InterfaceInfo& interface) {
  std::string text;
  const auto add = [&](const std::string& what, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : "; ") + what + printable(value);
  };
  add("on ", interface.host);
  add("", interface.os);
  add("", interface.hardware);
  add("", interface.description);
  add("filter: ", interface.filter);
  for (const auto& comment : interface.comments) add("", comment);
  return text;
}

Table interfaces_of(const CaptureInfo& info) {
  Table table;
  table.columns = {{"#", Align::right},
                   {"interface"},
                   {"link type"},
                   {"snaplen", Align::right},
                   {"packets", Align::right},
                   {"in", Align::right},
                   {"out", Align::right},
                   {"dropped", Align::right},
                   {"about"}};
  for (std::size_t i = 0; i < info.interfaces.size(); ++i) {
    const InterfaceInfo& one = info.interfaces[i];
    const PacketCounts& counts = info.per_interface[i];
    const bool directed = counts.inbound + counts.outbound > 0;
    table.rows.push_back({std::to_string(i), one.name.empty() ? "-" : printable(one.name),
                          link_type_name(one.link_type), one.snaplen == 0 ? "-" : group_digits(one.snaplen),
                          group_digits(counts.packets), directed ? group_digits(counts.inbound) : "-",
                          directed ? group_digits(counts.outbound) : "-", dropped_text(one, counts),
                          details(one)});
  }
  return table;
}

}  // namespace

std::string render(const CaptureInfo& info, unsigned width, bool bold) {
  std::string text = render(fields_of(info), width, bold);
  if (!info.interfaces.empty()) text += "\n" + render(interfaces_of(info), width, bold);
  return text;
}

}  // namespace anchoko::cli
