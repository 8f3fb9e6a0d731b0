#include "backends/iptrace/emulator_probes.h"

#include <cstdio>

#include "backends/iptrace/emulator_log.h"
#include "backends/iptrace/emulator_options.h"
#include "backends/iptrace/emulator_state.h"
#include "core/base/hex.h"

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;

int refuse(const char* tool, const std::string& text, const char* usage) {
  if (!text.empty()) std::fprintf(stderr, "%s: %s\n", tool, text.c_str());
  std::fputs(usage, stderr);
  return 1;
}

}  // namespace

// 7.2.0.0; -r: 7200-05; -s: 7200-05-03-2136. host.conf may say the last one whole: `oslevel 7200-05-03-2136`.
int run_oslevel(EmulatedHost& host, std::span<const std::string> words) {
  const auto split = split_words(words.subspan(1), "rs");
  if (!split || !split->operands.empty() || split->options.size() > 1)
    return refuse("oslevel", split ? "" : split.error().message, "Usage: oslevel [-r | -s]\n");
  const int level = release_level(host);
  if (split->options.empty()) {
    std::printf("%d.%d.0.0\n", level / 10, level % 10);
    return 0;
  }
  const auto whole = host.setting("oslevel").value_or(std::to_string(level) + "00-00-00-0000");
  const bool shortly = split->options[0].first == 'r';
  std::printf("%s\n", (shortly ? whole.substr(0, 7) : whole).c_str());
  return 0;
}

// The name of iptrace's extension is not documented; only that one stays behind is.
int run_genkex(EmulatedHost& host, std::span<const std::string> words) {
  if (words.size() != 1) return refuse("genkex", "", "Usage: genkex\n");
  std::puts("Text address     Size File\n");
  if (extension_is_loaded(host))
    std::printf("%16x %8x %s\n", 0x5240000, 0x5000,
                host.fact("iptrace-extension-file", "/usr/lib/drivers/iptrace_kext").c_str());
  std::printf("%16x %8x %s\n", 0x4610000, 0x98000, "/usr/lib/drivers/netinet");
  return 0;
}

int run_lsdev(EmulatedHost& host, std::span<const std::string> words) {
  const auto split = split_words(words.subspan(1), "Cc:");
  constexpr char usage[] = "Usage: lsdev -C [-c Class]\n";
  if (!split || !split->operands.empty()) return refuse("lsdev", split ? "" : split.error().message, usage);
  std::string device_class = "if";
  bool customized = false;
  for (const auto& [letter, value] : split->options) {
    customized = customized || letter == 'C';
    if (letter == 'c') device_class = value;
  }
  if (!customized) return refuse("lsdev", "", usage);
  for (const auto& interface : host.interfaces()) {
    const auto identity = identity_of(interface.name);
    if (device_class == "if")
      std::printf("%-4s Available  %s Network Interface\n", interface.name.c_str(),
                  identity.type == type_loopback ? "Loopback" : "Standard Ethernet");
    if (device_class == "adapter" && identity.type != type_loopback)
      std::printf("ent%-2d Available  Virtual I/O Ethernet Adapter (l-lan)\n", identity.unit);
  }
  return 0;
}

int run_entstat(EmulatedHost& host, std::span<const std::string> words) {
  const auto split = split_words(words.subspan(1), "drt");
  if (!split || split->operands.size() != 1)
    return refuse("entstat", split ? "" : split.error().message, "Usage: entstat [-drt] Device_Name\n");
  const auto& asked = split->operands[0];
  for (const auto& interface : host.interfaces()) {
    const auto identity = identity_of(interface.name);
    const auto adapter = "ent" + std::to_string(identity.unit);
    if (identity.type == type_loopback || (asked != interface.name && asked != adapter)) continue;
    std::printf("-------------------------------------------------------------\nETHERNET STATISTICS (%s) :\n",
                asked.c_str());
    std::printf("Device Type: Virtual I/O Ethernet Adapter (l-lan)\nHardware Address: %s\n",
                hex(std::as_bytes(std::span(interface.mac)), ":").c_str());
    return 0;
  }
  std::fprintf(stderr, "entstat: Unable to connect to device %s, errno = 19\n", asked.c_str());
  return 1;
}

// Only what lists everything: `ifconfig -a`. host.conf tells no masks.
int run_ifconfig(EmulatedHost& host, std::span<const std::string> words) {
  if (words.size() != 2 || words[1] != "-a") return refuse("ifconfig", "", "Usage: ifconfig -a\n");
  for (const auto& interface : host.interfaces()) {
    const bool loopback = identity_of(interface.name).type == type_loopback;
    std::printf("%s: flags=%s>\n", interface.name.c_str(),
                loopback ? "e08084b,c0<UP,BROADCAST,LOOPBACK,RUNNING,SIMPLEX,MULTICAST,GROUPRT,64BIT,CHAIN"
                         : "1e084863,480<UP,BROADCAST,NOTRAILERS,RUNNING,SIMPLEX,MULTICAST,GROUPRT,64BIT");
    for (const auto& address : interface.addresses) {
      if (address.find(':') != std::string::npos)
        std::printf("\tinet6 %s/64\n", address.c_str());
      else
        std::printf("\tinet %s netmask %s\n", address.c_str(), loopback ? "0xff000000" : "0xffffff00");
    }
  }
  return 0;
}

// `default-route INTERFACE|none` of host.conf; the first one that is no loopback.
int run_netstat(EmulatedHost& host, std::span<const std::string> words) {
  const bool routes = words.size() == 2 ? words[1] == "-rn" || words[1] == "-nr"
                                        : words.size() == 3 && words[1] == "-r" && words[2] == "-n";
  if (!routes) return refuse("netstat", "", "Usage: netstat -rn\n");
  std::string chosen = host.setting("default-route").value_or("");
  for (const auto& interface : host.interfaces()) {
    if (chosen.empty() && identity_of(interface.name).type != type_loopback) chosen = interface.name;
  }
  std::puts("Routing tables\nDestination        Gateway           Flags   Refs     Use  If   Exp  Groups\n");
  std::puts("Route Tree for Protocol Family 2 (Internet):");
  if (chosen != "none")
    std::printf("default            192.0.2.1         UG        4     12345 %s      -      -\n",
                chosen.c_str());
  std::puts("127/8              127.0.0.1         U         6      1234 lo0      -      -");
  return 0;
}

}  // namespace anchoko::iptrace::emulated
