#include "backends/nettl/emulator_facts.h"

#include <algorithm>
#include <charconv>

namespace anchoko::nettl::emulated {
namespace {

const Fact* find(std::string_view name) {
  const auto all = facts();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Fact& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_reading(const Fact& fact, std::string_view value) {
  for (auto rest = fact.values; !rest.empty();) {
    const auto end = std::min(rest.find('|'), rest.size());
    const auto one = rest.substr(0, end);
    if (one == value || (one == "#" && is_number(value))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace

std::string reading(const lab::EmulatedHost& host, std::string_view fact) {
  const Fact* known = find(fact);
  return host.fact(fact, known ? known->otherwise : std::string_view());
}

bool reads(const lab::EmulatedHost& host, std::string_view fact, std::string_view value) {
  return reading(host, fact) == value;
}

std::uint32_t number_of(const lab::EmulatedHost& host, std::string_view fact, std::uint32_t otherwise) {
  const std::string text = reading(host, fact);
  std::uint32_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Result<void> check_facts(const lab::EmulatedHost& host) {
  for (const Fact& fact : facts()) {
    const std::string value = reading(host, fact.name);
    if (value == fact.otherwise || is_reading(fact, value)) continue;
    return fail(ErrorKind::usage, "fact " + std::string(fact.name) + " has no reading '" + value +
                                      "', only " + std::string(fact.values));
  }
  return {};
}

Result<Edition> edition_of(const lab::EmulatedHost& host) {
  using Release = Edition::Release;
  Edition edition;
  const std::string& name = host.release();
  if (name == "B.10.20") {
    edition.release = Release::hpux10_20;
  } else if (name == "B.11.00") {
    edition.release = Release::hpux11_00;
  } else if (name == "B.11.11") {
    edition.release = Release::v1;
  } else if (name == "B.11.23") {
    edition.release = Release::v2;
  } else if (name == "B.11.31") {
    edition.release = Release::v3;
  } else {
    return fail(ErrorKind::usage, "release '" + name + "' has no nettl here",
                "B.10.20, B.11.00, B.11.11, B.11.23 or B.11.31");
  }
  edition.newest = reads(host, "nettl-edition", "newest");
  if (edition.has_buffer_options()) {
    edition.usual_tracemax = 1024;
    edition.least_tracemax = 128;
    edition.most_tracemax = 1048576;
  }
  if (edition.release < Release::v1) {
    edition.suffix_digits = 1;
  } else if (edition.release == Release::v1 && !edition.newest) {
    edition.suffix_digits = 2;
  }
  edition.suffix_digits = number_of(host, "nettl-suffix-digits", edition.suffix_digits);
  edition.record_header = edition.release == Release::hpux10_20 ? 64 : 68;
  return edition;
}

}  // namespace anchoko::nettl::emulated
