// What each option asks for, and values that tcpdump refuses or reads in its own way.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <map>

#include "backends/tcpdump/command.h"
#include "backends/tcpdump/tool_version.h"
#include "core/backend/option_uses.h"
#include "core/base/diagnostic.h"

namespace anchoko::tcpdump {
namespace {

constexpr long maximum_snaplen = 262144;
constexpr std::uint64_t millions = 1000000;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return lower(c); });
  return text;
}

class Values {
 public:
  Values(NativeCommand& command, const std::string& version)
      : command_(command), model_(command.model), version_text_(version), version_(parse_version(version)) {}

  void apply(const ScannedOption& option) {
    check_age(option);
    const auto found = handlers().find(option.spec->id);
    if (found == handlers().end()) {
      model_.other.push_back({option.spec->id, option.value});
    } else {
      (this->*found->second)(option);
    }
  }

  void finish() {
    // Letters that count belong together, in the order of the table; so does everything else without a field.
    sort_by_table(model_.other, command_options());
    const Rotation& rotation = model_.rotation;
    model_.rotation.ends_after_files = rotation.files > 0 && rotation.seconds > 0 && rotation.bytes == 0;
  }

 private:
  using Handler = void (Values::*)(const ScannedOption&);

  static const std::map<std::string, Handler>& handlers() {
    static const std::map<std::string, Handler> map{
        {"-B", &Values::buffer},
        {"-c", &Values::count},
        {"-C", &Values::file_size},
        {"-d", &Values::code},
        {"-D", &Values::activity<CommandActivity::list_interfaces>},
        {"-F", &Values::text<&CommandModel::filter_file>},
        {"-G", &Values::seconds},
        {"-h", &Values::activity<CommandActivity::show_help>},
        {"-i", &Values::text<&CommandModel::interface>},
        {"-I", &Values::flag<&CommandModel::monitor_mode, true>},
        {"-j", &Values::time_source},
        {"-J", &Values::activity<CommandActivity::list_time_sources>},
        {"-L", &Values::activity<CommandActivity::list_link_types>},
        {"-O", &Values::flag<&CommandModel::optimise, false>},
        {"-p", &Values::flag<&CommandModel::promiscuous, false>},
        {"-Q", &Values::direction},
        {"-r", &Values::text<&CommandModel::read_file>},
        {"-s", &Values::snaplen},
        {"-T", &Values::packet_type},
        {"-U", &Values::flag<&CommandModel::flush_each_packet, true>},
        {"-V", &Values::text<&CommandModel::read_list>},
        {"-w", &Values::text<&CommandModel::write_file>},
        {"-W", &Values::files},
        {"-y", &Values::link_type},
        {"-z", &Values::post_command},
        {"-Z", &Values::text<&CommandModel::user>},
        {"--fp-type", &Values::float_type},
        {"--immediate-mode", &Values::flag<&CommandModel::immediate, true>},
        {"--micro", &Values::flag<&CommandModel::nanoseconds, false>},
        {"--nano", &Values::flag<&CommandModel::nanoseconds, true>},
        {"--time-stamp-precision", &Values::precision},
        {"--version", &Values::activity<CommandActivity::show_version>},
    };
    return map;
  }

  void problem(const char* id, TextRange where, std::vector<std::string> values, std::string hint = {}) {
    command_.problems.push_back({id, where, std::move(values), std::move(hint)});
  }
  void bad(const char* id, const ScannedOption& option, std::string hint = {}) {
    problem(id, option.value_where, {option.value}, std::move(hint));
  }

  void check_age(const ScannedOption& option) {
    const std::string& since = option.spec->since;
    if (version_.known() && !since.empty() && parse_version(since) > version_)
      problem("option-too-new", option.where, {option.spec->id, since, version_text_});
  }

  template <auto field, bool value>
  void flag(const ScannedOption&) {
    model_.*field = value;
  }

  template <auto field>
  void text(const ScannedOption& option) {
    model_.*field = option.value;
    if (option.value.size() > 1 && option.value[0] == '-' && option.text.find(' ') != std::string::npos)
      problem("value-like-option", option.value_where, {option.spec->id, option.value});
  }

  // Whatever ends tcpdump before it opens anything comes first: -h and --version at once, -D behind all
  // options, then -J and -L.
  template <CommandActivity wanted>
  void activity(const ScannedOption&) {
    const auto rank = [](CommandActivity a) {
      switch (a) {
        case CommandActivity::show_help:
        case CommandActivity::show_version:
          return 4;
        case CommandActivity::list_interfaces:
          return 3;
        case CommandActivity::list_time_sources:
          return 2;
        case CommandActivity::list_link_types:
          return 1;
        default:
          return 0;
      }
    };
    if (rank(wanted) > rank(model_.activity)) model_.activity = wanted;
  }

  void float_type(const ScannedOption& option) {
    if (model_.activity != CommandActivity::show_help) model_.activity = CommandActivity::show_version;
    model_.other.push_back({option.spec->id, {}});
  }

  void code(const ScannedOption& option) {
    if (model_.activity == CommandActivity::capture) model_.activity = CommandActivity::show_filter_code;
    model_.other.push_back({option.spec->id, {}});
  }

