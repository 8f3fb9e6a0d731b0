// The command line of netfmt: one-letter options as getopt has them.
#include <charconv>

#include "backends/nettl/emulator_netfmt.h"

namespace anchoko::nettl::emulated {
namespace {

std::unexpected<Error> wrong(const std::string& text) {
  return fail(ErrorKind::usage, text);
}

bool* flag_of(FormatOptions& options, char letter, const Edition& edition) {
  static bool ignored = false;
  switch (letter) {
    case 's':
      return &options.summary;
    case 'p':
      return &options.parse_only;
    case 'F':
      return &options.follow;
    case 'v':
      return &options.debug;
    case 'l':
      return &options.no_inverse;
    case 'n':
      return &options.numeric;
    case 'N':
      return &options.decoded;
    case '1':
      return &options.terse;
    case 'L':
      return &options.link_addresses;
    case 'T':
      return &options.times;
    case 'x':  // X.25 over TCP: the page of 2011
      return edition.release == Edition::Release::v3 && edition.newest ? &ignored : nullptr;
    case 'k':  // kernel-log files
      return edition.release == Edition::Release::v1 ? &options.kernel : nullptr;
    default:
      return nullptr;
  }
}

Result<void> take_value(FormatOptions& options, char letter, const std::string& value) {
  if (letter == 'f') {
    options.file = value;
  } else if (letter == 'c') {
    options.filter_file = value;
  } else {
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error != std::errc() || end != value.data() + value.size() || count < 1 || count > 1000)
      return wrong("invalid number of records: " + value);
    options.last = count;
  }
  return {};
}

Result<void> check(const lab::EmulatedHost& host, const FormatOptions& options) {
  const bool shows = options.follow || options.debug || options.no_inverse || options.numeric ||
                     options.decoded || options.terse || options.link_addresses || options.times;
  if (options.summary && (shows || options.filter_file || options.parse_only))
    return wrong("option -s goes with -t and -f only");
  if (options.parse_only && (shows || options.file || options.last))
    return wrong("option -p goes with -c only");
  if (options.decoded && options.terse) return wrong("options -N and -1 exclude each other");
  if (options.link_addresses && !options.terse) return wrong("option -L needs -1");
  // A memo writes -NnlTf, the grammar has -T behind -1.
  if (options.times && !options.terse && reads(host, "netfmt-time-alone", "refused"))
    return wrong("option -T needs -1");
  return {};
}

}  // namespace

Result<FormatOptions> parse_netfmt(const lab::EmulatedHost& host, const Edition& edition,
                                   std::span<const std::string> words) {
  FormatOptions options;
  std::size_t at = 0;
  for (; at < words.size() && words[at].size() > 1 && words[at][0] == '-'; ++at) {
    const std::string& word = words[at];
    if (word == "--") {
      ++at;
      break;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      if (letter == 'f' || letter == 'c' || letter == 't') {
        std::string value = word.substr(i + 1);
        if (value.empty()) {
          if (at + 1 == words.size()) return wrong(std::string("option requires an argument -- ") + letter);
          value = words[++at];
        }
        if (auto taken = take_value(options, letter, value); !taken) return fail(std::move(taken.error()));
        break;
      }
      bool* flag = flag_of(options, letter, edition);
      if (!flag) return wrong(std::string("illegal option -- ") + letter);
      *flag = true;
    }
  }
  if (at < words.size()) {
    if (options.file || at + 1 < words.size() || options.parse_only)
      return wrong("unexpected argument " + words[at]);
    options.file = words[at];
  }
  if (auto checked = check(host, options); !checked) return fail(std::move(checked.error()));
  return options;
}

}  // namespace anchoko::nettl::emulated
