#include "backends/snoop/emulator_session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "backends/snoop/emulator_device.h"
#include "backends/snoop/emulator_display.h"
#include "backends/snoop/emulator_filter.h"
#include "core/lab/process.h"

namespace anchoko::snoop::emulated {
namespace {

using std::chrono::milliseconds;
using Clock = Chunk::Clock;

constexpr double longest_compile = 1e6;  // seconds: nobody waits for more

int fail_with(const std::string& message) {
  std::fprintf(stderr, "snoop: %s\n", message.c_str());
  return 1;
}

double number_of(const std::optional<std::string>& text, double otherwise) {
  return text && !text->empty() ? std::strtod(text->c_str(), nullptr) : otherwise;
}

// With the rights of root it gives them up once everything is open: nobody but root can signal it then, and
// it can open nothing any more (section 1).
void become_nobody(const lab::EmulatedHost& host) {
  if (geteuid() != 0 || !host.is_root()) return;
  const passwd* nobody = getpwnam("nobody");
  if (!nobody) return;
  [[maybe_unused]] const int groups = setgroups(0, nullptr);
  [[maybe_unused]] const int group = setgid(nobody->pw_gid);
  [[maybe_unused]] const int user = setuid(nobody->pw_uid);
}

// A line of a name file: address, blanks, name.
Result<void> load_names(const std::string& path, Names& names) {
  std::ifstream lines(path);
  if (!lines) return fail(ErrorKind::failed, path + ": cannot open");
  std::fprintf(stderr, "Loading name file %s\n", path.c_str());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string address, name;
    if (words >> address >> name) names.add(name, address);
  }
  return {};
}

class Session {
 public:
  Session(lab::EmulatedHost& host, const Release& release, Options options)
      : host_(host), release_(release), options_(std::move(options)), names_(host) {}

  int run() { return options_.input ? read_file() : capture(); }

 private:
  int read_file();
  int capture();
  int listen(lab::PacketSource& packets, const LinkView& link);
  std::optional<int> deliver(Chunk& chunk, const lab::SignalWatch& signals);
  std::optional<int> show_or_write(const Record& record);
  std::optional<int> stop_on(lab::SignalWatch& signals);
  Result<void> open_output(std::uint32_t dlpi_type);
  Result<void> prepare_filter(Path path, Medium medium);
  int list_code() const;
  void load_all_names();
  int make_names(const CaptureContent& content) const;
  bool writes() const { return output_ != nullptr; }
  void count_shown() const {
    if (writes() && !options_.quiet) std::fprintf(stderr, "\r%llu ", static_cast<unsigned long long>(count_));
  }

