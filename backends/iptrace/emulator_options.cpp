#include "backends/iptrace/emulator_options.h"

#include <algorithm>
#include <map>

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;

// aix-iptrace.md 1: which release has which options.
constexpr int with_lists = 52;      // -u -L, lists of ports and protocols, -b on its own
constexpr int with_bpf = 53;        // -B -T -S
constexpr int with_q = 72;          // -Q [-V]
constexpr int perhaps_with_q = 71;  // 7.1: "6.1 plus possibly -Q -V"

std::string letters_of(const EmulatedHost& host) {
  const int level = release_level(host);
  std::string letters = "aebP:i:p:s:d:";
  if (level >= with_lists) letters += "uL:";
  if (level >= with_bpf) letters += "BTS:";
  // Nobody could tell what -Q does, so it is refused unless a host is told to take it.
  if (level >= perhaps_with_q && host.fact("iptrace-q", "refuse") == "accept") letters += "QV";
  return letters;
}

std::vector<std::string> split_list(const EmulatedHost& host, const std::string& text) {
  if (release_level(host) < with_lists) return {text};
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// The values of an option that was given several times: what remains of them is an open fact.
Result<std::vector<std::string>> kept(const EmulatedHost& host, const Words& words, char letter) {
  std::vector<std::string> values;
  for (const auto& [one, value] : words.options)
    if (one == letter) values.push_back(value);
  if (values.size() < 2) return values;
  const auto rule =
      letter == 'i' ? host.fact("iptrace-repeat-interface", "last") : host.fact("iptrace-repeat", "last");
  if (rule == "refuse") return fail(ErrorKind::usage, std::string("option given twice -- ") + letter);
  if (rule == "last") return std::vector<std::string>{values.back()};
  if (rule == "first") return std::vector<std::string>{values.front()};
  return values;  // list
}

class Reader {
 public:
  Reader(const EmulatedHost& host, const Words& words) : host_(host), words_(words) {}

  Result<Options> read();

 private:
  bool has(char letter) const {
    return std::any_of(words_.options.begin(), words_.options.end(),
                       [&](const auto& one) { return one.first == letter; });
  }
  template <typename T, typename Find>
  Result<void> read_list(char letter, const char* what, std::vector<T>& values, Find find);
  Result<void> read_filter();
  Result<void> read_numbers();
  Result<void> check() const;

  const EmulatedHost& host_;
  const Words& words_;
  Options options_;
};

template <typename T, typename Find>
Result<void> Reader::read_list(char letter, const char* what, std::vector<T>& values, Find find) {
  auto texts = kept(host_, words_, letter);
  if (!texts) return fail(std::move(texts.error()));
  for (const auto& text : *texts) {
    const bool is_list = letter == 'p' || letter == 'P';
    for (const auto& part : is_list ? split_list(host_, text) : std::vector<std::string>{text}) {
      const std::optional<T> value = find(part);
      if (!value) return fail(ErrorKind::usage, std::string("unknown ") + what + " " + part);
      values.push_back(*value);
    }
  }
  return {};
}

Result<void> Reader::read_filter() {
  const auto host = [&](const std::string& text) { return find_host(host_, text); };
  const auto interface = [&](const std::string& text) -> std::optional<std::size_t> {
    const auto& all = host_.interfaces();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].name == text) return i;
    return std::nullopt;
  };
  if (auto read = read_list('s', "host", options_.sources, host); !read) return read;
  if (auto read = read_list('d', "host", options_.destinations, host); !read) return read;
  if (auto read = read_list('p', "port", options_.ports, find_port); !read) return read;
  if (auto read = read_list('P', "protocol", options_.protocols, find_protocol); !read) return read;
  return read_list('i', "interface", options_.interfaces, interface);
}

Result<void> Reader::read_numbers() {
  for (const auto& [letter, value] : words_.options) {
    constexpr std::uint64_t largest_log = 1ull << 40, largest_snap = 65535;
    if (letter == 'L') {
      options_.log_size = decimal(value, largest_log);
      if (options_.log_size.value_or(0) == 0) return fail(ErrorKind::usage, "bad log size " + value);
    } else if (letter == 'S') {
      const auto snap = decimal(value, largest_snap);
      if (snap.value_or(0) == 0) return fail(ErrorKind::usage, "bad snap length " + value);
      options_.snap = static_cast<std::uint32_t>(*snap);
    }
  }
  return {};
}

