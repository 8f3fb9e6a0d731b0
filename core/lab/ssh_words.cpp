#include <algorithm>
#include <sstream>

#include "core/lab/lab_program.h"

namespace anchoko::lab {
namespace {

// ssh(1): those without a value, and those with one.
constexpr std::string_view flags = "46AaCfGgKkMNnqsTtVvXxYy";
constexpr std::string_view with_value = "BbcDEeFIiJLlmOopQRSWw";

bool is_plain(const std::string& word) {
  return std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '.' || c == '_' || c == '-';
  });
}

// The letters of one word. Gives how many words more it took.
Result<std::size_t> read_options(std::span<const std::string> words, SshWords& out) {
  const std::string& word = words.front();
  for (std::size_t at = 1; at < word.size(); ++at) {
    if (flags.find(word[at]) != std::string_view::npos) continue;
    if (with_value.find(word[at]) == std::string_view::npos)
      return fail(ErrorKind::usage, std::string("unknown option -- ") + word[at]);
    const bool attached = at + 1 < word.size();
    if (!attached && words.size() < 2)
      return fail(ErrorKind::usage, std::string("option requires an argument -- ") + word[at]);
    if (word[at] == 'O') out.control = attached ? word.substr(at + 1) : words[1];
    return attached ? 0 : 1;
  }
  return 0;
}

}  // namespace

Result<SshWords> read_ssh_words(std::span<const std::string> words) {
  SshWords out;
  std::size_t at = 0;
  for (; at < words.size() && words[at].size() > 1 && words[at].front() == '-'; ++at) {
    if (words[at] == "--") {
      ++at;
      break;
    }
    const auto more = read_options(words.subspan(at), out);
    if (!more) return fail(more.error());
    at += *more;
  }
  if (at == words.size()) return fail(ErrorKind::usage, "no host is named");
  out.destination = words[at].substr(words[at].rfind('@') + 1);
  for (++at; at < words.size(); ++at) {
    std::istringstream parts(words[at]);
    for (std::string part; parts >> part;) {
      if (!is_plain(part))
        return fail(ErrorKind::usage, "'" + part + "' needs a shell to read it",
                    "the lab's ssh runs plain words; give the rest to 'sh -s' as its input");
      out.command.push_back(std::move(part));
    }
  }
  return out;
}

}  // namespace anchoko::lab
