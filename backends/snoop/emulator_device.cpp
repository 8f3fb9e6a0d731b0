#include "backends/snoop/emulator_device.h"

#include <cctype>
#include <sstream>

namespace anchoko::snoop::emulated {
namespace {

bool is_loopback(const std::string& name) {
  return name.starts_with("lo") && name.find_first_not_of("0123456789", 2) == std::string::npos;
}

// Setting `privileges WORD…` is what a user has who is not root.
bool may(const lab::EmulatedHost& host, const std::string& privilege) {
  if (host.is_root()) return true;
  std::istringstream words(host.setting("privileges").value_or(""));
  for (std::string word; words >> word;)
    if (word == privilege) return true;
  return false;
}

Error cannot_open(const std::string& shown, const std::string& why) {
  return make_error(ErrorKind::failed, "cannot open \"" + shown + "\": " + why);
}

Result<std::size_t> default_interface(const lab::EmulatedHost& host, const Release& release,
                                      std::string& warning) {
  const auto& all = host.interfaces();
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_virtual = all[i].name.find(':') != std::string::npos;
    if (is_loopback(all[i].name) || is_virtual) continue;
    if (!all[i].addresses.empty()) return i;
    if (!first) first = i;
  }
  if (release.solaris10()) return fail(ErrorKind::failed, "No network interface devices found");
  if (!first) return fail(ErrorKind::failed, "no datalinks found");
  warning = "snoop: WARNING: no datalinks plumbed for IP traffic, using \"" + all[*first].name + "\"\n";
  return *first;
}

Result<std::size_t> find(const lab::EmulatedHost& host, const std::string& name, const Release& release,
                         const std::string& shown) {
  const auto& all = host.interfaces();
  // On Solaris 10 the unit is what the trailing digits say, and loopback is no device.
  const bool named =
      !release.solaris10() ||
      (!name.empty() && std::isdigit(static_cast<unsigned char>(name.back())) && !is_loopback(name));
  for (std::size_t i = 0; named && i < all.size(); ++i)
    if (all[i].name == name) return i;
  return fail(cannot_open(shown, release.missing_text));
}

}  // namespace

Result<Device> open_device(const lab::EmulatedHost& host, const Options& options, const Release& release) {
  Device device;
  std::string name;
  if (options.ip_interface) {
    name = *options.ip_interface;
  } else if (options.device) {
    name = *options.device;
  } else {
    auto chosen = default_interface(host, release, device.warning);
    if (!chosen) return fail(std::move(chosen.error()));
    name = host.interfaces()[*chosen].name;
  }
  device.shown = options.ip_interface ? "ipnet/" + name : release.solaris10() ? "/dev/" + name : name;
  auto found = find(host, name, release, device.shown);
  if (!found) return fail(std::move(found.error()));
  device.index = *found;
  device.loopback = is_loopback(name);
  const bool ipnet = options.ip_interface || device.loopback;
  if (options.ip_interface && host.interfaces()[device.index].addresses.empty())
    return fail(cannot_open(device.shown, release.missing_text));
  if (ipnet) device.medium = Medium::ipnet;
  if (host.fault("snoop-not-root") || !may(host, ipnet ? "net_observability" : "net_rawaccess"))
    return fail(cannot_open(device.shown, release.denied_text));
  if (host.fault("snoop-busy")) return fail(cannot_open(device.shown, "Device busy"));
  if (options.promiscuous && !options.promiscuity_may_fail && host.fault("snoop-no-promiscuity"))
    return fail(ErrorKind::failed,
                "cannot set promiscuous mode on \"" + device.shown + "\": DL_PROMISCON_REQ failed");
  return device;
}

}  // namespace anchoko::snoop::emulated
