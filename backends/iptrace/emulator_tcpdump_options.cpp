#include "backends/iptrace/emulator_tcpdump_options.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "backends/iptrace/emulator_log.h"

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;

constexpr char synopsis[] =
    "Usage: tcpdump [-aAdDeflLnNOpqRStuUvxX] [-B size] [-c count] [-C file_size] [-F file]\n"
    "               [-G seconds] [-i interface] [-r file] [-s snaplen] [-T type] [-w file]\n"
    "               [-y datalinktype] [-z command] [-Z user] [expression]\n";

// tcpdump.md 1: 7.1 and 7.2 have -B -C -G -z -Z -U beside what every old release has; none has -W or -j, and
// -Q is no direction. The other reference page found no option page: hence the switch.
std::string letters_of(const EmulatedHost& host) {
  std::string letters = "aAc:dDeE:fF:i:lLM:nNOpqr:Rs:StT:uvw:xXy:";
  constexpr int with_rotation = 71;
  const bool has = release_level(host) >= with_rotation && host.fact("aix-tcpdump-rotation", "yes") == "yes";
  return has ? letters + "B:C:G:Uz:Z:" : letters;
}

class Reader {
 public:
  explicit Reader(const EmulatedHost& host) : host_(host) {}

  Result<TcpdumpOptions> read(const Words& words);

 private:
  Result<void> take(char letter, const std::string& value);
  Result<void> take_number(char letter, const std::string& value);
  Result<void> take_interface(const std::string& value);
  Result<void> take_expression(const Words& words);
  static std::unexpected<Error> refuse(const std::string& text) {
    return fail(ErrorKind::usage, "tcpdump: " + text + "\n");
  }

  const EmulatedHost& host_;
  TcpdumpOptions options_;
  std::string expression_file_;
};

Result<void> Reader::take_interface(const std::string& value) {
  const auto& all = host_.interfaces();
  const auto number = decimal(value, all.size());  // of the list that -D prints
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name != value && number != i + 1) continue;
    options_.interface = i;
    return {};
  }
  return refuse(value + ": No such device exists");
}

Result<void> Reader::take_number(char letter, const std::string& value) {
  constexpr std::uint64_t most = 1u << 30, million = 1'000'000, whole = 65535;
  const auto number = decimal(value, most);
  if (letter == 's') {
    if (!number || *number > whole) return refuse("invalid snaplen " + value);
    if (*number == 0 && host_.fact("aix-tcpdump-snap-0", "whole") == "default") return {};
    options_.snap = static_cast<std::uint32_t>(*number);
    return {};
  }
  const char* what = letter == 'c'   ? "packet count"
                     : letter == 'C' ? "file size"
                     : letter == 'G' ? "number of seconds"
                                     : "packet buffer size";
  if (number.value_or(0) == 0) return refuse(std::string("invalid ") + what + " " + value);
  if (letter == 'c') options_.count = *number;
  if (letter == 'C') options_.file_size = *number * million;
  if (letter == 'G') options_.rotate_seconds = static_cast<std::int64_t>(*number);
  return {};
}

Result<void> Reader::take(char letter, const std::string& value) {
  switch (letter) {
    case 's':
    case 'c':
    case 'C':
    case 'G':
    case 'B':
      return take_number(letter, value);
    case 'i':
      return take_interface(value);
    case 'w':
      options_.write = value;
      break;
    case 'r':
      options_.read = value;
      break;
    case 'F':
      expression_file_ = value;
      break;
    case 'z':
      options_.after_rotation = value;
      break;
    case 'U':
      options_.unbuffered = true;
      break;
    case 'p':
      options_.not_promiscuous = true;
      break;
    case 'D':
      options_.lists_interfaces = true;
      break;
    case 'L':
      options_.lists_links = true;
      break;
    case 'y':
      if (value != "EN10MB") return refuse("invalid data link type " + value);
      break;
    case 'Z':
      if (value != "root" && value != "nobody" && value != host_.user())
        return refuse("Couldn't find user '" + value + "'");
      break;
    case 'd':
    case 'E':
    case 'M':
    case 'T':
      return refuse(std::string("-") + letter + " is not emulated");
    default:
      if (std::string_view("aAeqStuvxX").find(letter) != std::string_view::npos && letter != 'a')
        options_.printing.push_back(std::string("-") + letter);
  }
  return {};
}

// Words that came to the language after this fork left it.
constexpr std::array<std::string_view, 7> later_words{"geneve",    "vxlan",   "ifindex", "icmp6type",
                                                      "icmp6code", "tcp-ece", "tcp-cwr"};

Result<void> Reader::take_expression(const Words& words) {
  if (!expression_file_.empty()) {
    std::ifstream in(expression_file_);
    if (!in) return refuse("can't open " + expression_file_);
    options_.expression.assign(std::istreambuf_iterator<char>(in), {});
    return {};
  }
  for (const auto& word : words.operands)
    options_.expression += (options_.expression.empty() ? "" : " ") + word;
  std::string word;
  for (const char c : options_.expression + " ") {
    const bool in_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (in_word) {
      word += c;
      continue;
    }
    if (std::find(later_words.begin(), later_words.end(), word) != later_words.end())
      return refuse("syntax error");
    word.clear();
  }
  return {};
}

Result<TcpdumpOptions> Reader::read(const Words& words) {
  constexpr std::uint64_t usual_snap = 96;
  options_.snap =
      static_cast<std::uint32_t>(decimal(host_.fact("aix-tcpdump-snap", "96"), 65535).value_or(usual_snap));
  for (const auto& [letter, value] : words.options)
    if (auto taken = take(letter, value); !taken) return fail(std::move(taken.error()));
  if (auto taken = take_expression(words); !taken) return fail(std::move(taken.error()));
  return options_;
}

}  // namespace

Result<TcpdumpOptions> parse_tcpdump(const EmulatedHost& host, std::span<const std::string> words) {
  const auto split = split_words(words, letters_of(host));
  if (!split) return fail(ErrorKind::usage, "tcpdump: " + split.error().message + "\n" + synopsis);
  return Reader(host).read(*split);
}

}  // namespace anchoko::iptrace::emulated
