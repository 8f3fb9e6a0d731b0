#include "backends/iptrace/emulator_tcpdump.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <iomanip>
#include <sstream>

#include <signal.h>
#include <unistd.h>

#include "backends/iptrace/emulator_filter.h"
#include "backends/iptrace/emulator_judge.h"
#include "backends/iptrace/emulator_report.h"
#include "backends/iptrace/emulator_state.h"
#include "core/lab/process.h"

namespace anchoko::iptrace::emulated {
namespace {

using lab::EmulatedHost;
using lab::PacketSource;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t stdio_buffer = 4096;

// Packets in handfuls: each is judged by a process of its own.
class Run {
 public:
  Run(const EmulatedHost& host, const TcpdumpOptions& options)
      : host_(host),
        options_(options),
        identity_(identity_of(host.interfaces().at(options.interface).name)),
        link_(identity_.type == type_loopback ? link_raw : link_ethernet),
        encoding_(host.fact("aix-tcpdump-format", "2.2") == "2.4" ? Encoding::Kind::pcap_2_4
                                                                  : Encoding::Kind::pcap_2_2,
                  false, snap(), identity_.type),
        files_(host, options, encoding_.header()) {}

  Result<void> capture();
  Result<void> read();
  void say_counts() const;

 private:
  std::optional<std::uint32_t> snap() const {
    if (options_.snap == 0) return std::nullopt;
    return options_.snap;
  }
  bool is_done() const { return options_.count && captured_ >= *options_.count; }
  Result<bool> gather(PacketSource& source, const Filter& filter);  // false: no more will come
  Result<void> open_file(std::int64_t time);
  Result<void> deal();
  Result<void> keep(const JudgedFrame& frame);

