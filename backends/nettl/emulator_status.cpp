// The output of nettl -status (reference section 5: labels of the 11i v2 manual; older ones from memory).
#include <cstdio>

#include "backends/nettl/emulator_commands.h"
#include "core/lab/process.h"

namespace anchoko::nettl::emulated {
namespace {

std::string label(const std::string& name, const std::string& value) {
  char line[256];
  std::snprintf(line, sizeof line, "%-34s %10s", name.c_str(), value.c_str());
  return line;
}
std::string label(const std::string& name, std::uint64_t value) {
  return label(name, std::to_string(value));
}

std::string log_text(const lab::EmulatedHost& host, const Edition& edition, const Facility& facility) {
  std::string text = "\nLogging Information:\n";
  text += label("Log Filename:", "/var/adm/nettl.LOG*") + "\n";
  text += label("Max Log file size(Kbytes):", std::uint64_t{1000}) + "   " + label("Console Logging:", "On") +
          "\n";
  text += label("User's ID:", std::uint64_t{0}) + "   " + label("Messages Queued:", std::uint64_t{0}) + "\n";
  text += label("Messages Dropped:", std::uint64_t{0}) + "\n\n";
  char line[128];
  std::snprintf(line, sizeof line, "%-32s%s\n", "Subsystem Name:", "Log Class:");
  text += line;
  for (const auto& one : subsystems_of(host, edition)) {
    if (one.name == linkall) continue;
    const auto found = facility.classes.find(std::string(one.name));
    const std::uint32_t mask = found == facility.classes.end() ? 12 : found->second;
    std::snprintf(line, sizeof line, "%-32s%s%s%s%s\n", std::string(one.name).c_str(),
                  mask & 4 ? "ERROR " : "", mask & 8 ? "DISASTER " : "", mask & 2 ? "WARNING " : "",
                  mask & 1 ? "INFORMATIVE " : "");
    text += line;
  }
  return text;
}

std::string table_of(const Facility& facility) {
  char line[160];
  std::snprintf(line, sizeof line, "\n%-32s%-24s%s\n", "Subsystem Name:", "Trace Mask:", "Card:");
  std::string text = line;
  for (const auto& one : facility.traced) {
    std::string cards;
    for (const auto& card : one.cards) cards += (cards.empty() ? "" : " ") + card;
    std::snprintf(line, sizeof line, "%-32s0x%08x              %s\n", one.subsystem.c_str(), one.kinds,
                  cards.c_str());
    text += line;
  }
  return text;
}

std::string trace_text(const lab::EmulatedHost& host, const Edition& edition, const Facility& facility) {
  std::string text = "\nTracing Information:\n";
  if (facility.traced.empty())
    return reads(host, "nettl-status-idle", "text") ? text + "No Subsystems Active\n" : text;
  const ReaderReport report = load_report(host);
  const bool mine = report.trace == facility.trace;
  const std::uint64_t dropped = mine ? report.dropped : 0;
  const std::string name = facility.file.empty() ? "stdout" : facility.file + ".TRC*";
  text += label("Trace Filename:", name) + "\n";
  text += label("Max Trace file size(Kbytes):", 2 * file_kilobytes(facility)) + "\n";
  bool table = reads(host, "nettl-status-table", "yes");
  if (edition.has_memory_ring()) {
    text += label("Trace memory allocated(KB):", facility.memory) + "\n";
    text += label("Trace memory to be allocated(KB):", facility.memory) + "\n";
    text += label("Messages Dropped:", dropped) + "\n";
    text += label("Processor ID:", facility.processor) + "\n";
  } else {
    text += label("User's ID:", std::uint64_t{0}) + "   " +
            label("Buffer Size:", std::uint64_t{facility.buffer} * 1024) + "\n";
    text += label("Messages Dropped:", dropped) + "   " +
            label("Messages Queued:", mine ? report.waiting : 0) + "\n";
    table = true;
  }
  return table ? text + table_of(facility) : text;
}

}  // namespace

std::string status_text(const lab::EmulatedHost& host, const Edition& edition, const Facility& facility,
                        bool log, bool trace) {
  std::string text;
  if (log) text += log_text(host, edition, facility);
  if (trace) text += trace_text(host, edition, facility);
  return text;
}

}  // namespace anchoko::nettl::emulated
