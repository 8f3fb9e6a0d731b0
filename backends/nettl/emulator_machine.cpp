#include "backends/nettl/emulator_machine.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "backends/nettl/emulator_subsystems.h"

namespace anchoko::nettl::emulated {
namespace {

struct Lan {
  std::uint32_t number = 0;
  std::string path, name, station, driver;
};

// Loopback and whatever is not called lanN is no card.
Result<std::vector<Lan>> lans_of(const lab::EmulatedHost& host) {
  auto edition = edition_of(host);
  if (!edition) return fail(std::move(edition.error()));
  const auto drivers = drivers_of(host, *edition);
  std::vector<Lan> lans;
  for (std::size_t i = 0; i < host.interfaces().size(); ++i) {
    const auto& interface = host.interfaces()[i];
    const auto number = interface_number(interface.name);
    if (!interface.name.starts_with("lan") || !number || !drivers[i]) continue;
    Lan lan{*number, "0/1/" + std::to_string(*number) + "/0", interface.name, "0x",
            std::string(drivers[i]->name)};
    char part[4];
    for (const auto one : interface.mac) {
      std::snprintf(part, sizeof part, "%02X", static_cast<unsigned>(one));
      lan.station += part;
    }
    for (char& c : lan.driver)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (lan.driver == "ns_ls_driver") lan.driver = "lan2";  // the old generic driver's name in ioscan
    lans.push_back(std::move(lan));
  }
  return lans;
}

std::string lanscan_table(const std::vector<Lan>& lans) {
  std::string text =
      "Hardware Station        Crd Hdw   Net-Interface  NM  MAC       HP-DLPI DLPI\n"
      "Path     Address        In# State NamePPA        ID  Type      Support Mjr#\n";
  char line[160];
  for (const auto& lan : lans) {
    std::snprintf(line, sizeof line, "%-8s %-14s %-3u UP    lan%u snap%-6u %-3u ETHER     Yes     119\n",
                  lan.path.c_str(), lan.station.c_str(), lan.number, lan.number, lan.number, lan.number + 1);
    text += line;
  }
  return text;
}

struct ScanOptions {
  bool full = false, files = false;
  std::string driver, type;
};

std::optional<ScanOptions> scan_options(std::span<const std::string> words, std::string& err) {
  ScanOptions options;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.size() < 2 || word[0] != '-') {
      err += "ioscan: unexpected argument " + word + "\n";
      return std::nullopt;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      if (letter == 'f') {
        options.full = true;
      } else if (letter == 'n') {
        options.files = true;
      } else if (letter == 'C' || letter == 'd') {
        std::string value = word.substr(i + 1);
        if (value.empty() && at + 1 < words.size()) value = words[++at];
        (letter == 'C' ? options.type : options.driver) = value;
        if (!value.empty()) break;
        err += std::string("ioscan: option requires an argument -- ") + letter + "\n";
        return std::nullopt;
      } else if (letter != 'k' && letter != 'u') {
        err += std::string("ioscan: illegal option -- ") + letter + "\n";
        return std::nullopt;
      }
    }
  }
  return options;
}

}  // namespace

int run_lanscan(const lab::EmulatedHost& host, std::span<const std::string> words, std::string& out,
                std::string& err) {
  auto lans = lans_of(host);
  if (!lans) {
    err += "lanscan: " + lans.error().message + "\n";
    return 1;
  }
  std::string letters;
  for (const auto& word : words.subspan(1)) {
    if (word.size() < 2 || word[0] != '-' || word.find_first_not_of("ainmp", 1) != std::string::npos) {
      err += "lanscan: illegal option or argument -- " + word + "\n";
      return 1;
    }
    letters += word.substr(1);
  }
  if (letters.empty()) {
    out += lanscan_table(*lans);
    return 0;
  }
  for (const auto& lan : *lans) {
    std::string line;
    const auto add = [&](char letter, const std::string& text) {
      if (letters.find(letter) != std::string::npos) line += (line.empty() ? "" : " ") + text;
    };
    add('p', std::to_string(lan.number));
    add('n', std::to_string(lan.number + 1));
    add('i', lan.name + " snap" + std::to_string(lan.number));
    add('a', lan.station);
    add('m', "ETHER");
    out += line + "\n";
  }
  return 0;
}

int run_ioscan(const lab::EmulatedHost& host, std::span<const std::string> words, std::string& out,
               std::string& err) {
  auto lans = lans_of(host);
  if (!lans) {
    err += "ioscan: " + lans.error().message + "\n";
    return 1;
  }
  const auto options = scan_options(words.subspan(1), err);
  if (!options) return 1;
  std::string text = options->full ? "Class     I  H/W Path  Driver S/W State   H/W Type     Description\n"
                                   : "H/W Path      Class                         Description\n";
  text += std::string(71, '=') + "\n";
  char line[200];
  for (const auto& lan : *lans) {
    const bool meant = (options->driver.empty() || options->driver == lan.driver) &&
                       (options->type.empty() || options->type == "lan");
    if (!meant) continue;
    if (options->full) {
      std::snprintf(line, sizeof line, "lan       %-2u %-9s %-6s   CLAIMED     INTERFACE    HP PCI LAN\n",
                    lan.number, lan.path.c_str(), lan.driver.c_str());
    } else {
      std::snprintf(line, sizeof line, "%-13s lan                           HP PCI LAN\n", lan.path.c_str());
    }
    text += line;
    if (options->files) text += "                         /dev/" + lan.name + "\n";
  }
  out += text;
  return 0;
}

}  // namespace anchoko::nettl::emulated