  const EmulatedHost& host_;
  const TcpdumpOptions& options_;
  InterfaceIdentity identity_;
  std::uint32_t link_;
  Encoding encoding_;
  SaveFiles files_;
  std::vector<JudgedFrame> handful_;
  std::uint64_t received_ = 0, captured_ = 0;
};

Result<bool> Run::gather(PacketSource& source, const Filter& filter) {
  constexpr std::size_t most = 2000;
  constexpr milliseconds moment{100};
  const auto until = steady_clock::now() + moment;
  while (handful_.size() < most && steady_clock::now() < until) {
    lab::Frame frame;
    const auto next = source.next(frame, moment);
    if (!next) return fail(next.error());
    if (*next == PacketSource::Next::end) return false;
    if (*next == PacketSource::Next::nothing) break;
    // Linux shows what crosses its loopback on the way out and on the way in.
    if (identity_.type == type_loopback && frame.sent && host_.packets() == "live") continue;
    if (!filter.passes(frame)) continue;
    const auto data = data_of(frame.bytes, identity_);
    const auto less = static_cast<std::uint32_t>(frame.bytes.size() - data.size());
    handful_.push_back({frame.time, frame.original - less, {data.begin(), data.end()}});
  }
  return true;
}

Result<void> Run::open_file(std::int64_t time) {
  if (options_.write.empty()) return {};
  return files_.open(time);
}

// What the encoding takes off a loopback's frame is off already.
Result<void> Run::keep(const JudgedFrame& judged) {
  std::vector<std::byte> bytes(link_ == link_raw ? 14 : 0);
  bytes.insert(bytes.end(), judged.bytes.begin(), judged.bytes.end());
  lab::Frame frame;
  frame.time = judged.time;
  frame.original = judged.original + static_cast<std::uint32_t>(bytes.size() - judged.bytes.size());
  frame.bytes = bytes;
  return files_.write(encoding_.record(frame, identity_), judged.time);
}

Result<void> Run::deal() {
  received_ += handful_.size();
  const auto passes = judge_frames(options_.expression, link_, handful_);
  if (!passes) return fail(passes.error());
  std::vector<JudgedFrame> printed;
  for (std::size_t i = 0; i < handful_.size() && !is_done(); ++i) {
    if (!(*passes)[i]) continue;
    ++captured_;
    if (options_.write.empty()) {
      printed.push_back(handful_[i]);
      if (const auto cut = snap(); cut && printed.back().bytes.size() > *cut)
        printed.back().bytes.resize(*cut);
    } else if (auto kept = keep(handful_[i]); !kept) {
      return kept;
    }
  }
  handful_.clear();
  const auto text = print_frames(options_.printing, link_, printed);
  if (!text) return fail(text.error());
  std::fputs(text->c_str(), stdout);
  std::fflush(stdout);
  return {};
}

Result<void> Run::capture() {
  Options seen;
  seen.promiscuous = !options_.not_promiscuous;
  const Filter filter(host_, seen);
  auto source = lab::open_packets(host_, {options_.interface});
  if (!source) return fail(std::move(source.error()));
  struct sigaction hang_up {};
  sigaction(SIGHUP, nullptr, &hang_up);
  std::optional<lab::SignalWatch> watch;
  if (hang_up.sa_handler == SIG_IGN)  // nohup works
    watch.emplace(std::initializer_list<int>{SIGINT, SIGTERM, SIGPIPE});
  else
    watch.emplace(std::initializer_list<int>{SIGINT, SIGTERM, SIGPIPE, SIGHUP});
  if (auto opened = open_file(std::time(nullptr) * second); !opened) return opened;
  std::fprintf(stderr, "%slistening on %s, link-type %u, capture size %u bytes\n",
               options_.write.empty()
                   ? "tcpdump: verbose output suppressed, use -v or -vv for full protocol decode\n"
                   : "tcpdump: ",
               host_.interfaces()[options_.interface].name.c_str(), link_, snap().value_or(65535));
  while (watch->pending() == 0 && !is_done()) {
    const auto more = gather(**source, filter);
    if (!more) return fail(more.error());
    if (auto dealt = deal(); !dealt) return dealt;
  }
  files_.flush();
  return {};
}

Result<void> Run::read() {
  const auto bytes = whole_file(options_.read);
  if (!bytes) return fail(ErrorKind::failed, options_.read + ": No such file or directory");
  const auto packets = read_tcpdump(*bytes);
  if (!packets) return fail(ErrorKind::failed, "bad dump file format");
  for (const auto& packet : packets->packets) {
    link_ = packet.type == type_ethernet ? link_ethernet : link_raw;
    handful_.push_back({packet.time, packet.original, {packet.data.begin(), packet.data.end()}});
  }
  if (auto opened = open_file(std::time(nullptr) * second); !opened) return opened;
  if (auto dealt = deal(); !dealt) return dealt;
  files_.flush();
  return {};
}

void Run::say_counts() const {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::fprintf(stderr, "%llu packet%s captured\n", number(captured_), captured_ == 1 ? "" : "s");
  std::fprintf(stderr, "%llu packet%s received by filter\n", number(received_), received_ == 1 ? "" : "s");
  std::fputs("0 packets dropped by kernel\n", stderr);
}

int complain(const std::string& text) {
  std::fprintf(stderr, "tcpdump: %s\n", text.c_str());
  return 1;
}

}  // namespace

SaveFiles::SaveFiles(const EmulatedHost& host, const TcpdumpOptions& options, std::vector<std::byte> header)
    : options_(options), header_(std::move(header)) {
  rules_.buffer = options.unbuffered ? 0 : stdio_buffer;
  rules_.holds_header = !options.unbuffered;
  constexpr std::uint64_t usual_room = 4096;
  if (const auto full = host.fault("tcpdump-disk-full"))
    rules_.room = decimal(*full, 1ull << 40).value_or(usual_room);
}

std::string SaveFiles::name(std::int64_t time) const {
  if (options_.write == "-") return "/dev/stdout";
  std::string base = options_.write;
  if (options_.rotate_seconds != 0) {
    const auto seconds = static_cast<std::time_t>(time / second);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    std::ostringstream text;
    text << std::put_time(&parts, options_.write.c_str());
    base = text.str();
  }
  return number_ == 0 ? base : base + std::to_string(number_);
}

Result<void> SaveFiles::open(std::int64_t time) {
  if (number_ == 0) opened_ = time / second;
  current_ = name(time);
  file_.reset();
  auto opened = LogFile::open(current_, header_, rules_);
  if (!opened) return fail(std::move(opened.error()));
  file_.emplace(std::move(*opened));
  size_ = header_.size();
  return {};
}

void SaveFiles::after_rotation() const {
  if (options_.after_rotation.empty()) return;
  signal(SIGCHLD, SIG_IGN);  // nobody waits for it
  if (fork() != 0) return;
  execlp(options_.after_rotation.c_str(), options_.after_rotation.c_str(), current_.c_str(), nullptr);
  _exit(1);
}

Result<void> SaveFiles::write(std::span<const std::byte> record, std::int64_t time) {
  const bool by_time = options_.rotate_seconds != 0 && time / second - opened_ >= options_.rotate_seconds;
  const bool by_size = options_.file_size != 0 && size_ > options_.file_size;
  if (by_time || by_size) {
    flush();
    file_.reset();
    after_rotation();
    number_ = by_time ? 0 : number_ + 1;
    if (auto opened = open(time); !opened) return opened;
  }
  size_ += record.size();
  (void)file_->write(record);
  return {};
}

void SaveFiles::flush() {
  if (file_) (void)file_->flush();
}

int run_tcpdump(EmulatedHost& host, std::span<const std::string> words) {
  const auto options = parse_tcpdump(host, words.subspan(1));
  if (!options) {
    std::fputs(options.error().message.c_str(), stderr);
    return 1;
  }
  if (options->lists_interfaces || options->lists_links) {
    std::size_t number = 0;
    for (const auto& interface : host.interfaces())
      if (options->lists_interfaces) std::printf("%zu.%s\n", ++number, interface.name.c_str());
    if (options->lists_links)
      std::fputs("Data link types (use option -y to set):\n  EN10MB (Ethernet)\n", stderr);
    return 0;
  }
  if (options->read.empty() && !host.is_root())
    return complain("no permission: /dev/bpf0: Permission denied");
  const bool bare = identity_of(host.interfaces().at(options->interface).name).type == type_loopback;
  if (!options->expression.empty())
    if (const auto checked = check_expression(options->expression, bare ? link_raw : link_ethernet);
        !checked) {
      std::fputs(checked.error().message.c_str(), stderr);
      return 1;
    }
  Run run(host, *options);
  note_tcpdump(host, getpid());
  const auto done = options->read.empty() ? run.capture() : run.read();
  if (!done) return complain(done.error().message);
  if (options->read.empty()) run.say_counts();
  return 0;
}

}  // namespace anchoko::iptrace::emulated