Result<void> Reader::check() const {
  if (options_.unload) {
    if (words_.options.size() > 1 || !words_.operands.empty()) return fail(ErrorKind::usage, "");
    return {};
  }
  if (words_.operands.size() != 1 || words_.operands[0].empty()) return fail(ErrorKind::usage, "");
  // 4.3 writes -b within the brackets of -s and -d; later ones write it beside them, too.
  const bool lone_b = options_.both_ways && options_.sources.empty() && options_.destinations.empty();
  if (lone_b && (release_level(host_) < with_lists || host_.fact("iptrace-lone-b", "accept") == "refuse"))
    return fail(ErrorKind::usage, "-b needs -s or -d");
  // "Whether -S and -T need -B is not visible" (aix-iptrace.md 1).
  if (options_.snap && !options_.bpf && host_.fact("iptrace-snap-without-bpf", "refuse") == "refuse")
    return fail(ErrorKind::usage, "-S needs -B");
  if (options_.tcpdump_file && !options_.bpf &&
      host_.fact("iptrace-tcpdump-without-bpf", "refuse") == "refuse")
    return fail(ErrorKind::usage, "-T needs -B");
  if (has('V') && !has('Q')) return fail(ErrorKind::usage, "-V needs -Q");
  return {};
}

Result<Options> Reader::read() {
  options_.no_arp = has('a');
  options_.both_ways = has('b');
  options_.promiscuous = has('e');
  options_.unload = has('u');
  options_.bpf = has('B');
  options_.tcpdump_file = has('T');
  if (auto read = read_filter(); !read) return fail(std::move(read.error()));
  if (auto read = read_numbers(); !read) return fail(std::move(read.error()));
  if (auto checked = check(); !checked) return fail(std::move(checked.error()));
  if (!options_.unload) options_.file = words_.operands[0];
  return options_;
}

}  // namespace

Result<Words> split_words(std::span<const std::string> words, std::string_view letters) {
  Words result;
  std::size_t at = 0;
  for (; at < words.size(); ++at) {
    const auto& word = words[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (word.size() < 2 || word[0] != '-') break;
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char letter = word[i];
      const auto known = letter == ':' ? std::string_view::npos : letters.find(letter);
      if (known == std::string_view::npos)
        return fail(ErrorKind::usage, std::string("Not a recognized flag: ") + letter);
      if (known + 1 >= letters.size() || letters[known + 1] != ':') {
        result.options.emplace_back(letter, "");
        continue;
      }
      if (i + 1 < word.size()) {
        result.options.emplace_back(letter, word.substr(i + 1));
      } else if (++at < words.size()) {
        result.options.emplace_back(letter, words[at]);
      } else {
        return fail(ErrorKind::usage, std::string("A flag requires a parameter: ") + letter);
      }
      break;
    }
  }
  result.operands.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return result;
}

std::string usage(const EmulatedHost& host) {
  const int level = release_level(host);
  if (level < with_lists)
    return "usage: iptrace [-a] [-e] [-P Protocol] [-i Interface] [-p Port] [-s Host [-b]] [-d Host [-b]] "
           "LogFile\n";
  std::string text =
      "usage: iptrace [-a] [-b] [-e] [-u] [-PProtocol_list] [-iInterface] [-pPort_list] [-sHost [-b]]\n"
      "       [-dHost [-b]] [-L Log_size]";
  if (level >= with_bpf) text += " [-B] [-T] [-S snap_length]";
  if (level >= with_q) text += " [-Q [-V]]";
  return text + " LogFile\n";
}

Result<Options> parse_options(const EmulatedHost& host, std::span<const std::string> words) {
  const auto complete = [&](const Error& error) {
    const auto first = error.message.empty() ? "" : "iptrace: " + error.message + "\n";
    return fail(ErrorKind::usage, first + usage(host));
  };
  const auto split = split_words(words, letters_of(host));
  if (!split) return complete(split.error());
  auto options = Reader(host, *split).read();
  if (!options) return complete(options.error());
  return options;
}

}  // namespace anchoko::iptrace::emulated
