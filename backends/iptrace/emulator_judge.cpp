#include "backends/iptrace/emulator_judge.h"

#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "core/base/byte_cursor.h"

namespace anchoko::iptrace::emulated {
namespace {

// The language of filters is libpcap's, and libpcap is for tests only. A tcpdump that reads a capture from
// its standard input and writes what passes to its standard output judges frames without any device or right.
// It is named in full: in a lab, the first tcpdump of PATH is the emulated one.
constexpr std::array<const char*, 3> programs{"/usr/bin/tcpdump", "/usr/sbin/tcpdump",
                                              "/usr/local/bin/tcpdump"};

constexpr auto big = ByteOrder::big;
constexpr std::size_t header_size = 24, record_size = 16;
constexpr std::int64_t second = 1'000'000'000;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

struct Outcome {
  int status = 0;
  std::string out, err;
};

std::string content(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 4096> part{};
  while (const auto got = std::fread(part.data(), 1, part.size(), file)) text.append(part.data(), got);
  return text;
}

Result<Outcome> run(const std::vector<std::string>& words, const std::string& input) {
  const char* program = nullptr;
  for (const char* one : programs)
    if (!program && access(one, X_OK) == 0) program = one;
  const File in(std::tmpfile()), out(std::tmpfile()), err(std::tmpfile());
  if (!program || !in || !out || !err)
    return fail(ErrorKind::unavailable, "there is no tcpdump to judge frames");
  std::fwrite(input.data(), 1, input.size(), in.get());
  std::rewind(in.get());
  std::vector<char*> arguments{const_cast<char*>("tcpdump")};
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(fileno(in.get()), 0);
    dup2(fileno(out.get()), 1);
    dup2(fileno(err.get()), 2);
    execv(program, arguments.data());
    _exit(127);
  }
  Outcome outcome;
  while (child > 0 && waitpid(child, &outcome.status, 0) < 0) {
  }
  outcome.out = content(out.get());
  outcome.err = content(err.get());
  return outcome;
}

std::string capture_of(std::uint32_t link, const std::vector<JudgedFrame>& frames, bool numbered) {
  std::string text(header_size, '\0');
  auto* header = reinterpret_cast<std::byte*>(text.data());
  constexpr std::uint32_t magic = 0xa1b23c4d, snap = 262144;
  store(header, magic, big);
  store(header + 4, std::uint16_t{2}, big);
  store(header + 6, std::uint16_t{4}, big);
  store(header + 16, snap, big);
  store(header + 20, link, big);
  std::uint32_t number = 0;
  for (const auto& frame : frames) {
    std::array<std::byte, record_size> record{};
    store(record.data(), numbered ? number++ : static_cast<std::uint32_t>(frame.time / second), big);
    store(record.data() + 4, numbered ? 0 : static_cast<std::uint32_t>(frame.time % second), big);
    store(record.data() + 8, static_cast<std::uint32_t>(frame.bytes.size()), big);
    store(record.data() + 12, frame.original, big);
    text.append(reinterpret_cast<const char*>(record.data()), record.size());
    text.append(reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size());
  }
  return text;
}

// tcpdump's last words, without what it says about reading.
std::string complaint(const std::string& err) {
  const auto at = err.rfind("tcpdump: ");
  return at == std::string::npos ? "syntax error\n" : err.substr(at);
}

}  // namespace

Result<void> check_expression(const std::string& expression, std::uint32_t link) {
  const auto outcome = run({"-r", "-", "-w", "/dev/null", expression}, capture_of(link, {}, true));
  if (!outcome) return fail(outcome.error());
  if (outcome->status != 0) return fail(ErrorKind::usage, complaint(outcome->err));
  return {};
}

Result<std::vector<bool>> judge_frames(const std::string& expression, std::uint32_t link,
                                       const std::vector<JudgedFrame>& frames) {
  std::vector<bool> passes(frames.size(), expression.empty());
  if (expression.empty() || frames.empty()) return passes;
  const auto outcome = run({"-r", "-", "-w", "-", expression}, capture_of(link, frames, true));
  if (!outcome) return fail(outcome.error());
  if (outcome->status != 0) return fail(ErrorKind::failed, complaint(outcome->err));
  // What comes back is in the byte order of that tcpdump; its seconds are the frames' numbers.
  const auto* bytes = reinterpret_cast<const std::byte*>(outcome->out.data());
  if (outcome->out.size() < header_size) return fail(ErrorKind::failed, "tcpdump wrote nothing");
  const auto order = bytes[0] == std::byte{0xa1} ? ByteOrder::big : ByteOrder::little;
  for (std::size_t at = header_size; at + record_size <= outcome->out.size();) {
    const auto number = load<std::uint32_t>(bytes + at, order);
    if (number < passes.size()) passes[number] = true;
    at += record_size + load<std::uint32_t>(bytes + at + 8, order);
  }
  return passes;
}

Result<std::string> print_frames(const std::vector<std::string>& options, std::uint32_t link,
                                 const std::vector<JudgedFrame>& frames) {
  if (frames.empty()) return std::string();
  std::vector<std::string> words{"-n", "-r", "-"};
  words.insert(words.end(), options.begin(), options.end());
  const auto outcome = run(words, capture_of(link, frames, false));
  if (!outcome) return fail(outcome.error());
  return outcome->out;
}

}  // namespace anchoko::iptrace::emulated