  // atoi takes what begins like a number and forgets the rest.
  std::int64_t number(const ScannedOption& option, const char* refused, std::int64_t least) {
    const ReadNumber read = read_atoi(option.value);
    if (read.value < least) {
      bad(refused, option);
      return 0;
    }
    if (read.tail || std::to_string(read.value) != option.value.substr(option.value[0] == '+' ? 1 : 0))
      problem("number-tail", option.value_where, {option.value, std::to_string(read.value)});
    return read.value;
  }

  void count(const ScannedOption& option) {
    model_.packets = static_cast<std::uint64_t>(number(option, "bad-count", 1));
  }

  void files(const ScannedOption& option) {
    model_.rotation.files = static_cast<std::uint64_t>(number(option, "bad-files", 1));
  }

  void seconds(const ScannedOption& option) {
    const ReadNumber read = read_atoi(option.value);
    if (read.value < 0) {
      bad("bad-seconds", option);
    } else if (read.value == 0) {
      problem("zero-seconds", option.value_where, {option.value});
      model_.rotation.seconds = 0;
    } else {
      model_.rotation.seconds = static_cast<std::uint64_t>(number(option, "bad-seconds", 1));
    }
  }

  // Multiplied by 1024 in 32 bits before it is looked at.
  void buffer(const ScannedOption& option) {
    const std::int64_t kib = read_atoi(option.value).value;
    if (kib <= 0 || kib > std::int64_t{2097151}) {
      bad("bad-buffer", option);
      return;
    }
    model_.buffer_kib = static_cast<std::uint32_t>(number(option, "bad-buffer", 1));
  }

  // strtol, all of it; since 4.99.6 with a unit behind it.
  void file_size(const ScannedOption& option) {
    std::string digits = option.value;
    std::uint64_t unit = millions;
    const char last = digits.empty() ? '\0' : lower(digits.back());
    const bool suffix = digits.size() > 1 && (last == 'k' || last == 'm' || last == 'g');
    if (suffix) {
      unit = std::uint64_t{1} << (last == 'k' ? 10U : last == 'm' ? 20U : 30U);
      digits.pop_back();
    }
    char* end = nullptr;
    errno = 0;
    const long long size = std::strtoll(digits.c_str(), &end, 10);
    const bool whole = end != digits.c_str() && *end == '\0' && errno == 0;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!whole || size <= 0 || static_cast<std::uint64_t>(size) > most / unit) {
      bad("bad-file-size", option);
      return;
    }
    if (suffix && version_.known() && version_ < ToolVersion{4, 99, 6}) {
      problem("file-size-suffix", option.value_where, {option.value, version_text_});
      return;
    }
    if (suffix && !version_.known()) problem("size-suffix", option.value_where, {option.value});
    model_.rotation.bytes = static_cast<std::uint64_t>(size) * unit;
  }

  // strtol with base 0: 0x60 is 96, and 010 is 8.
  void snaplen(const ScannedOption& option) {
    char* end = nullptr;
    const long long wide = std::strtoll(option.value.c_str(), &end, 0);
    const auto length = static_cast<std::int32_t>(static_cast<std::uint32_t>(wide));
    if (end == option.value.c_str() || *end != '\0' || length < 0 || length > maximum_snaplen) {
      bad("bad-snaplen", option);
      return;
    }
    const bool octal = option.value.size() > 1 && option.value[0] == '0' && lower(option.value[1]) != 'x';
    if (octal || wide != length)
      problem("number-tail", option.value_where, {option.value, std::to_string(length)});
    model_.snaplen = static_cast<std::uint32_t>(length);
  }

  void direction(const ScannedOption& option) {
    const std::string word = lower(option.value);
    if (word == "in") {
      model_.direction = CaptureDirection::in;
    } else if (word == "out") {
      model_.direction = CaptureDirection::out;
    } else if (word == "inout") {
      model_.direction = CaptureDirection::both;
    } else {
      bad("bad-direction", option);
    }
  }

  void link_type(const ScannedOption& option) {
    model_.link_type = option.value;
    if (!known_link_type(option.value)) bad("bad-link-type", option);
  }

  void time_source(const ScannedOption& option) {
    model_.time_source = option.value;
    if (!known_time_source(option.value)) bad("bad-time-source", option);
  }

  void packet_type(const ScannedOption& option) {
    model_.other.push_back({option.spec->id, option.value});
    if (!known_packet_type(option.value)) bad("bad-packet-type", option);
  }

  // Only how it begins counts.
  void precision(const ScannedOption& option) {
    const std::string& word = option.value;
    if (word.starts_with("micro")) {
      model_.nanoseconds = false;
    } else if (word.starts_with("nano")) {
      model_.nanoseconds = true;
    } else {
      bad("bad-precision", option);
    }
  }

  void post_command(const ScannedOption& option) { model_.rotation.command = option.value; }

  NativeCommand& command_;
  CommandModel& model_;
  std::string version_text_;
  ToolVersion version_;
};

}  // namespace

void apply_options(NativeCommand& command, const std::vector<ScannedOption>& options,
                   const std::string& version) {
  Values values(command, version);
  for (const auto& option : options) values.apply(option);
  values.finish();
}

}  // namespace anchoko::tcpdump
