#include "backends/nettl/emulator_commands.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "backends/nettl/emulator_filter_commands.h"
#include "core/lab/process.h"

namespace anchoko::nettl::emulated {
namespace {

namespace fs = std::filesystem;

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Nettl {
 public:
  explicit Nettl(World& world) : world_(world), host_(world.host) {}
  int run(std::span<const std::string> words);

 private:
  int wrong(const std::string& text) {
    world_.err += "nettl: " + text + "\n";
    return static_cast<int>(number_of(host_, "nettl-error-exit", 1));
  }
  int save() {
    auto saved = save_facility(host_, facility_);
    return saved ? 0 : wrong(saved.error().message);
  }
  int act(const Command& command);
  int start();
  int stop();
  int status(const Command& command);
  int traceon(const Command& command);
  int retrace(const Command& command);
  int fix_sizes(const Command& command);
  int begin();
  void trace(const Command& command);
  int traceoff(const Command& command);
  int tune(const Command& command);
  int log(const Command& command);
  int firmlog(const Command& command);
  Result<std::vector<std::string>> resolve(const std::vector<std::string>& cards) const;
  void let_intruder_in();
  int down() {
    world_.err += "nettl: The Network Tracing and Logging facility is not running.\n";
    return static_cast<int>(number_of(host_, "nettl-down-exit", 1));
  }
  void end_trace() {
    facility_.traced.clear();
    facility_.ended_at = now();
  }

  World& world_;
  lab::EmulatedHost& host_;
  Machine machine_;
  Facility facility_;
};

int Nettl::start() {
  if (facility_.started) {
    world_.err += "nettl: The Network Tracing and Logging facility is already running.\n";
    return reads(host_, "nettl-start-again", "silent") ? 0 : wrong("Start failed.");
  }
  if (host_.fault("nettl-start-fails"))
    return wrong("Unable to start the Network Tracing and Logging facility.");
  facility_.started = true;
  return save();
}

int Nettl::stop() {
  if (!facility_.started) return down();
  if (facility_.is_tracing()) end_trace();
  facility_.traced.clear();
  facility_.started = false;
  if (reads(host_, "nettl-stop-filters", "removed")) facility_.filters.clear();
  return save();
}

int Nettl::status(const Command& command) {
  if (!facility_.started) return down();
  const bool all = same_word(command.words[0], "all");
  world_.out += status_text(host_, machine_.edition, facility_, all || same_word(command.words[0], "log"),
                            all || same_word(command.words[0], "trace"));
  return 0;
}

Result<std::vector<std::string>> Nettl::resolve(const std::vector<std::string>& cards) const {
  std::vector<std::string> names;
  for (const auto& card : cards) {
    // Reference section 1: an interface number, or a device file below /dev.
    const std::string base = card.starts_with("/dev/") ? card.substr(5) : card;
    const auto& all = host_.interfaces();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
      return one.name == base || ("lan" + card) == one.name;
    });
    if (found == all.end()) return fail(ErrorKind::usage, "Unknown card \"" + card + "\".");
    names.push_back(found->name);
  }
  return names;
}

// Masks of the subsystems named now; others stay as they are.
void Nettl::trace(const Command& command) {
  const bool adds = reads(host_, "nettl-retrace-mask", "adds");
  for (const auto& name : command.entities) {
    const auto found = std::find_if(facility_.traced.begin(), facility_.traced.end(),
                                    [&](const auto& one) { return one.subsystem == name; });
    Traced& one = found != facility_.traced.end() ? *found : facility_.traced.emplace_back();
    one.kinds = command.kinds | (adds && !one.subsystem.empty() ? one.kinds : 0);
    one.subsystem = name;
    one.cards = command.cards;
    one.keep = command.keep.value_or(one.keep);
  }
}

// Reference section 0: file and sizes are those of the first -traceon.
int Nettl::retrace(const Command& command) {
  const bool ignored = command.file || command.size || command.tracemax || command.files || command.memory;
  trace(command);
  if (const int status = save()) return status;
  if (!ignored) return 0;
  world_.err += "nettl: Tracing is already on. The trace file and size options are ignored.\n";
  return static_cast<int>(number_of(host_, "nettl-retrace-exit", 0));
}

int Nettl::fix_sizes(const Command& command) {
  const Edition& edition = machine_.edition;
  facility_.tracemax = command.tracemax.value_or(edition.usual_tracemax);
  facility_.files = command.files.value_or(2);
  if (host_.fault("nettl-disk-short") && facility_.files > 2) {
    world_.err += "nettl: Not enough disk space; the number of trace files is lowered to 2.\n";
    facility_.files = 2;
  }
  if (edition.has_memory_ring()) {
    constexpr std::uint32_t largest_buffer = 32 * 1024;
    facility_.memory =
        command.memory.value_or(static_cast<std::uint32_t>(std::uint64_t{machine_.memory} * 7 / 100));
    facility_.buffer = std::max(1U, std::min(facility_.memory / 4, largest_buffer));
    const bool raises = command.memory || reads(host_, "nettl-mem-raises-file", "always");
    if (!raises) facility_.buffer = std::min(facility_.buffer, facility_.tracemax / 2);
  } else {
    // The user buffer of 2005, else the trace buffer of -size.
    facility_.buffer = command.size.value_or(edition.has_buffer_options() ? 128 : 68);
    facility_.memory = facility_.buffer;
    if (edition.has_buffer_options())
      facility_.tracemax = (facility_.tracemax + facility_.buffer - 1) / facility_.buffer * facility_.buffer;
  }
  if (command.timer) facility_.timer = *command.timer;
  facility_.processor_asked = command.bind.value_or(facility_.processor_asked);
  facility_.processor = facility_.processor_asked;
  return 0;
}

