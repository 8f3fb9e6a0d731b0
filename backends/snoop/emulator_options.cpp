#include "backends/snoop/emulator_options.h"

#include <cstdlib>
#include <initializer_list>
#include <string_view>

namespace anchoko::snoop::emulated {
namespace {

struct Letter {
  char letter;
  bool value;
  std::string_view usage;  // empty: not told
};

// What this release knows, in the order of its usage text.
std::vector<Letter> letters_of(const Release& release) {
  std::vector<Letter> all{{'a', false, "[ -a ]\t\t\t# Listen to packets on audio"}};
  // One by one: GCC 12 warns of insert() here.
  const auto add = [&all](std::initializer_list<Letter> some) {
    for (const Letter& one : some) all.push_back(one);
  };
  if (release.ipnet()) {
    all.push_back({'d', true, "[ -d link ]\t\t# Listen on named link"});
    all.push_back({'I', true, "[ -I interface ]\t# Listen on named IP interface"});
  } else {
    all.push_back({'d', true, "[ -d device ]\t\t# settable to le?, ie?, bf?, tr?"});
  }
  add({{'s', true, "[ -s snaplen ]\t\t# Truncate packets"},
       {'c', true, "[ -c count ]\t\t# Quit after count packets"},
       {'P', false, "[ -P ]\t\t\t# Turn OFF promiscuous mode"},
       {'D', false, "[ -D ]\t\t\t# Report dropped packets"},
       {'S', false, "[ -S ]\t\t\t# Report packet size"},
       {'i', true, "[ -i file ]\t\t# Read previously captured packets"},
       {'o', true, "[ -o file ]\t\t# Capture packets in file"}});
  if (release.newer_illumos)
    all.push_back({'O', true, "[ -O prefix:count:size ]\t# Capture packets in files of a ring"});
  add({{'n', true, "[ -n file ]\t\t# Load addr-to-name table from file"},
       {'N', false, "[ -N ]\t\t\t# Create addr-to-name table"},
       {'t', true, "[ -t  r|a|d ]\t\t# Time: Relative, Absolute or Delta"},
       {'v', false, "[ -v ]\t\t\t# Verbose packet display"},
       {'V', false, "[ -V ]\t\t\t# Show all summary lines"},
       {'p', true, "[ -p first[,last] ]\t# Select packet(s) to display"},
       {'x', true, "[ -x offset[,length] ]\t# Hex dump from offset for length"},
       {'C', false, "[ -C ]\t\t\t# Print packet filter code"},
       {'q', false, "[ -q ]\t\t\t# Suppress printing packet count"},
       {'r', false, "[ -r ]\t\t\t# Do not resolve address to name"}});
  if (release.filter_option != "unknown") all.push_back({'f', release.filter_option == "expression", {}});
  if (release.user_option) all.push_back({'U', false, {}});
  if (release.newer_illumos) all.push_back({'z', true, "[ -z zonename ]\t\t# Open links from named zone"});
  return all;
}

std::string usage(const Release& release) {
  std::string text = "\nUsage:  snoop\n";
  for (const auto& one : letters_of(release))
    if (!one.usage.empty()) text += "\t" + std::string(one.usage) + "\n";
  return text +
         "\n\t[ filter expression ]\n\nExample:\n\tsnoop -o saved  host fred\n\n\tsnoop -i saved -tr -v "
         "-p19\n";
}

// "first[,second]" with ',' ':' or '-' between.
std::pair<std::uint32_t, std::optional<std::uint32_t>> two_numbers(const std::string& text) {
  const auto number = [](const std::string& part) {
    return static_cast<std::uint32_t>(std::atoi(part.c_str()));
  };
  const auto middle = text.find_first_of(",:-");
  if (middle == std::string::npos) return {number(text), std::nullopt};
  return {number(text.substr(0, middle)), number(text.substr(middle + 1))};
}

std::optional<Ring> ring_of(const std::string& text) {
  const auto last = text.rfind(':');
  const auto middle = last == std::string::npos || last == 0 ? std::string::npos : text.rfind(':', last - 1);
  if (middle == std::string::npos || middle == 0) return std::nullopt;
  Ring ring;
  ring.prefix = text.substr(0, middle);
  char* end = nullptr;
  const std::string count = text.substr(middle + 1, last - middle - 1), size = text.substr(last + 1);
  ring.count = static_cast<int>(std::strtol(count.c_str(), &end, 10));
  if (count.empty() || *end != 0 || ring.count < 1 || ring.count > 100) return std::nullopt;
  ring.size = std::strtoull(size.c_str(), &end, 10);
  if (size.empty() || ring.size == 0) return std::nullopt;
  const std::string_view unit = end;
  if (unit == "k" || unit == "K")
    ring.size <<= 10;
  else if (unit == "m" || unit == "M")
    ring.size <<= 20;
  else if (unit == "g" || unit == "G")
    ring.size <<= 30;
  else if (!unit.empty())
    return std::nullopt;
  return ring;
}

class Reader {
 public:
  Reader(std::span<const std::string> words, const Release& release) : words_(words), release_(release) {}

