#include "backends/nettl/emulator_netfmt_filter.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <span>
#include <sstream>

#include "backends/nettl/emulator_netfmt_types.h"
#include "backends/nettl/emulator_words.h"

namespace anchoko::nettl::emulated {
namespace {

using Layer = FormatFilter::Layer;
using Test = FormatFilter::Test;
using Words = std::span<const std::string>;

std::unexpected<Error> wrong(const std::string& text) {
  return fail(ErrorKind::usage, text);
}

class FilterParser {
 public:
  explicit FilterParser(const FormatReading& reading) : reading_(reading) {}
  Result<FormatFilter> parse(std::string_view text);

 private:
  Result<void> line(Words words);
  Result<void> formatter(Words words);
  Result<void> option(Words words);
  Result<void> global(Words words);
  Result<void> time(const std::string& which, Words words);
  Result<void> lan(Words words);
  void add(Layer layer, Test test, bool inverted);

  const FormatReading& reading_;
  FormatFilter filter_;
};

void FilterParser::add(Layer layer, Test test, bool inverted) {
  if (inverted) {
    test = [inner = std::move(test)](const ReadRecord& read) -> std::optional<bool> {
      const auto result = inner(read);
      return result ? std::optional(!*result) : std::nullopt;
    };
  }
  filter_.tests[layer].push_back(std::move(test));
}

Result<void> FilterParser::option(Words words) {
  if (words.size() != 1) return wrong("\"option\" takes one word");
  std::string word = words[0];
  const bool off = word.starts_with('!');
  if (off) word.erase(0, 1);
  if (same_word(word, "suppress")) return {};
  if (!same_word(word, "highlight")) return wrong("unknown option \"" + word + "\"");
  filter_.highlight = !off;
  return {};
}

Result<void> FilterParser::time(const std::string& which, Words words) {
  int hours = 0, minutes = 0, seconds = 0, used = 0;
  const std::string& clock = words[0];
  const bool read = std::sscanf(clock.c_str(), "%2d:%2d:%2d%n", &hours, &minutes, &seconds, &used) == 3;
  const std::string rest = read ? clock.substr(static_cast<std::size_t>(used)) : clock;
  const bool fraction = rest.size() > 1 && rest.size() < 8 && rest[0] == '.' &&
                        rest.find_first_not_of("0123456789", 1) == std::string::npos;
  if (!read || (!rest.empty() && !fraction) || hours > 23 || minutes > 59 || seconds > 59 || words.size() > 2)
    return wrong("invalid time \"" + clock + "\"");
  std::int64_t value = hours * 3600 + minutes * 60 + seconds;
  if (words.size() == 2) {
    std::tm date{};
    if (std::sscanf(words[1].c_str(), "%2d/%2d/%2d%n", &date.tm_mon, &date.tm_mday, &date.tm_year, &used) !=
            3 ||
        static_cast<std::size_t>(used) != words[1].size() || date.tm_mon < 1 || date.tm_mon > 12)
      return wrong("invalid date \"" + words[1] + "\"");
    date.tm_mon -= 1;
    if (date.tm_year < 70) date.tm_year += 100;
    value += timegm(&date);
  }
  (same_word(which, "time_from") ? filter_.from : filter_.through) = value;
  return {};
}

Result<void> FilterParser::global(Words words) {
  if (words.size() < 2) return wrong("incomplete line");
  const std::string& what = words[0];
  if (same_word(what, "time_from") || same_word(what, "time_through")) return time(what, words.subspan(1));
  const bool inverted = words[1] == "!" && reading_.global_not;
  if (inverted) words = words.subspan(1);
  if (words.size() != 2) return wrong("unexpected \"" + words.back() + "\"");
  const std::string& value = words[1];
  const bool all = value == "*";
  if (same_word(what, "kind")) {
    const auto mask = parse_kind(value);
    if (!mask && !all) return wrong("unknown kind \"" + value + "\"");
    const std::uint32_t wanted = all ? ~0U : *mask;
    add(
        Layer::global_kind,
        [=](const ReadRecord& read) { return std::optional((read.record.kind & wanted) != 0); }, inverted);
    return {};
  }
  if (same_word(what, "subsystem")) {
    const auto id = parse_number(value, 65535);
    add(
        Layer::global_subsystem,
        [=](const ReadRecord& read) {
          return std::optional(all || id == read.record.subsystem ||
                               same_word(name_of_subsystem(read.record.subsystem), value));
        },
        inverted);
    return {};
  }
  if (same_word(what, "class")) {
    constexpr std::array<std::string_view, 4> classes = {"informative", "warning", "error", "disaster"};
    const bool known =
        std::any_of(classes.begin(), classes.end(), [&](auto one) { return same_word(one, value); });
    if (!known && !all) return wrong("unknown class \"" + value + "\"");
    return {};  // of log messages, and a trace has none
  }
  const auto wanted = parse_number(value, 0xffffffff);
  if (!wanted && !all) return wrong("invalid value \"" + value + "\"");
  const auto id = all ? 0 : static_cast<std::int32_t>(static_cast<std::uint32_t>(*wanted));
  std::function<std::int32_t(const ReadRecord&)> field;
  if (same_word(what, "Process_ID")) {
    field = [](const ReadRecord& read) { return read.process; };
  } else if (same_word(what, "User_ID")) {
    field = [](const ReadRecord& read) { return read.user; };
  } else if (same_word(what, "Device_ID")) {
    field = [](const ReadRecord& read) { return read.record.device; };
  } else if (same_word(what, "Connection_ID") || same_word(what, "Path_ID")) {
    field = [](const ReadRecord&) { return -1; };
  } else if (same_word(what, "log_instance")) {
    return {};
  } else {
    return wrong("unknown filter \"" + what + "\"");
  }
  add(
      Layer::global_other, [=](const ReadRecord& read) { return std::optional(all || field(read) == id); },
      inverted);
  return {};
}

Result<void> FilterParser::formatter(Words words) {
  if (words.empty()) return wrong("incomplete line");
  const std::string& what = words[0];
  const Words rest = words.subspan(1);
  if (same_word(what, "filter")) return global(rest);
  if (same_word(what, "option")) return option(rest);
  if (rest.size() != 1) return wrong("\"" + what + "\" takes one word");
  const std::string& value = rest[0];
  if (same_word(what, "verbosity")) {
    if (same_word(value, "high") || same_word(value, "low")) return {};
  } else if (same_word(what, "mode")) {
    constexpr std::array<std::pair<std::string_view, FormatMode>, 4> modes = {{
        {"raw", FormatMode::raw},
        {"nice", FormatMode::nice},
        {"terse", FormatMode::terse},
        {"normal", FormatMode::normal},
    }};
    for (const auto& [name, mode] : modes) {
      if (!same_word(name, value)) continue;
      filter_.mode = mode;
      return {};
    }
  }
  return wrong("unknown word \"" + value + "\" after \"" + what + "\"");
}

Result<void> FilterParser::lan(Words words) {
  if (words.size() < 2) return wrong("incomplete line");
  const std::string& type = words[0];
  words = words.subspan(1);
  const bool inverted = words[0] == "!";
  if (inverted) words = words.subspan(1);
  auto test = lan_test(reading_, filter_.names, type, words);
  if (!test) return fail(std::move(test.error()));
  add(test->first, std::move(test->second), inverted);
  return {};
}

Result<void> FilterParser::line(Words words) {
  const std::string& first = words[0];
  const Words rest = words.subspan(1);
  if (same_word(first, "formatter")) return formatter(rest);
  if (same_word(first, "filter")) return lan(rest);
  if (!same_word(first, "name")) return wrong("unknown keyword \"" + first + "\"");
  if (rest.size() != 2 || !parse_station(rest[1])) return wrong("\"name\" takes a name and a link address");
  filter_.names[rest[0]] = rest[1];
  return {};
}

Result<FormatFilter> FilterParser::parse(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string one;
  for (int number = 1; std::getline(lines, one); ++number) {
    if (reading_.comments) one.resize(std::min(one.find('#'), one.size()));
    std::istringstream stream(one);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(std::move(word));
    if (words.empty()) continue;
    auto read = line(words);
    if (!read) return wrong("line " + std::to_string(number) + ": " + read.error().message);
  }
  return std::move(filter_);
}

bool in_time(const FormatFilter& filter, std::int64_t time) {
  constexpr std::int64_t day = 86400;
  const auto compared = [&](std::int64_t limit) { return limit < day ? time % day : time; };
  return (!filter.from || compared(*filter.from) >= *filter.from) &&
         (!filter.through || compared(*filter.through) <= *filter.through);
}

}  // namespace

FormatReading format_reading(const lab::EmulatedHost& host) {
  FormatReading reading;
  reading.port_types = reads(host, "netfmt-port-types", "yes");
  reading.comments = reads(host, "netfmt-comments", "yes");
  reading.global_not = reads(host, "netfmt-global-not", "yes");
  reading.absent_is_shown = reads(host, "netfmt-absent", "shown");
  return reading;
}

Result<FormatFilter> parse_format_filter(const FormatReading& reading, std::string_view text) {
  return FilterParser(reading).parse(text);
}

bool shows(const FormatFilter& filter, const FormatReading& reading, const ReadRecord& record) {
  if (!in_time(filter, record.record.time / 1'000'000'000)) return false;
  for (const auto& [layer, tests] : filter.tests) {
    const bool one = std::any_of(tests.begin(), tests.end(), [&](const Test& test) {
      return test(record).value_or(reading.absent_is_shown);
    });
    if (!one) return false;
  }
  return true;
}

}  // namespace anchoko::nettl::emulated
