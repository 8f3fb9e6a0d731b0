#include "backends/snoop/emulator_host_tools.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <vector>

#include <signal.h>

#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {
namespace {

bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}
bool is_loopback(const lab::HostInterface& one) {
  return one.name.starts_with("lo");
}
std::string in_hex(const lab::MacAddress& mac) {
  std::string text;
  for (const auto part : mac) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%x", part);
    text += (text.empty() ? "" : ":") + std::string(digits);
  }
  return text;
}
std::string network_of(const std::string& address) {  // host.conf tells no prefix lengths: 24
  return address.substr(0, address.rfind('.'));
}

void show_interface(const lab::HostInterface& one, std::size_t number, bool four, bool six, bool root) {
  std::size_t shown = 0;
  for (const auto& address : one.addresses) {
    if (is_ipv6(address) ? !six : !four) continue;
    const std::string name = one.name + (shown == 0 ? "" : ":" + std::to_string(shown));
    ++shown;
    const char* family = is_ipv6(address) ? "IPv6" : "IPv4";
    if (is_loopback(one)) {
      std::printf("%s: flags=2001000849<UP,LOOPBACK,RUNNING,MULTICAST,%s,VIRTUAL> mtu 8232 index %zu\n",
                  name.c_str(), family, number);
      std::printf(is_ipv6(address) ? "\tinet6 %s/128 \n" : "\tinet %s netmask ff000000 \n", address.c_str());
    } else if (is_ipv6(address)) {
      std::printf("%s: flags=2004841<UP,RUNNING,MULTICAST,DHCP,IPv6> mtu 1500 index %zu\n\tinet6 %s/64 \n",
                  name.c_str(), number, address.c_str());
    } else {
      std::printf("%s: flags=1000843<UP,BROADCAST,RUNNING,MULTICAST,IPv4> mtu 1500 index %zu\n", name.c_str(),
                  number);
      std::printf("\tinet %s netmask ffffff00 broadcast %s.255\n", address.c_str(),
                  network_of(address).c_str());
    }
    if (root && !is_loopback(one) && shown == 1) std::printf("\tether %s \n", in_hex(one.mac).c_str());
  }
}

// Solaris 10 knows no net_observability (it came with ipnet, reference, sections 1 and 9).
std::vector<std::string> known_privileges(const Release& release) {
  std::vector<std::string> all{
      "file_dac_read", "file_dac_write", "file_link_any", "net_access",    "net_icmpaccess", "net_privaddr",
      "net_rawaccess", "proc_exec",      "proc_fork",     "proc_info",     "proc_owner",     "proc_session",
      "proc_setid",    "sys_admin",      "sys_config",    "sys_ip_config", "sys_net_config"};
  if (!release.solaris10()) all.emplace_back("net_observability");
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

int ppriv_usage() {
  std::fputs("usage:\tppriv [-v] [-S] [-D|-N] [-M] [-s spec] { pid | core } ...\n", stderr);
  return 2;
}

}  // namespace

int run_ifconfig(lab::EmulatedHost& host, std::span<const std::string> words) {
  const std::string what = words.size() == 2 ? words[1] : "";
  const bool all = what == "-a" || what == "-a4" || what == "-a6";
  if (what.empty() || (what[0] == '-' && !all)) {
    std::fputs("usage: ifconfig <interface> | -a[ 4 | 6 | D ] [ <af> ] [ <address> ] ...\n", stderr);
    return 1;
  }
  bool found = all;
  for (const bool six : {false, true}) {
    std::size_t number = 0;
    for (const auto& one : host.interfaces()) {
      ++number;
      if (!all && one.name != what) continue;
      found = true;
      show_interface(one, number, !six && what != "-a6", six && what != "-a4", host.is_root());
    }
  }
  if (found) return 0;
  std::fprintf(stderr, "ifconfig: status: SIOCGLIFFLAGS: %s: no such interface\n", what.c_str());
  return 1;
}

int run_netstat(lab::EmulatedHost& host, std::span<const std::string> words) {
  const auto release = release_of(host);
  if (!release) {
    std::fprintf(stderr, "anchoko-lab: %s\n", release.error().message.c_str());
    return exit_status(release.error().kind);
  }
  const std::string options = words.size() == 2 ? words[1] : "";
  if (options != "-rn" && options != "-nr") {
    std::fputs("usage: netstat [-anv] [-f address_family]\n       netstat [-n] -r ...\n", stderr);
    return 1;
  }
  const bool shown =
      host.fact("solaris-route-interface", release->solaris10() ? "blank" : "shown") == "shown";
  const std::string chosen = host.setting("default-route").value_or("");
  std::printf(
      "\nRouting Table: IPv4\n  Destination           Gateway           Flags  Ref     Use     Interface \n"
      "-------------------- -------------------- ----- ----- ---------- --------- \n");
  const auto row = [](const std::string& to, const std::string& by, const char* flags,
                      const std::string& name) {
    std::printf("%-20s %-20s %-5s %5d %10d %-9s \n", to.c_str(), by.c_str(), flags, 2, 40, name.c_str());
  };
  bool routed = chosen == "none";
  for (const auto& one : host.interfaces()) {
    if (routed || is_loopback(one) || (!chosen.empty() && one.name != chosen)) continue;
    for (const auto& address : one.addresses) {
      if (routed || is_ipv6(address)) continue;
      row("default", network_of(address) + ".1", "UG", shown ? one.name : "");
      routed = true;
    }
  }
  for (const auto& one : host.interfaces()) {
    for (const auto& address : one.addresses) {
      if (!is_ipv6(address))
        row(is_loopback(one) ? address : network_of(address) + ".0", address, is_loopback(one) ? "UH" : "U",
            one.name);
    }
  }
  return 0;
}

// Without -v sets have short names; what a process has is what its user has.
int run_ppriv(lab::EmulatedHost& host, std::span<const std::string> words) {
  const auto release = release_of(host);
  if (!release) {
    std::fprintf(stderr, "anchoko-lab: %s\n", release.error().message.c_str());
    return exit_status(release.error().kind);
  }
  bool long_names = false;
  std::size_t at = 1;
  for (; at < words.size() && words[at].starts_with('-'); ++at) {
    if (words[at] != "-v" && words[at] != "-S") return ppriv_usage();
    long_names = long_names || words[at] == "-v";
  }
  if (at == words.size()) return ppriv_usage();
  const std::string all = long_names ? joined(known_privileges(*release)) : "all";
  std::vector<std::string> own{"basic"};
  if (long_names)
    own = {"file_link_any", "net_access", "proc_exec", "proc_fork", "proc_info", "proc_session"};
  std::istringstream given(host.setting("privileges").value_or(""));
  for (std::string word; given >> word;) own.push_back(word);
  int status = 0;
  for (; at < words.size(); ++at) {
    const int pid = std::atoi(words[at].c_str());
    if (pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH)) {
      std::fprintf(stderr, "ppriv: cannot examine %s: no such process\n", words[at].c_str());
      status = 1;
      continue;
    }
    std::printf("%d:\tsh\nflags = <none>\n", pid);
    // Root inherits no more than others, and has all.
    const std::string basic =
        long_names ? "file_link_any,net_access,proc_exec,proc_fork,proc_info,proc_session" : "basic";
    const std::string has = host.is_root() ? all : joined(own);
    std::printf("\tE: %s\n\tI: %s\n\tP: %s\n\tL: %s\n", has.c_str(),
                host.is_root() ? basic.c_str() : has.c_str(), has.c_str(), all.c_str());
  }
  return status;
}

}  // namespace anchoko::snoop::emulated
