// Would the judges of the dialects notice a fault? Every number below switches one fault of a dialect on:
// what the emulated tool (netsh: the model of its rules) then lets pass and the residual keeps must differ
// from what is wanted, or the pushed filter must, for some written filter on some frame under some open
// reading. Without a fault none may.
//
//   dialect_mutants               ten of them, others every day
//   dialect_mutants SEED          the ten of that seed
//   dialect_mutants all           every one; also when ANCHOKO_MUTANTS=all
//   dialect_mutants only NUMBER   that one
//
// Exit status: 0 all caught, 1 one was not, 2 usage.
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/netsh/netsh.h"
#include "backends/registry.h"
#include "backends/snoop/emulator_filter.h"
#include "core/backend/mutant.h"
#include "core/filter/parser.h"
#include "core/plan/legalize.h"
#include "tests/differential/cases.h"
#include "tests/differential/dialect_faults.h"
#include "tests/differential/ethernet_host.h"
#include "tests/differential/filter_files.h"
#include "tests/differential/iptrace_readings.h"
#include "tests/differential/keyed_tools.h"
#include "tests/differential/seeded_faults.h"
#include "tests/tools/random_filter.h"

namespace {

int switched_on = 0;

}  // namespace

namespace anchoko {

bool mutant(int number) {
  return number == switched_on;
}

}  // namespace anchoko