  lab::EmulatedHost& host_;
  const Release& release_;
  Options options_;
  Names names_;
  Filter filter_;
  Medium medium_ = Medium::ethernet;
  std::unique_ptr<CaptureFile> output_;
  std::unique_ptr<Display> display_;
  std::uint64_t count_ = 0;
  std::uint32_t shown_ = 0;
};

Result<void> Session::open_output(std::uint32_t dlpi_type) {
  if (!options_.output && !options_.ring) return {};
  std::optional<std::uint64_t> room;
  if (const auto full = host_.fault("snoop-disk-full")) room = static_cast<std::uint64_t>(number_of(full, 0));
  output_ = std::make_unique<CaptureFile>(release_, dlpi_type, room);
  return options_.ring ? output_->open_ring(*options_.ring) : output_->open(*options_.output);
}

Result<void> Session::prepare_filter(Path path, Medium medium) {
  medium_ = medium;
  auto filter = make_filter(options_.expression, path, medium, release_, names_);
  if (!filter) return fail(std::move(filter.error()));
  filter_ = std::move(*filter);
  const double seconds = std::min(compile_seconds(filter_, release_), longest_compile);
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return {};
}

int Session::list_code() const {
  if (filter_.in_kernel)
    std::printf("Kernel Filter: %zu words\n", filter_.kernel ? filter_.kernel->words : std::size_t{1});
  if (filter_.userland) std::printf("%s", filter_.userland->listing().c_str());
  return 0;
}

void Session::load_all_names() {
  if (options_.name_file) {
    if (auto loaded = load_names(*options_.name_file, names_); !loaded)
      std::fprintf(stderr, "snoop: %s\n", loaded.error().message.c_str());
  } else if (options_.input && access((*options_.input + ".names").c_str(), R_OK) == 0) {
    [[maybe_unused]] const auto loaded = load_names(*options_.input + ".names", names_);
  }
}

int Session::make_names(const CaptureContent& content) const {
  const std::string path = *options_.input + ".names";
  std::fprintf(stderr, "Creating name file %s\n", path.c_str());
  std::ofstream out(path);
  const Layout layout(medium_, release_);
  std::vector<Address> told;
  for (const auto& record : content.records) {
    const Packet packet{record.bytes, record.original};
    const auto network = layout.network_at(packet);
    if (!network || layout.family(packet) != 4) continue;
    for (const std::size_t at : {*network + 12, *network + 16}) {
      const auto word = number_at(record.bytes, at, 4);
      if (!word) continue;
      Address address;
      for (std::size_t i = 0; i < 4; ++i)
        address.bytes.at(i) = static_cast<std::uint8_t>(*word >> (24 - 8 * i));
      const auto name = names_.name_of(address);
      if (!name || std::find(told.begin(), told.end(), address) != told.end()) continue;
      told.push_back(address);
      out << text_of(address) << '\t' << *name << '\n';
    }
  }
  return out.flush() ? 0 : fail_with(path + ": cannot write");
}

std::optional<int> Session::show_or_write(const Record& record) {
  ++count_;
  if (writes()) {
    if (auto written = output_->write(record); !written) return fail_with(written.error().message);
    count_shown();
  } else {
    std::fputs(display_->text_of(record, shown_).c_str(), stdout);
  }
  const auto dies = host_.fault("snoop-dies");
  if (dies && static_cast<double>(count_) >= number_of(dies, 0)) raise(SIGKILL);
  if (options_.count == 0 || count_ < options_.count) return std::nullopt;
  std::fprintf(stderr, "%llu packets captured\n", static_cast<unsigned long long>(count_));
  return 0;
}

int Session::read_file() {
  load_all_names();
  auto content = read_capture(*options_.input, release_);
  if (!content) return fail_with(content.error().message);
  const auto medium = medium_of(content->dlpi_type);
  if (!medium) return fail_with("Mac Type = " + std::to_string(content->dlpi_type) + " is not supported");
  if (auto opened = open_output(content->dlpi_type); !opened) return fail_with(opened.error().message);
  if (auto ready = prepare_filter(Path::userland_only, *medium); !ready)
    return fail_with(ready.error().message);
  if (options_.list_code) return list_code();
  for (const auto& warning : content->warnings) std::fputs(warning.c_str(), stderr);
  if (options_.make_names) return make_names(*content);
  display_ = std::make_unique<Display>(options_, *medium, release_, names_);
  count_shown();
  const Range range = options_.range.value_or(Range{});
  for (const auto& record : content->records) {
    ++shown_;
    if (shown_ > range.last) break;
    if (shown_ < range.first || !filter_.userland_accepts({record.bytes, record.original}, medium_, release_))
      continue;
    if (const auto done = show_or_write(record)) return *done;
  }
  return 0;
}

int Session::capture() {
  if (options_.audio && !release_.audio) return fail_with("/dev/audio: No such file or directory");
  load_all_names();
  const auto device = open_device(host_, options_, release_);
  if (!device) return fail_with(device.error().message);
  std::fputs(device->warning.c_str(), stderr);
  auto packets = lab::open_packets(host_, {device->index});
  if (!packets) return fail_with("cannot open \"" + device->shown + "\": " + packets.error().message);
  if (auto opened = open_output(static_cast<std::uint32_t>(device->medium)); !opened)
    return fail_with(opened.error().message);
  become_nobody(host_);
  const Path path = options_.userland_only ? Path::userland_only : Path::live;
  if (auto ready = prepare_filter(path, device->medium); !ready) return fail_with(ready.error().message);
  if (options_.list_code) return list_code();
  display_ = std::make_unique<Display>(options_, medium_, release_, names_);
  std::fprintf(stderr, "Using device %s (%s)\n", device->shown.c_str(),
               options_.promiscuous ? "promiscuous mode" : "non promiscuous");
  LinkView link;
  link.medium = device->medium;
  link.promiscuous = options_.promiscuous;
  link.loopback = device->loopback;
  link.live = host_.packets() == "live";
  link.interface = &host_.interfaces()[device->index];
  link.index = static_cast<std::uint32_t>(device->index + 1);
  return listen(**packets, link);
}

int Session::listen(lab::PacketSource& packets, const LinkView& link) {
  // Its own handlers, also where a signal was ignored before: nohup does not help (section 2).
  lab::SignalWatch signals{SIGINT, SIGHUP, SIGTERM, SIGQUIT};
  count_shown();
  if (const auto dies = host_.fault("snoop-dies"); dies && number_of(dies, 0) == 0) raise(SIGKILL);
  Chunk chunk(release_, options_.snaplen, options_.audio ? milliseconds(100) : milliseconds(1000));
  std::vector<std::byte> room;
  lab::Frame frame;
  while (true) {
    if (const auto done = stop_on(signals)) return *done;
    auto next = packets.next(frame, milliseconds(20));
    if (!next) return fail_with(next.error().message);
    if (*next == lab::PacketSource::Next::frame) {
      const auto packet = seen_on(link, frame, room);
      if (packet && filter_.kernel_accepts(*packet, medium_, release_)) {
        if (!chunk.has_room_for(*packet))
          if (const auto done = deliver(chunk, signals)) return *done;
        chunk.add(*packet, frame.time, Clock::now());
      }
    }
    if (chunk.is_due(Clock::now()))
      if (const auto done = deliver(chunk, signals)) return *done;
  }
}

std::optional<int> Session::deliver(Chunk& chunk, const lab::SignalWatch& signals) {
  const auto lost = static_cast<std::size_t>(number_of(host_.fault("snoop-drops"), 0));
  for (const auto& record : chunk.take(lost)) {
    if (signals.pending() != 0) return std::nullopt;  // the rest of the chunk is lost (section 2)
    ++shown_;
    if (!filter_.userland_accepts({record.bytes, record.original}, medium_, release_)) continue;
    if (const auto done = show_or_write(record)) return done;
  }
  std::fflush(stdout);
  return std::nullopt;
}

// What bufmod still holds is lost.
std::optional<int> Session::stop_on(lab::SignalWatch& signals) {
  const int signal = signals.pending();
  if (signal == 0) return std::nullopt;
  if (signal == SIGQUIT) {
    std::fputs("snoop: WARNING: received signal to quit while waiting for packets\n", stderr);
    return 1;
  }
  signals.forget();
  if (const auto slow = host_.fault("snoop-slow-stop")) {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(number_of(slow, 3)));
    while (Clock::now() < end) {
      if (signals.pending() != 0) return 1;
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  if (writes() && host_.fault("snoop-unclean-end")) {
    output_->cut_last();
    raise(SIGKILL);
  }
  if (writes()) std::fputc('\n', stdout);
  return 0;
}

}  // namespace

int run_snoop(lab::EmulatedHost& host, std::span<const std::string> words) {
  const auto release = release_of(host);
  if (!release) {
    std::fprintf(stderr, "anchoko-lab: %s\n", release.error().message.c_str());
    return exit_status(release.error().kind);
  }
  auto options = parse_options(words, *release);
  if (!options) {
    std::fputs(options.error().message.c_str(), stderr);
    return 1;
  }
  return Session(host, *release, std::move(*options)).run();
}

}  // namespace anchoko::snoop::emulated
