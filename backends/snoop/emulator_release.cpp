#include "backends/snoop/emulator_release.h"

#include <cstdlib>
#include <initializer_list>
#include <optional>

namespace anchoko::snoop::emulated {
namespace {

// Reads facts and keeps the first wrong one.
class Facts {
 public:
  explicit Facts(const lab::EmulatedHost& host) : host_(host) {}

  std::string one_of(std::string_view name, std::string_view otherwise,
                     std::initializer_list<std::string_view> values) {
    std::string value = host_.fact(name, otherwise);
    for (const auto& known : values)
      if (value == known) return value;
    wrong(name, value);
    return std::string(otherwise);
  }
  bool is(std::string_view name, std::string_view yes, std::string_view no, bool otherwise) {
    return one_of(name, otherwise ? yes : no, {yes, no}) == yes;
  }
  double number(std::string_view name, const char* otherwise) {
    const std::string value = host_.fact(name, otherwise);
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != 0 || number < 0) wrong(name, value);
    return number;
  }
  const std::optional<std::string>& error() const { return error_; }

 private:
  void wrong(std::string_view name, const std::string& value) {
    if (!error_) error_ = "fact " + std::string(name) + ": '" + value + "' is none of its values";
  }

  const lab::EmulatedHost& host_;
  std::optional<std::string> error_;
};

std::optional<System> system_of(const lab::EmulatedHost& host) {
  if (host.release() == "5.10") return System::solaris10;
  if (host.release() != "5.11") return std::nullopt;
  const std::string variant = host.setting("variant").value_or("solaris11");
  if (variant == "solaris11") return System::solaris11;
  if (variant == "illumos") return System::illumos;
  return std::nullopt;
}

void read_language(Facts& facts, Release& release) {
  const bool ten = release.solaris10();
  release.tags = !ten || facts.is("snoop-s10-vlan", "yes", "no", false);
  release.net_swapped = ten && facts.is("snoop-s10-net", "swapped", "right", true);
  release.pppoe_live_broken = facts.is("snoop-pppoe-live", "broken", "works", !ten);
  release.ipnet_families_broken = facts.is("snoop-ipnet-userland", "never", "works", true);
  release.length_frames_pass = facts.is("snoop-length-frames", "pass", "reject", true);
  release.signed_values = facts.is("snoop-compare", "signed", "unsigned", false);
  release.overflow_rejects_all = facts.is("snoop-stack-overflow", "every-packet", "when-reached", true);
  release.nanoseconds_a_path = facts.number("snoop-compile-ns", "7");
}

}  // namespace

Result<Release> release_of(const lab::EmulatedHost& host) {
  const auto system = system_of(host);
  if (!system)
    return fail(ErrorKind::usage, "release '" + host.release() + "' has no snoop here",
                "release 5.10, or 5.11 with variant solaris11 or illumos");
  Facts facts(host);
  Release release;
  release.system = *system;
  const bool illumos = *system == System::illumos;
  release.newer_illumos = illumos && facts.is("snoop-illumos-year", "2023", "2018", true);
  read_language(facts, release);
  release.user_option =
      illumos || (*system == System::solaris11 && facts.is("snoop-option-u", "known", "unknown", false));
  const bool eleven_takes_text = facts.is("snoop-option-f", "expression", "unknown", true);
  release.filter_option = release.newer_illumos                               ? "flag"
                          : *system != System::solaris11 || eleven_takes_text ? "expression"
                                                                              : "unknown";
  release.pad = facts.is("snoop-pad", "8", "4", true) ? 8 : 4;
  release.lazy_header = facts.is("snoop-file-header", "lazy", "whole", !release.newer_illumos);
  release.unique_times = facts.is("snoop-times", "unique", "as-taken", true);
  release.denied_text = host.fact("snoop-denied-text", "Permission denied");
  release.missing_text = host.fact(
      "snoop-missing-text", release.solaris10() ? "No such file or directory" : "DLPI link does not exist");
  release.audio = facts.is("snoop-audio", "yes", "no", false);
  if (facts.error()) return fail(ErrorKind::usage, *facts.error());
  return release;
}

}  // namespace anchoko::snoop::emulated
