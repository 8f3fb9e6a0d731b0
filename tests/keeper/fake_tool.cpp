// Stands in for a capture tool: prints "ready", adds to its file until it is told to end, then its count.
//
//   fake_tool -w FILE [OPTION]…
//     --dump FILE WORD…     only writes its further words, a zero byte behind each, and ends; must stand
//     first
//     --exit STATUS MS      ends by itself so late
//     --complain TEXT       on stderr, first
//     --ignore SIGNAL       never heeds INT or TERM
//     --deaf MS             heeds no INT so long, as a tool that is still starting
//     --die                 leaves INT and TERM at their default action
//     --grow BYTES          a step, each 50 ms; 24 unless told
//     --sparse BYTES        its file is that long at once, without blocks
//     --allocate BYTES      its file has blocks for so much beyond its end, as XFS gives to growing files
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

volatile std::sig_atomic_t interrupts = 0;
volatile std::sig_atomic_t terminations = 0;
volatile std::sig_atomic_t reports = 0;

void count(int signal) {
  if (signal == SIGINT) interrupts = interrupts + 1;
  if (signal == SIGTERM) terminations = terminations + 1;
  if (signal == SIGUSR1) reports = reports + 1;
}

int dump(const std::vector<std::string>& words) {
  std::ofstream file(words.at(1), std::ios::binary);
  for (std::size_t i = 2; i < words.size(); ++i) file << words[i] << '\0';
  file.flush();
  return file ? 0 : 1;
}

struct Options {
  std::string file;
  std::string complaint;
  int status = -1;
  long ends_after = 0;
  long deaf = 0;
  bool ignore_int = false, ignore_term = false, die = false;
  std::size_t grow = 24;
  off_t sparse = 0;
  off_t allocate = 0;
};

Options parsed(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = [&] { return words.at(++i); };
    if (words[i] == "-w") {
      options.file = value();
    } else if (words[i] == "--exit") {
      options.status = std::stoi(value());
      options.ends_after = std::stol(value());
    } else if (words[i] == "--complain") {
      options.complaint = value();
    } else if (words[i] == "--ignore") {
      (value() == "INT" ? options.ignore_int : options.ignore_term) = true;
    } else if (words[i] == "--deaf") {
      options.deaf = std::stol(value());
    } else if (words[i] == "--die") {
      options.die = true;
    } else if (words[i] == "--grow") {
      options.grow = std::stoul(value());
    } else if (words[i] == "--sparse") {
      options.sparse = std::stol(value());
    } else if (words[i] == "--allocate") {
      options.allocate = std::stol(value());
    } else {
      std::fprintf(stderr, "fake_tool: %s?\n", words[i].c_str());
      std::exit(2);
    }
  }
  return options;
}

void say(const std::string& text) {
  const std::string line = text + "\n";
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace

int main(int count_of_words, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + count_of_words);
  if (!words.empty() && words[0] == "--dump") return dump(words);
  const Options options = parsed(words);
  struct sigaction action {};
  action.sa_handler = count;
  sigaction(SIGUSR1, &action, nullptr);
  if (options.die) action.sa_handler = SIG_DFL;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (!options.complaint.empty()) say(options.complaint);
  const int file = ::open(options.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (file < 0) {
    std::perror(options.file.c_str());
    return 1;
  }
  if (options.allocate > 0) ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, options.allocate);
  if (options.sparse > 0 && ::ftruncate(file, options.sparse) != 0) return 1;
  const auto start = std::chrono::steady_clock::now();
  const std::string step(options.grow, 'x');
  std::size_t written = 0;
  int reported = 0;
  long next_step = 0;
  if (options.status < 0 || options.ends_after > 0) say("ready");
  for (;;) {
    const auto run =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start)
            .count();
    if (options.status >= 0 && run >= options.ends_after) {
      if (options.ends_after > 0) say("captured " + std::to_string(written));
      return options.status;
    }
    if (run < options.deaf) interrupts = 0;
    if (interrupts > 0 && !options.ignore_int) break;
    if (terminations > 0 && !options.ignore_term) {
      say("terminated");
      return 3;
    }
    if (reports > reported) {
      reported = reports;
      say("count so far " + std::to_string(written));
    }
    if (run >= next_step) {
      next_step = run + 50;
      if (::write(file, step.data(), step.size()) < 0) {
        std::perror("fake_tool: its file");
        return 1;
      }
      ++written;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  // A tool has something to do at its end, in which it may be interrupted once more.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  say("captured " + std::to_string(written) + ", interrupted " + std::to_string(int(interrupts)));
  return 0;
}