namespace anchoko::differential {
namespace {

struct Subject {
  std::string text;
  filter::FilterExpr tree;
};

// A backend on one release, with some assumptions, judged under every reading that they leave.
struct Setting {
  std::string backend;
  HostFacts facts;
  std::vector<std::string> assume;
  const Cases* frames;
  const std::vector<Subject>* subjects;
  // Nothing: the tool does not take these words, which is a difference too.
  std::function<std::optional<std::vector<Passes>>(const std::vector<std::string>&)> tool;
};

// About that many of them, spread evenly.
Cases some(const Cases& all, std::size_t wanted) {
  Cases out;
  for (std::size_t i = 0; i < all.size(); i += 1 + all.size() / wanted) {
    const auto bytes = all[i].bytes();
    if (bytes.size() >= 14)  // no live frame is shorter
      out.push_back(make_case({bytes.begin(), bytes.end()}, static_cast<std::uint32_t>(bytes.size()), ""));
  }
  return out;
}

const Cases& frames_on_a_wire() {
  static const Cases all = [] {
    Cases out = some(whole_frames({}), 400);
    for (auto& one : some(cut_frames({}), 150)) out.push_back(std::move(one));
    return out;
  }();
  return all;
}

std::vector<Subject> parsed(const std::vector<std::string>& texts) {
  std::vector<Subject> out;
  for (const auto& text : texts)
    if (const auto tree = filter::parse(text)) out.push_back({text, *tree});
  return out;
}

const std::vector<Subject>& boolean_subjects() {
  static const std::vector<Subject> all = [] {
    auto texts = written_filters();
    for (auto& text : filters_near_limits()) texts.push_back(std::move(text));
    return parsed(texts);
  }();
  return all;
}

// What keyed dialects can say is a narrow thing: also combinations of what they know, and some at random.
const std::vector<Subject>& keyed_subjects() {
  static const std::vector<Subject> all = [] {
    auto texts = written_filters();
    for (const char* frame :
         {"ip and ", "ip6 and ", "not arp and ", "ip6 and not ", "ip and not ", "arp or "}) {
      for (const char* part :
           {"tcp", "icmp6", "port 53", "(tcp or udp port 53)", "(host 192.0.2.1 or host 2001:db8::1)",
            "net 192.0.2.2/31", "net 2001:db8::/32", "proto 44", "(src and dst host 192.0.2.1)", "sctp"})
        texts.push_back(std::string(frame) + part);
    }
    testing::Random random(20261127);
    for (int i = 0; i < 2000; ++i) {
      auto text = testing::random_filter(random, static_cast<unsigned>(random.below(4)));
      // No key is about what stands at an offset.
      if (text.find('[') == std::string::npos) texts.push_back(std::move(text));
    }
    return parsed(texts);
  }();
  return all;
}

// ---- snoop

Setting snoop_setting(const BackendRegistry& registry, snoop::emulated::System system) {
  namespace emulated = snoop::emulated;
  const bool ten = system == emulated::System::solaris10;
  const auto tool = [ten, system](const std::vector<std::string>& words) {
    std::optional<std::vector<Passes>> result{std::in_place};
    for (const bool otherwise : {false, true}) {
      const auto release = std::make_shared<emulated::Release>();
      release->system = system;
      release->tags = !ten || otherwise;
      release->net_swapped = ten;
      release->length_frames_pass = !otherwise;
      release->signed_values = otherwise;
      release->overflow_rejects_all = !otherwise;
      auto made = emulated::make_filter(words.front(), emulated::Path::live, emulated::Medium::ethernet,
                                        *release, {});
      if (!made || words.size() != 1 || emulated::compile_seconds(*made, *release) >= 1)
        return std::optional<std::vector<Passes>>{};
      const auto live = std::make_shared<emulated::Filter>(std::move(*made));
      result->push_back([release, live](std::span<const std::uint8_t> bytes) {
        const emulated::Packet packet{std::as_bytes(bytes), static_cast<std::uint32_t>(bytes.size())};
        return live->kernel_accepts(packet, emulated::Medium::ethernet, *release) &&
               live->userland_accepts(packet, emulated::Medium::ethernet, *release);
      });
    }
    return result;
  };
  return {"snoop",
          ethernet_host(*registry.find("snoop"), "host", ten ? "5.10" : "5.11"),
          {},
          &frames_on_a_wire(),
          &boolean_subjects(),
          tool};
}

std::vector<Setting> all_settings(const BackendRegistry& registry) {
  static const Cases tagless = iptrace_frames();
  std::vector<Setting> settings;
  for (const auto system : {snoop::emulated::System::solaris11, snoop::emulated::System::solaris10})
    settings.push_back(snoop_setting(registry, system));
  for (const auto& assume : iptrace_assumptions()) {
    const auto hosts = std::make_shared<IptraceHosts>(assume);
    settings.push_back({"iptrace", ethernet_host(*registry.find("iptrace"), "host", "7.2"), assume, &tagless,
                        &keyed_subjects(),
                        [hosts](const std::vector<std::string>& words) { return (*hosts)(words); }});
  }
  using namespace netsh;
  const std::vector<std::string> sets[] = {
      {},
      {fact::extension_headers, fact::pass_other_frames, fact::keys_exact},
      {fact::protocol_ipv6, fact::pass_other_frames}};
  for (const auto& assume : sets) {
    settings.push_back(
        {"netsh", ethernet_host(*registry.find("netsh"), "host", ""), assume, &tagless, &keyed_subjects(),
         [assume](const std::vector<std::string>& words) { return netsh_passes(words, assume); }});
  }
  return settings;
}

PacketRecord record_of(const Case& one) {
  PacketRecord record;
  record.data = std::as_bytes(one.bytes());
  record.original_length = static_cast<std::uint32_t>(one.size);
  return record;
}

bool differs(const Setting& setting, const Dialect& dialect, const Subject& subject) {
  using filter::RecordFilter;
  SessionSpec spec;
  spec.filter = subject.tree;
  spec.assume = setting.assume;
  const auto lowered = plan::legalize(subject.tree, dialect, {spec, setting.facts});
  auto wanted = RecordFilter::compile(subject.tree, LinkType::ethernet, lowered.reading);
  auto pushed = RecordFilter::compile(lowered.pushed, LinkType::ethernet, filter::Reading::file);
  auto residual = RecordFilter::compile(lowered.residual, LinkType::ethernet, lowered.reading);
  if (!wanted) return false;  // not one for Ethernet
  if (!pushed || !residual) return true;
  if (lowered.native_words.empty()) return !filter::is_match_all(lowered.pushed);
  const auto readings = setting.tool(lowered.native_words);
  if (!readings) return true;
  for (const Case& one : *setting.frames) {
    const auto record = record_of(one);
    const bool is_wanted = wanted->matches(record);
    const bool is_kept = residual->matches(record);
    if ((pushed->matches(record) && is_kept) != is_wanted) return true;
    for (const auto& passes : *readings)
      if ((is_kept && passes(one.bytes())) != is_wanted) return true;
  }
  return false;
}

struct Difference {
  const Setting* setting;
  const Subject* subject;
};
// `backend` empty: of each of them.
std::optional<Difference> first_difference(const BackendRegistry& registry,
                                           const std::vector<Setting>& settings, const std::string& backend) {
  for (const Setting& setting : settings) {
    if (!backend.empty() && setting.backend != backend) continue;
    const Dialect& dialect = registry.find(setting.backend)->dialect();
    for (const Subject& subject : *setting.subjects)
      if (differs(setting, dialect, subject)) return Difference{&setting, &subject};
  }
  return std::nullopt;
}

int run(int argc, char** argv) {
  const auto chosen = chosen_faults(dialect_faults, argc, argv);
  if (!chosen) {
    std::fputs("usage: dialect_mutants [SEED | all | only NUMBER]\n", stderr);
    return 2;
  }
  const auto registry = make_backend_registry();
  std::setvbuf(stdout, nullptr, _IOLBF, 1024);
  const auto settings = all_settings(registry);
  if (const auto found = first_difference(registry, settings, "")) {
    std::printf("FAIL without any fault: %s differs on '%s'\n", found->setting->backend.c_str(),
                found->subject->text.c_str());
    return 1;
  }
  int missed = 0;
  for (const auto& [number, what] : *chosen) {
    switched_on = number;
    const std::string_view text = what;
    const auto found = first_difference(registry, settings, std::string(text.substr(0, text.find(':'))));
    if (found) {
      std::printf("ok   %d %s: caught by '%.80s'\n", number, what, found->subject->text.c_str());
    } else {
      std::printf("FAIL %d %s: nothing differs\n", number, what);
      ++missed;
    }
  }
  std::printf("%zu faults tried with %zu filters in %zu settings, %d not caught\n", chosen->size(),
              keyed_subjects().size(), settings.size(), missed);
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace anchoko::differential

int main(int argc, char** argv) {
  return anchoko::differential::run(argc, argv);
}
