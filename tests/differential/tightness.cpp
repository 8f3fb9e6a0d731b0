// How much of a wire each backend's pushed filter lets through, for the filters of everyday.txt: the page
// docs/reference/tightness.md.
//
//   tightness            prints the page
//   tightness FILE       is FILE that page?
//
// Exit status: 0 yes, 1 no, or some filter cannot be judged, 2 usage.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/registry.h"
#include "core/filter/parser.h"
#include "core/plan/planner.h"
#include "tests/differential/ethernet_host.h"
#include "tests/differential/filter_files.h"
#include "tests/differential/keyed_tools.h"
#include "tests/differential/traffic_mix.h"
#include "tests/tools/pcap_judge.h"

namespace anchoko::differential {
namespace {

using testing::Octets;

struct Wire {
  std::vector<Octets> frames;
  std::uint64_t bytes = 0;
};
Wire make_wire(bool tags_stripped) {
  Wire wire{traffic_mix(tags_stripped)};
  for (const auto& frame : wire.frames) wire.bytes += frame.size();
  return wire;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  // In integers: the page is the same on every machine.
  const auto tenths = (part * 1000 + whole / 2) / whole;
  if (tenths == 0 && part > 0) return "<0.1";
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// A column of the table: one backend, with or without what can be assumed.
struct Column {
  const Backend* backend;
  std::vector<std::string> assume;
  const Wire* wire;
  std::uint64_t through = 0;  // of all filters that it takes
  std::uint64_t wanted = 0;
  // Of keyed tools: what lets frames pass for these words, one for each reading that is left.
  std::function<std::optional<std::vector<Passes>>(const std::vector<std::string>&)> readings = {};
  std::string title() const { return backend->info().name + (assume.empty() ? "" : ", assumed"); }
};

HostFacts usual_facts(const Backend& backend) {
  return ethernet_host(backend, {}, backend.info().name == "snoop" ? "5.11" : "");
}

Result<CapturePlan> plan_of(const Column& column, const filter::FilterExpr& tree) {
  SessionSpec spec;
  spec.filter = tree;
  spec.assume = column.assume;
  if (column.backend->dialect().shape() == Shape::none) {
    // nettl traces subsystems, not interfaces.
    spec.interface_choice = InterfaceChoice::any;
    spec.backend_options["entity"] = "IGELAN";
  }
  return plan::make_plan(*column.backend, spec, usual_facts(*column.backend), plan::new_session_id(1, 1));
}

// Every fact that could make a filter tighter, and what then could still.
std::vector<std::string> all_assumptions(const Backend& backend, const std::vector<std::string>& texts) {
  Column column{&backend, {}, nullptr};
  std::set<std::string> known;
  for (std::size_t before = 0;; before = known.size()) {
    column.assume.assign(known.begin(), known.end());
    for (const auto& text : texts) {
      const auto tree = filter::parse(text);
      if (!tree) continue;
      const auto plan = plan_of(column, *tree);
      if (!plan) continue;
      for (const auto& note : plan->filter.notes)
        if (!note.assume.empty()) known.insert(note.assume);
    }
    if (known.size() == before) break;
  }
  return {known.begin(), known.end()};
}

// What the tool may let pass of the wire, under the worst reading that is left.
std::uint64_t worst(const Wire& wire, const std::vector<Passes>& readings) {
  std::uint64_t most = 0;
  for (const auto& passes : readings) {
    std::uint64_t bytes = 0;
    for (const auto& frame : wire.frames) bytes += passes(frame) ? frame.size() : 0;
    most = std::max(most, bytes);
  }
  return most;
}

struct Bytes {
  std::uint64_t wanted = 0;
  std::uint64_t through = 0;
};
// Nothing: the backend refuses this filter.
std::optional<Bytes> judged(const Column& column, const std::string& text) {
  const auto tree = filter::parse(text);
  const auto wanted = testing::PcapFilter::compile(text, LinkType::ethernet);
  if (!tree || !wanted) throw std::runtime_error("not a filter: " + text);
  const auto plan = plan_of(column, *tree);
  if (!plan) return std::nullopt;
  auto pushed = filter::RecordFilter::compile(plan->filter.pushed, LinkType::ethernet, filter::Reading::file);
  if (!pushed) throw std::runtime_error("pushed for " + text + ": cannot be judged");
  Bytes bytes;
  for (const auto& frame : column.wire->frames) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    PacketRecord record;
    record.data = std::as_bytes(std::span(frame));
    record.original_length = length;
    const bool is_wanted = plan->filter.reading == filter::Reading::capture
                               ? wanted->matches_without_tag(frame, length)
                               : wanted->matches(frame, length);
    const bool is_pushed = pushed->matches(record);
    if (is_wanted && !is_pushed) throw std::runtime_error(text + ": wanted and not pushed");
    bytes.wanted += is_wanted ? frame.size() : 0;
    bytes.through += is_pushed ? frame.size() : 0;
  }
  // The options of keyed tools say more than the filter that is safe to take them for.
  const auto& words = plan->filter.native_words;
  if (column.readings && !words.empty()) {
    const auto readings = column.readings(words);
    if (!readings) throw std::runtime_error(text + ": the tool does not take its words");
    bytes.through = worst(*column.wire, *readings);
  }
  return bytes;
}

std::string intro(const Wire& wire) {
  std::ostringstream page;
  page << "# Tightness\n\n"
          "Where a native tool cannot say a filter exactly, more than asked for is captured, and the rest is "
          "taken out at conversion. This page tells\n"
          "how much more: what share of the bytes on a made-up wire each backend lets through, in percent. "
          "`exact` is what was\nasked for. Of netsh and iptrace it is the most that any reading of their "
          "manuals lets through.\n\n"
          "<!-- Generated: build/dev/tests/differential/tightness > docs/reference/tightness.md -->\n\n"
          "The wire carries "
       << wire.frames.size() << " frames, " << wire.bytes / 1000
       << " kB, one in five over IPv6 where the protocol allows it, and one in " << tagged_one_in
       << " with a VLAN tag,\nwhich is taken off before netsh and iptrace see it:\n\n";
  const auto& kinds = traffic_kinds();
  std::string line;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string item =
        std::to_string(kinds[i].count) + " " + kinds[i].what + (i + 1 < kinds.size() ? ", " : ".\n\n");
    if (line.size() + item.size() > 140) {
      line.pop_back();
      page << line << "\n";
      line.clear();
    }
    line += item;
  }
  page << line;
  return page.str();
}

std::string page() {
  const auto registry = make_backend_registry();
  const Wire tagged = make_wire(false);
  const Wire stripped = make_wire(true);
  const auto texts = read_lines("everyday.txt");
  std::vector<Column> columns;
  std::string assumed;
  for (const auto& backend : registry.all()) {
    const Wire& wire = backend->dialect().shape() == Shape::keyed ? stripped : tagged;
    columns.push_back({backend.get(), {}, &wire});
    const auto facts = all_assumptions(*backend, texts);
    if (facts.empty()) continue;
    columns.push_back({backend.get(), facts, &wire});
    assumed += "- " + backend->info().name + ":";
    for (const auto& fact : facts) assumed += " `" + fact + "`";
    assumed += "\n";
  }
  for (auto& column : columns) {
    const auto& assume = column.assume;
    if (column.backend->info().name == "iptrace") {
      column.readings = [hosts = std::make_shared<IptraceHosts>(assume)](const auto& words) {
        return (*hosts)(words);
      };
    } else if (column.backend->info().name == "netsh") {
      column.readings = [assume](const auto& words) { return netsh_passes(words, assume); };
    }
  }
  std::ostringstream out;
  out << intro(tagged)
      << "`assumed` means: with every `assume` that would make a filter tighter, which somebody must have "
         "tried on a real machine first:\n\n"
      << assumed << "\n| filter | exact |";
  for (const auto& column : columns) out << " " << column.title() << " |";
  out << "\n|---|---:|";
  for (std::size_t i = 0; i < columns.size(); ++i) out << "---:|";
  out << "\n";
  for (const auto& text : texts) {
    std::string shown = text;
    for (std::size_t at = 0; (at = shown.find('|', at)) != std::string::npos; at += 2) shown.insert(at, "\\");
    out << "| `" << shown << "` |";
    std::string cells;
    std::string exact;
    for (auto& column : columns) {
      const auto bytes = judged(column, text);
      if (!bytes) {
        cells += " refused |";
        continue;
      }
      if (exact.empty()) exact = percent(bytes->wanted, column.wire->bytes);
      column.through += bytes->through;
      column.wanted += bytes->wanted;
      cells += " " + percent(bytes->through, column.wire->bytes) + " |";
    }
    out << " " << exact << " |" << cells << "\n";
  }
  out << "| captured for each wanted byte, all filters together | 1.0 |";
  for (const auto& column : columns) {
    const auto tenths = (column.through * 10 + column.wanted / 2) / column.wanted;
    out << " " << tenths / 10 << "." << tenths % 10 << " |";
  }
  out << "\n";
  return out.str();
}

int run(int argc, char** argv) {
  if (argc > 2) {
    std::fputs("usage: tightness [FILE]\n", stderr);
    return 2;
  }
  const std::string text = page();
  if (argc == 1) {
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  std::ifstream in(argv[1], std::ios::binary);
  std::ostringstream there;
  there << in.rdbuf();
  if (there.str() == text) {
    std::puts("tightness: the page is as it would be generated");
    return 0;
  }
  std::printf("%s: not what the backends do now\n  = write it again: %s > %s\n", argv[1], argv[0], argv[1]);
  return 1;
}

}  // namespace
}  // namespace anchoko::differential

int main(int argc, char** argv) {
  try {
    return anchoko::differential::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tightness: %s\n", error.what());
    return 1;
  }
}