  std::expected<Options, BadOptions> read();

 private:
  bool letters(const std::string& word);
  bool flag(char letter);
  bool value(char letter, const std::string& text);
  bool path_value(char letter, const std::string& text);
  bool wrong(std::string message) {
    message_ = std::move(message);
    return false;
  }
  bool wrong_usage(const std::string& first = {}) { return wrong(first + usage(release_)); }

  std::span<const std::string> words_;
  const Release& release_;
  std::size_t next_ = 1;
  Options options_;
  std::string message_;
  std::string zone_;
};

std::expected<Options, BadOptions> Reader::read() {
  // As getopt(): the first word that is no option ends them, and so does "--".
  while (next_ < words_.size()) {
    const std::string& word = words_[next_];
    if (word.size() < 2 || word[0] != '-') break;
    ++next_;
    if (word == "--") break;
    if (!letters(word)) return std::unexpected(BadOptions{message_});
  }
  bool fits = !(options_.device && options_.ip_interface);
  fits = fits && !(options_.ring && options_.output);
  fits = fits && (zone_.empty() || options_.device || options_.ip_interface);
  fits = fits && (!options_.make_names || options_.input);
  if (!fits) return std::unexpected(BadOptions{usage(release_)});
  if (!zone_.empty() && zone_ != "global")
    return std::unexpected(BadOptions{"snoop: could not get zone id for \"" + zone_ + "\"\n"});
  for (; next_ < words_.size(); ++next_)
    options_.expression += (options_.expression.empty() ? "" : " ") + words_[next_];
  return std::move(options_);
}

bool Reader::letters(const std::string& word) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    std::optional<Letter> known;
    for (const auto& one : letters_of(release_))
      if (one.letter == word[i]) known = one;
    if (!known) return wrong_usage(std::string("snoop: illegal option -- ") + word[i] + "\n");
    if (!known->value) {
      if (!flag(word[i])) return false;
      continue;
    }
    std::string text = word.substr(i + 1);
    if (text.empty()) {
      if (next_ == words_.size())
        return wrong_usage(std::string("snoop: option requires an argument -- ") + word[i] + "\n");
      text = words_[next_++];
    }
    return value(word[i], text);
  }
  return true;
}

bool Reader::flag(char letter) {
  switch (letter) {
    case 'a':
      options_.audio = true;
      break;
    case 'P':
      options_.promiscuous = false;
      break;
    case 'D':
      options_.show_drops = true;
      break;
    case 'S':
      options_.show_length = true;
      break;
    case 'N':
      options_.make_names = true;
      break;
    case 'v':
      options_.verbose = true;
      break;
    case 'V':
      options_.all_layers = true;
      break;
    case 'C':
      options_.list_code = true;
      break;
    case 'q':
      options_.quiet = true;
      break;
    case 'r':
      options_.numeric = true;
      break;
    case 'f':
      options_.promiscuity_may_fail = true;
      break;
    case 'U':
      options_.userland_only = true;
      break;
    default:
      return wrong_usage();
  }
  return true;
}

bool Reader::path_value(char letter, const std::string& text) {
  switch (letter) {
    case 'd':
      options_.device = text;
      return true;
    case 'I':
      if (options_.ip_interface) return wrong_usage();
      options_.ip_interface = text;
      return true;
    case 'i':
      options_.input = text;
      return true;
    case 'o':
      options_.output = text;
      return true;
    case 'n':
      options_.name_file = text;
      return true;
    case 'z':
      zone_ = text;
      return true;
    case 'O':
      options_.ring = ring_of(text);
      return options_.ring || wrong("snoop: invalid argument to -O: " + text + "\n");
    default:
      return false;
  }
}

bool Reader::value(char letter, const std::string& text) {
  switch (letter) {
    // As atoi(): rubbish is 0.
    case 'c':
      options_.count = static_cast<std::uint64_t>(std::max(std::atoi(text.c_str()), 0));
      return true;
    case 's':
      options_.snaplen = static_cast<std::uint32_t>(std::max(std::atoi(text.c_str()), 0));
      return true;
    case 'f':
      options_.expression += (options_.expression.empty() ? "" : " ") + text;
      return true;
    case 't':
      if (text != "r" && text != "a" && text != "d") return wrong_usage();
      options_.time_style = text[0];
      return true;
    case 'p': {
      const auto [first, last] = two_numbers(text);
      options_.range = {first, last.value_or(first)};
      return true;
    }
    case 'x': {
      const auto [offset, length] = two_numbers(text);
      options_.hex = {offset, length};
      return true;
    }
    default:
      return path_value(letter, text);
  }
}

}  // namespace

std::expected<Options, BadOptions> parse_options(std::span<const std::string> words, const Release& release) {
  return Reader(words, release).read();
}

}  // namespace anchoko::snoop::emulated
