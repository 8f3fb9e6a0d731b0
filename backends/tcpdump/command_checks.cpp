// Commands that tcpdump takes and that hardly do what was meant (reference: sections 0, 2, 3).
#include <algorithm>
#include <array>

#include "backends/tcpdump/command.h"

namespace anchoko::tcpdump {
namespace {

constexpr std::uint32_t least_useful_snaplen = 96;

// Options that change only the text; -n and -v mean something with -w too.
constexpr std::string_view text_options = "-A -b -e -E -f -g -H -K -m -M -N -q -S -t -T -u -x -X -#";

bool is_in(std::string_view list, std::string_view id) {
  const std::size_t at = list.find(id);
  return at != std::string_view::npos && (at + id.size() == list.size() || list[at + id.size()] == ' ');
}

// What Debian's AppArmor profile permits: *.pcap and *.cap in any case, digits behind, homes and /tmp.
bool apparmor_lets_write(const std::string& path) {
  const auto begins = [&](std::string_view folder) { return path.starts_with(folder); };
  if (begins("/tmp/") || begins("/home/") || begins("/root/") || begins("~")) return true;
  std::string name = path.substr(0, path.find_last_not_of("0123456789") + 1);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name.ends_with(".pcap") || name.ends_with(".cap");
}

class Checker {
 public:
  Checker(NativeCommand& command, const std::vector<ScannedOption>& options)
      : command_(command), model_(command.model), options_(options) {}

  void check() {
    conflicts();
    if (model_.activity == CommandActivity::capture || model_.activity == CommandActivity::read) {
      what_is_seen();
      rotation();
      dangers();
    }
  }

 private:
  const ScannedOption* find(std::string_view id) const {
    const auto found = std::ranges::find_if(options_, [&](const auto& o) { return o.spec->id == id; });
    return found == options_.end() ? nullptr : &*found;
  }
  bool given(std::string_view id) const { return find(id) != nullptr; }
  bool given_other(std::string_view id) const {
    return std::ranges::any_of(model_.other, [&](const auto& use) { return use.id == id; });
  }

  void problem(const char* id, TextRange where, std::vector<std::string> values = {}) {
    command_.problems.push_back({id, where, std::move(values), {}});
  }
  void problem(const char* id, std::string_view option, std::vector<std::string> values = {}) {
    problem(id, find(option)->where, std::move(values));
  }
  TextRange program() const {
    const auto found = std::ranges::find(command_.tokens, TokenRole::program, &CommandToken::role);
    return found->where;
  }

  // Errors of tcpdump's own, in main().
  void conflicts() {
    const bool reads = given("-r") || given("-V");
    if (model_.activity == CommandActivity::list_interfaces ||
        model_.activity == CommandActivity::show_help || model_.activity == CommandActivity::show_version)
      return;
    const auto times = std::ranges::count_if(options_, [](const auto& o) { return o.spec->id == "-t"; });
    if (times > 5) {
      TextRange where = find("-t")->where;
      for (const auto& option : options_) {
        if (option.spec->id == "-t") where.end = option.where.end;
      }
      problem("too-many-t", where);
    }
    if (reads && given("-f")) problem("foreign-when-reading", "-f");
    if (given("-r") && given("-V")) problem("read-twice", "-r");
  }

  bool shows_text() const { return model_.write_file.empty() || given_other("--print"); }

  void what_is_seen() {
    const bool live = model_.activity == CommandActivity::capture;
    if (live && model_.interface.empty()) problem("interface-missing", program());
    const bool counts_only = !live && given_other("--count");
    if (live && shows_text() && !given("-n")) problem("names-looked-up", program());
    if (!live && given("-Q")) problem("direction-when-reading", "-Q");
    if (live && given("--count")) problem("count-without-read", "--count");
    if (model_.snaplen && *model_.snaplen > 0 && *model_.snaplen < least_useful_snaplen)
      problem("small-snaplen", "-s", {std::to_string(*model_.snaplen)});
    if (!shows_text() && !counts_only) unused_text_options();
  }

  void unused_text_options() {
    std::string names;
    const ScannedOption* first = nullptr;
    for (const auto& option : options_) {
      if (!is_in(text_options, option.spec->id)) continue;
      if (first == nullptr) first = &option;
      if (!is_in(names, option.spec->id)) names += (names.empty() ? "" : " ") + option.spec->id;
    }
    if (first != nullptr) problem("text-options-unused", first->where, {names});
  }

  void rotation() {
    const Rotation& r = model_.rotation;
    if (r.files > 0 && !r.rotates()) problem("files-without-rotation", "-W");
    if (!r.command.empty() && !r.rotates()) problem("command-without-rotation", "-z");
    if (!r.rotates()) return;
    const std::string which = r.seconds > 0 ? "-G" : "-C";
    if (model_.write_file.empty()) {
      problem("rotation-without-file", which, {which});
      return;
    }
    if (model_.write_file == "-") {
      problem("rotation-of-stdout", "-w");
      return;
    }
    if (r.seconds > 0 && model_.write_file.find('%') == std::string::npos && r.files != 1)
      problem("time-name-without-percent", find("-w")->value_where, {model_.write_file});
    if (r.bytes > 0 && r.seconds > 0 && r.files > 0) problem("ring-inside-window", "-W");
  }

  void dangers() {
    const bool to_file = !model_.write_file.empty() && model_.write_file != "-";
    const bool live = model_.activity == CommandActivity::capture;
    const Rotation& r = model_.rotation;
    const bool rotates = to_file && r.rotates();
    const bool ring = r.bytes > 0 && r.files > 0;
    const bool bounded =
        model_.packets > 0 || (ring && r.seconds == 0) || r.ends_after_files || model_.ends_after.count() > 0;
    const auto touch = [&](bool applies, const char* id) {
      if (applies) command_.hazards.emplace_back(id);
    };
    touch(to_file, "tcpdump-silent-full-disk");
    touch(to_file && live && !bounded, "tcpdump-fills-disk");
    touch(to_file && live && !model_.flush_each_packet && model_.packets != 1, "tcpdump-lost-tail");
    touch(rotates && live && model_.user != "root", "tcpdump-user-drop");
    touch(to_file && !apparmor_lets_write(model_.write_file), "tcpdump-apparmor-names");
    touch(rotates && live, "tcpdump-rotates-on-traffic");
    touch(rotates && ring, "tcpdump-overwrites");
    touch(rotates && !r.command.empty(), "tcpdump-post-rotate");
    touch(live && model_.interface == "any", "tcpdump-any-cooked");
    touch(live && model_.promiscuous && model_.interface != "any", "tcpdump-promiscuous");
    touch(live && model_.monitor_mode, "tcpdump-monitor-mode");
  }

  NativeCommand& command_;
  const CommandModel& model_;
  const std::vector<ScannedOption>& options_;
};

}  // namespace

void check_command(NativeCommand& command, const std::vector<ScannedOption>& options) {
  Checker(command, options).check();
}

}  // namespace anchoko::tcpdump
