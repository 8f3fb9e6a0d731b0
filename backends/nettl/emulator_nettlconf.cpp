// nettlconf -status: what /etc/nettlgen.conf configures (reference section 3). Its output is not described
// there; ids and names it has.
#include <cstdio>

#include "backends/nettl/emulator_netfmt.h"
#include "backends/nettl/emulator_subsystems.h"

namespace anchoko::nettl::emulated {
namespace {

std::string subsystems_text(const lab::EmulatedHost& host, const Edition& edition) {
  const bool blocks = reads(host, "nettlconf-status-form", "blocks");
  std::string text = "SUBSYSTEM INFORMATION\n";
  if (!blocks) text += "ID     NAME                 CLASS\n";
  char line[128];
  for (const auto& one : subsystems_of(host, edition)) {
    if (one.name == linkall) continue;
    const std::string name(one.name);
    if (blocks) {
      std::snprintf(line, sizeof line, "\nID:        %u\nName:      %s\nClass:     12\n",
                    static_cast<unsigned>(one.id), name.c_str());
    } else {
      std::snprintf(line, sizeof line, "%-6u %-20s 12\n", static_cast<unsigned>(one.id), name.c_str());
    }
    text += line;
  }
  return text;
}

}  // namespace

int run_nettlconf(const lab::EmulatedHost& host, std::span<const std::string> words, std::string& out,
                  std::string& err) {
  const auto wrong = [&](const std::string& text) {
    err += "nettlconf: " + text + "\n";
    return static_cast<int>(number_of(host, "nettl-error-exit", 1));
  };
  if (auto known = check_facts(host); !known) return wrong(known.error().message);
  auto edition = edition_of(host);
  if (!edition) return wrong(edition.error().message);
  if (host.fault("nettl-damaged-conf")) return wrong("/etc/nettlgen.conf: the configuration file is damaged");
  if (words.size() < 2 || words[1] != "-status")
    return wrong(words.size() < 2 ? "missing option" : "unknown option " + words[1]);
  const std::string what = words.size() > 2 ? words[2] : "all";
  if (words.size() > 3 || (what != "log" && what != "ss" && what != "all"))
    return wrong("unexpected argument " + words.back());
  if (what != "ss") {
    out += "LOGGING INFORMATION\nLog file:      /var/adm/nettl\nLog size:      1000\nConsole:       On\n";
    out += "Options file:  /var/adm/conslog.opts\n\n";
  }
  if (what != "log") out += subsystems_text(host, *edition);
  return 0;
}

}  // namespace anchoko::nettl::emulated
