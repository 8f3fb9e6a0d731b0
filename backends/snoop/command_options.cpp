// What each option asks for (reference: section 1).
#include <algorithm>
#include <cstdlib>
#include <map>

#include "backends/snoop/command.h"
#include "core/backend/option_uses.h"

namespace anchoko::snoop {
namespace {

struct Row {
  char letter;
  const char* argument;
};
constexpr Row rows[] = {{'a', ""},
                        {'c', "COUNT"},
                        {'C', ""},
                        {'d', "LINK"},
                        {'D', ""},
                        {'f', ""},
                        {'i', "FILE"},
                        {'I', "INTERFACE"},
                        {'n', "FILE"},
                        {'N', ""},
                        {'o', "FILE"},
                        {'O', "PREFIX:COUNT:SIZE"},
                        {'p', "FIRST[,LAST]"},
                        {'P', ""},
                        {'q', ""},
                        {'r', ""},
                        {'s', "BYTES"},
                        {'S', ""},
                        {'t', "r|a|d"},
                        {'U', ""},
                        {'v', ""},
                        {'V', ""},
                        {'x', "OFFSET[,LENGTH]"},
                        {'z', "ZONE"}};

std::vector<OptionSpec> make_options() {
  std::vector<OptionSpec> options;
  for (const auto& row : rows) {
    OptionSpec spec;
    spec.id = std::string("-") + row.letter;
    spec.letter = row.letter;
    spec.argument = row.argument;
    if (const CribOption* entry = crib_table().option(spec.id)) spec.since = entry->since;
    options.push_back(std::move(spec));
  }
  return options;
}

enum class Age { any, solaris10, solaris11, illumos };

Age age_of(const std::string& version) {
  if (version.empty()) return Age::any;
  if (version.starts_with("illumos")) return Age::illumos;
  return version.ends_with("10") ? Age::solaris10 : Age::solaris11;
}

class Values {
 public:
  Values(NativeCommand& command, const std::string& version)
      : command_(command), model_(command.model), version_(version), age_(age_of(version)) {}

  void apply(const ScannedOption& option) {
    check_age(option);
    const std::string& id = option.spec->id;
    if (id == "-c") {
      count(option);
    } else if (id == "-C") {
      model_.activity = CommandActivity::show_filter_code;
    } else if (id == "-d" || id == "-I") {
      link(option);
    } else if (id == "-i") {
      model_.read_file = option.value;
    } else if (id == "-o") {
      output(option);
    } else if (id == "-O") {
      ring(option);
    } else if (id == "-P") {
      model_.promiscuous = false;
    } else if (id == "-s") {
      snaplen(option);
    } else {
      checked(option);
      model_.other.push_back({id, option.value});
    }
  }

  void finish() {
    sort_by_table(model_.other, command_options());
    if (!model_.read_file.empty() && model_.activity == CommandActivity::capture)
      model_.activity = CommandActivity::read;
  }

 private:
  void problem(const char* id, TextRange where, std::vector<std::string> values) {
    command_.problems.push_back({id, where, std::move(values), {}});
  }

  void check_age(const ScannedOption& option) {
    const std::string& since = option.spec->since;
    const bool too_new = (age_ == Age::solaris10 && !since.empty()) ||
                         (age_ == Age::solaris11 && since.starts_with("illumos"));
    if (too_new) problem("option-of-release", option.where, {option.spec->id, since, version_});
  }

  // atoi(3): what is no number is 0, and what follows one is forgotten.
  long long number(const ScannedOption& option) {
    const auto value = static_cast<std::int32_t>(
        static_cast<std::uint32_t>(std::strtoll(option.value.c_str(), nullptr, 10)));
    if (std::to_string(value) != option.value)
      problem("number-tail", option.value_where, {option.value, std::to_string(value)});
    return value;
  }

  void count(const ScannedOption& option) {
    const long long value = number(option);
    if (value <= 0) {
      problem("bad-count", option.value_where, {option.value});
    } else {
      model_.packets = static_cast<std::uint64_t>(value);
    }
  }

  void snaplen(const ScannedOption& option) {
    const long long value = number(option);
    if (value < 0) {
      problem("bad-snaplen", option.value_where, {option.value});
    } else {
      model_.snaplen = static_cast<std::uint32_t>(value);
    }
  }

  // A usage error where both are given, or -I twice.
  void link(const ScannedOption& option) {
    const bool ip = option.spec->id == "-I";
    if (model_.link_type == "IPNET" || (ip && !model_.interface.empty()))
      problem("two-links", option.where, {});
    model_.interface = option.value;
    model_.link_type = ip ? "IPNET" : "";
  }

  // `-` is a name like any other.
  void output(const ScannedOption& option) {
    model_.write_file = option.value;
    if (option.value == "-") {
      model_.write_file = "./-";
      problem("dash-is-a-file", option.value_where, {});
    }
    if (option.value == "/dev/stdout" || option.value == "/dev/fd/1") model_.write_file = "-";
  }

  void ring(const ScannedOption& option) {
    const std::string& text = option.value;
    const std::size_t size_at = text.rfind(':');
    const std::size_t count_at =
        size_at == std::string::npos || size_at == 0 ? std::string::npos : text.rfind(':', size_at - 1);
    char* end = nullptr;
    unsigned long count = 0;
    unsigned long long bytes = 0;
    bool sound = count_at != std::string::npos && count_at > 0;
    if (sound) {
      const std::string number = text.substr(count_at + 1, size_at - count_at - 1);
      count = std::strtoul(number.c_str(), &end, 10);
      sound = !number.empty() && *end == '\0' && count >= 1 && count <= 100;
    }
    if (sound) {
      const std::string size = text.substr(size_at + 1);
      bytes = std::strtoull(size.c_str(), &end, 10);
      const std::string unit = end;
      const unsigned shift = unit == "k" || unit == "K"   ? 10
                             : unit == "m" || unit == "M" ? 20
                             : unit == "g" || unit == "G" ? 30
                                                          : 0;
      sound = !size.empty() && size[0] >= '0' && size[0] <= '9' && bytes > 0 && bytes < (1ULL << 33U) &&
              (unit.empty() || shift != 0);
      bytes <<= shift;
    }
    if (!sound) {
      problem("bad-ring", option.value_where, {text});
      return;
    }
    model_.rotation.files = count;
    model_.rotation.bytes = bytes;
    model_.write_file = text.substr(0, count_at);
    std::erase_if(model_.other, [](const OptionUse& use) { return use.id == "-O"; });
    model_.other.push_back({"-O", text});
  }

  void checked(const ScannedOption& option) {
    if (option.spec->id == "-t" && option.value != "r" && option.value != "a" && option.value != "d")
      problem("bad-time", option.value_where, {option.value});
  }

  NativeCommand& command_;
  CommandModel& model_;
  const std::string& version_;
  Age age_;
};

}  // namespace

const std::vector<OptionSpec>& command_options() {
  static const std::vector<OptionSpec> options = make_options();
  return options;
}

void apply_options(NativeCommand& command, const std::vector<ScannedOption>& options,
                   const std::string& version) {
  Values values(command, version);
  for (const auto& option : options) values.apply(option);
  values.finish();
}

}  // namespace anchoko::snoop