int Nettl::begin() {
  if (const int status = save()) return status;
  auto pid = world_.start_reader(facility_);
  std::string failure = pid ? "" : pid.error().message;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (failure.empty()) {
    const ReaderReport report = load_report(host_);
    if (report.trace == facility_.trace && report.ready) break;
    if (report.trace == facility_.trace) failure = report.failure;
    if (failure.empty() && std::chrono::steady_clock::now() > until)
      failure = "the trace daemon does not answer";
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (!failure.empty()) {
    end_trace();
    save();
    return wrong("Unable to start tracing: " + failure);
  }
  facility_.reader = *pid;
  return save();
}

int Nettl::traceon(const Command& command) {
  if (!facility_.started) return down();
  auto cards = resolve(command.cards);
  if (!cards) return wrong(cards.error().message);
  Command resolved = command;
  resolved.cards = std::move(*cards);
  if (facility_.is_tracing()) return retrace(resolved);
  if (!command.file && world_.output_is_terminal)
    return wrong("Binary trace data cannot be written to a terminal. Use the option \"-file\".");
  if (host_.fault("nettl-traceon-fails")) return wrong("Unable to enable tracing.");
  if (const int status = fix_sizes(resolved)) return status;
  trace(resolved);
  facility_.file = command.file.value_or("");
  facility_.stem = command.file ? fs::absolute(*command.file).string() : std::string();
  ++facility_.trace;
  facility_.started_at = now();
  facility_.ended_at = 0;
  return begin();
}

int Nettl::traceoff(const Command& command) {
  if (!facility_.started) return down();
  std::size_t ended = 0;
  for (const auto& name : command.entities)
    ended += std::erase_if(facility_.traced, [&](const auto& one) { return one.subsystem == name; });
  // -e all takes everything that is on, under whatever name.
  if (command.all_entities) {
    ended += std::erase_if(facility_.traced, [&](const auto& one) {
      return find_subsystem(machine_.subsystems, one.subsystem)->holds != Holds::x25;
    });
  }
  if (ended == 0) {
    world_.err += "nettl: Tracing is not on for the subsystems.\n";
    return reads(host_, "nettl-traceoff-idle", "error") ? wrong("Nothing was done.") : 0;
  }
  if (facility_.traced.empty()) facility_.ended_at = now();
  return save();
}

int Nettl::tune(const Command& command) {
  if (!facility_.started) return down();
  if (command.timer) facility_.timer = *command.timer;
  if (command.bind) {
    facility_.processor_asked = *command.bind;
    if (!facility_.is_tracing()) facility_.processor = *command.bind;  // only when the writer is idle
  }
  return save();
}

int Nettl::log(const Command& command) {
  if (!facility_.started) return down();
  for (const auto& name : command.entities) facility_.classes[name] = command.kinds;
  return save();
}

int Nettl::firmlog(const Command& command) {
  if (!facility_.started) return down();
  auto cards = resolve(command.words);
  return cards ? 0 : wrong(cards.error().message);
}

// The fault nettl-busy: somebody traces the IP layer into a file of theirs.
void Nettl::let_intruder_in() {
  const auto busy = host_.fault("nettl-busy");
  if (!busy || facility_.intruder_came || !facility_.started) return;
  facility_.intruder_came = true;
  Command command;
  command.kinds = kind_pdu_in | kind_pdu_out;
  command.entities = {"NS_LS_IP"};
  command.file = busy->empty() ? (host_.folder() / "theirs").string() : *busy;
  traceon(command);
}

int Nettl::act(const Command& command) {
  switch (command.verb) {
    case Verb::start:
      return start();
    case Verb::stop:
      return stop();
    case Verb::status:
      return status(command);
    case Verb::traceon:
      return traceon(command);
    case Verb::traceoff:
      return traceoff(command);
    case Verb::bind:
    case Verb::timer:
      return tune(command);
    case Verb::log:
      return log(command);
    case Verb::firmlog:
      return firmlog(command);
    default:
      break;
  }
  if (!facility_.started && reads(host_, "nettl-filter-needs-start", "yes")) return down();
  auto done = command_filters(host_, machine_, command, facility_);
  if (!done) return wrong(done.error().message);
  world_.out += *done;
  return save();
}

int Nettl::run(std::span<const std::string> words) {
  auto known = check_facts(host_);
  if (!known) return wrong(known.error().message);
  auto machine = machine_of(host_);
  if (!machine) return wrong(machine.error().message);
  machine_ = std::move(*machine);
  if (host_.fault("nettl-damaged-conf"))
    return wrong("/etc/nettlgen.conf: the configuration file is damaged.");
  auto command = parse_nettl(machine_, {words.begin() + 1, words.end()});
  if (!command) return wrong(command.error().message);
  if (command->verb != Verb::status && !host_.is_root())
    return wrong("You must be superuser to use this option.");
  auto lock = lab::HostLock::take(host_);
  if (!lock) return wrong(lock.error().message);
  auto facility = load_facility(host_);
  if (!facility) return wrong(facility.error().message);
  facility_ = std::move(*facility);
  let_intruder_in();
  return act(*command);
}

}  // namespace

int run_nettl(World& world, std::span<const std::string> words) {
  return Nettl(world).run(words);
}

}  // namespace anchoko::nettl::emulated
