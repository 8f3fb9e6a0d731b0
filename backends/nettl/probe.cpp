#include "backends/nettl/probe.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "backends/nettl/nettl.h"
#include "core/backend/backend_choice.h"
#include "core/backend/host_answer.h"

namespace anchoko::nettl {
namespace {

const char* const spool_folder = "/var/tmp";

using Words = std::vector<std::string>;

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string upper_case(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "0x001A4B06F2C1" as "00:1a:4b:06:f2:c1".
std::string station_address(const std::string& text) {
  if (text.size() != 14 || !text.starts_with("0x")) return {};
  std::string address;
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (i > 2 && i % 2 == 0) address += ':';
    address += text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
  }
  return address;
}

// lan0, lan900
bool is_card(const std::string& name) {
  return name.starts_with("lan") && is_number(name.substr(3));
}

// Lines of `ioscan -fnkC lan`: class, instance, hardware path, driver, …
std::map<std::string, std::string> drivers_by_path(const std::string& text) {
  std::map<std::string, std::string> drivers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const Words words = words_of(line);
    if (words.size() >= 4 && words[0] == "lan" && is_number(words[1])) drivers[words[2]] = words[3];
  }
  return drivers;
}

// What nettl calls it. Up to 11.00 one subsystem, NS_LS_DRIVER, stands for drivers without one of their own.
std::string subsystem_of(const std::string& driver, const std::vector<std::string>& subsystems,
                         const std::string& release) {
  const std::string name = upper_case(driver);
  if (name.empty() || subsystems.empty() || has(subsystems, name)) return name;
  const bool generic = release.starts_with("B.10") || release.starts_with("B.11.0");
  return generic && has(subsystems, "NS_LS_DRIVER") ? "NS_LS_DRIVER" : std::string();
}

// `netstat -rn`: columns differ by release; the interface is one of its words, perhaps with the number of a
// further address behind it (lan0:1).
void mark_default(const std::string& text, std::vector<HostInterface>& interfaces) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const Words words = words_of(line);
    if (words.empty() || (words[0] != "default" && words[0] != "0.0.0.0")) continue;
    for (auto& interface : interfaces) {
      const auto names = [&](const std::string& word) {
        return word.substr(0, word.find(':')) == interface.name;
      };
      if (std::ranges::none_of(words, names)) continue;
      interface.is_default = true;
      return;
    }
  }
}

// `df -P -k`: a line of headings, then device, 1024-byte blocks, used, available, …
std::uint64_t free_bytes(const std::string& text) {
  const auto line = text.find('\n');
  if (line == std::string::npos) return 0;
  const Words words = words_of(text.substr(line + 1));
  if (words.size() < 4 || !is_number(words[3])) return 0;
  std::uint64_t kib = 0;
  const std::string& free = words[3];
  const auto read = std::from_chars(free.data(), free.data() + free.size(), kib);
  if (read.ec != std::errc{} || kib > UINT64_MAX / 1024) return 0;
  return std::max<std::uint64_t>(kib * 1024, 1);  // 0 means that nobody knows
}

// What a command prints; nothing where it is missing or fails.
class Answers {
 public:
  explicit Answers(CommandRunner& runner) : runner_(runner) {}
  std::string text(const CommandLine& command) const {
    const auto output = runner_.run(command, std::chrono::seconds(20));
    return output && output->exit_status == 0 ? output->out : std::string();
  }
  std::string line(const CommandLine& command) const {
    const std::string all = text(command);
    return all.substr(0, all.find('\n'));
  }

 private:
  CommandRunner& runner_;
};

void tell_rights(const std::string& user, HostFacts& facts) {
  facts.root = user == "0";
  facts.elevated = facts.root && !facts.tool.empty();
  if (facts.tool.empty()) {
    facts.rights = "nettl is not there: it comes with HP-UX";
  } else {
    // nettl(1M): effective user id 0 for everything but -status.
    facts.rights = facts.root ? "root" : "missing: nettl traces for root only";
  }
}

}  // namespace

bool is_old_release(const std::string& release) {
  return release.starts_with("B.10") || release.starts_with("B.11.0") || release.starts_with("B.11.1");
}

std::vector<std::string> read_subsystems(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    if (!is_number(word) && std::ranges::all_of(word, fits) && !has(names, word)) names.push_back(word);
  }
  return names;
}

std::vector<HostInterface> read_cards(const std::string& lanscan, const std::string& ioscan,
                                      const std::vector<std::string>& subsystems,
                                      const std::string& release) {
  const auto drivers = drivers_by_path(ioscan);
  std::vector<HostInterface> cards;
  std::istringstream lines(lanscan);
  for (std::string line; std::getline(lines, line);) {
    const Words words = words_of(line);
    const auto name = std::find_if(words.begin(), words.end(), is_card);
    if (name == words.end() || name - words.begin() < 2) continue;
    HostInterface card;
    card.name = *name;
    card.up = std::find(words.begin(), name, "UP") != name;
    card.mac = station_address(words[1]);
    if (has(words, "ETHER")) card.link_type = "EN10MB";
    if (const auto driver = drivers.find(words[0]); driver != drivers.end())
      card.driver = subsystem_of(driver->second, subsystems, release);
    cards.push_back(std::move(card));
  }
  return cards;
}

Result<HostFacts> probe(CommandRunner& runner) {
  HostFacts facts;
  const auto system = system_of(runner);
  if (!system) return fail(system.error());
  facts.os = *system;
  facts.shell = "/usr/bin/sh";
  if (facts.os != "hpux") {
    facts.rights = "not looked for: nettl is a tool of HP-UX";
    return facts;
  }
  const Answers answers(runner);
  facts.os_release = answers.line({"uname", "-r"});
  facts.hostname = answers.line({"uname", "-n"});
  facts.tool = runner.find_program("nettl");
  tell_rights(answers.line({"id", "-u"}), facts);
  facts.subsystems = read_subsystems(answers.text({"nettlconf", "-status"}));
  facts.interfaces = read_cards(answers.text({"lanscan"}), answers.text({"ioscan", "-fnkC", "lan"}),
                                facts.subsystems, facts.os_release);
  mark_default(answers.text({"netstat", "-rn"}), facts.interfaces);
  facts.spool = spool_folder;
  facts.spool_free = free_bytes(answers.text({"df", "-P", "-k", facts.spool}));
  return facts;
}

HostFacts assumed_facts() {
  HostFacts facts;
  facts.os = "hpux";
  facts.os_release = "B.11.31";
  facts.tool = "/usr/sbin/nettl";
  facts.shell = "/usr/bin/sh";
  facts.elevated = true;
  facts.root = true;
  facts.rights = "root (assumed)";
  return facts;
}

}  // namespace anchoko::nettl
