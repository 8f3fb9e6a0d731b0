#include "backends/nettl/emulator_netfmt.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "backends/nettl/emulator_netfmt_filter.h"
#include "backends/nettl/emulator_services.h"
#include "backends/nettl/emulator_words.h"

namespace anchoko::nettl::emulated {
namespace {

std::string clock_text(std::int64_t time, bool with_date) {
  const std::time_t seconds = time / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64], all[96];
  if (with_date) {
    std::strftime(text, sizeof text, "%a %b %d %Y UTC %H:%M:%S", &parts);
  } else {
    std::strftime(text, sizeof text, "%H:%M:%S", &parts);
  }
  std::snprintf(all, sizeof all, "%s.%06d", text, static_cast<int>(time % 1'000'000'000 / 1000));
  return all;
}

std::string kind_text(std::uint32_t kind) {
  constexpr std::pair<std::uint32_t, const char*> names[] = {
      {0x80000000, "HDR IN TRACE"},  {0x40000000, "HDR OUT TRACE"},   {0x20000000, "PDU IN TRACE"},
      {0x10000000, "PDU OUT TRACE"}, {0x08000000, "PROCEDURE TRACE"}, {0x04000000, "STATE TRACE"},
      {0x02000000, "ERROR TRACE"},   {0x01000000, "LOG CALL TRACE"},  {0x00800000, "LOOPBACK TRACE"},
  };
  for (const auto& [mask, name] : names)
    if (kind & mask) return name;
  return "TRACE";
}

std::string dotted(std::uint32_t address) {
  char text[16];
  std::snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
                address & 255);
  return text;
}

std::string station(std::uint64_t mac) {
  char text[24];
  std::snprintf(text, sizeof text, "%02x-%02x-%02x-%02x-%02x-%02x", static_cast<unsigned>(mac >> 40 & 255),
                static_cast<unsigned>(mac >> 32 & 255), static_cast<unsigned>(mac >> 24 & 255),
                static_cast<unsigned>(mac >> 16 & 255), static_cast<unsigned>(mac >> 8 & 255),
                static_cast<unsigned>(mac & 255));
  return text;
}

std::string address6(Bytes ip, std::size_t at) {
  std::string text;
  char part[8];
  for (std::size_t i = 0; i < 16; i += 2) {
    std::snprintf(part, sizeof part, "%s%x", i == 0 ? "" : ":", static_cast<unsigned>(word_at(ip, at + i)));
    text += part;
  }
  return text;
}

class Netfmt {
 public:
  Netfmt(const lab::EmulatedHost& host, const FormatStreams& streams) : host_(host), streams_(streams) {}
  int run(std::span<const std::string> words);

 private:
  int wrong(const std::string& text) {
    streams_.complain("netfmt: " + text + "\n");
    return static_cast<int>(number_of(host_, "netfmt-error-exit", 1));
  }
  Result<void> load_filter();
  Result<void> read_all();
  Result<bool> take_records();
  void take(ReadRecord read);
  void show(const ReadRecord& read);
  std::string banner(const ReadRecord& read) const;
  std::string line(const ReadRecord& read) const;
  std::string decoded(const ReadRecord& read) const;
  std::string port(std::uint16_t number, bool tcp) const;
  std::string dump(const ReadRecord& read) const;
  void summarize() const;

  const lab::EmulatedHost& host_;
  const FormatStreams& streams_;
  FormatOptions options_;
  FormatReading reading_;
  FormatFilter filter_;
  TraceText text_;
  bool header_seen_ = false;
  std::deque<ReadRecord> last_;
  std::map<std::pair<std::string, std::string>, std::size_t> counts_;
  std::int64_t first_time_ = 0, last_time_ = 0;
  std::size_t shown_ = 0;
};

Result<void> Netfmt::load_filter() {
  if (!options_.filter_file) return {};
  std::ifstream file(*options_.filter_file, std::ios::binary);
  if (!file) return fail(ErrorKind::failed, "cannot open " + *options_.filter_file);
  auto parsed = parse_format_filter(reading_, std::string(std::istreambuf_iterator<char>(file), {}));
  if (!parsed) return fail(ErrorKind::usage, *options_.filter_file + ": " + parsed.error().message);
  filter_ = std::move(*parsed);
  return {};
}

std::string Netfmt::port(std::uint16_t number, bool tcp) const {
  if (!options_.numeric)
    if (const auto service = service_of_port(number, tcp)) return std::string(*service);
  return std::to_string(number);
}

std::string Netfmt::banner(const ReadRecord& read) const {
  const bool inverse = !options_.no_inverse && filter_.highlight;  // also into a pipe
  const std::string title = name_of_subsystem(read.record.subsystem);
  const std::string stars(title.size() < 60 ? (66 - title.size()) / 2 : 3, '*');
  char line[160];
  std::string text =
      (inverse ? "\033[7m" : "") + stars + title + stars + "@#%" + (inverse ? "\033[0m" : "") + "\n";
  std::snprintf(line, sizeof line, "  Timestamp            : %s\n",
                clock_text(read.record.time, true).c_str());
  text += line;
  const std::string process = read.process == -1 ? "[ICS]" : std::to_string(read.process);
  std::snprintf(line, sizeof line, "  Process ID           : %-20s Subsystem        : %s\n", process.c_str(),
                title.c_str());
  text += line;
  std::snprintf(line, sizeof line, "  User ID ( UID )      : %-20d Trace Kind       : %s\n", read.user,
                kind_text(read.record.kind).c_str());
  text += line;
  std::snprintf(line, sizeof line, "  Device ID            : %-20d Path ID          : -1\n",
                read.record.device);
  return text + line + std::string(75, '~') + "\n";
}

std::string Netfmt::decoded(const ReadRecord& read) const {
  const auto& packet = read.packet;
  std::string text;
  char line[200];
  if (packet.mac_source) {
    std::snprintf(line, sizeof line, "Source : %s  Dest : %s  Type : 0x%04x\n",
                  station(*packet.mac_source).c_str(), station(*packet.mac_destination).c_str(),
                  static_cast<unsigned>(packet.type.value_or(0)));
    text += line;
  }
  if (packet.ip.empty()) return text + dump(read);
  const std::string from = packet.version6 ? address6(packet.ip, 8) : dotted(*packet.source);
  const std::string to = packet.version6 ? address6(packet.ip, 24) : dotted(*packet.destination);
  text += "IP: " + from + " -> " + to + "  len " + std::to_string(packet.ip.size()) + "  protocol " +
          std::to_string(*packet.protocol) + "\n";
  const bool tcp = packet.protocol == 6;
  if ((tcp || packet.protocol == 17) && packet.transport.size() >= 8)
    text += (tcp ? "TCP: " : "UDP: ") + port(word_at(packet.transport, 0), tcp) + " -> " +
            port(word_at(packet.transport, 2), tcp) + "\n";
  return text + dump(read);
}

std::string Netfmt::dump(const ReadRecord& read) const {
  const Bytes data = Bytes(read.record.data).subspan(read.pad);
  std::string text;
  char part[32];
  for (std::size_t at = 0; at < data.size(); at += 16) {
    std::snprintf(part, sizeof part, "%4zu:", at);
    text += part;
    std::string letters;
    for (std::size_t i = at; i < at + 16; ++i) {
      if (i < data.size()) {
        std::snprintf(part, sizeof part, " %02x", static_cast<unsigned>(data[i]));
      } else {
        std::snprintf(part, sizeof part, " --");
      }
      text += part;
      const auto letter = byte_at(data, i);
      letters += i < data.size() && letter >= 0x20 && letter < 0x7f ? static_cast<char>(letter) : '.';
    }
    text += "  " + letters + "\n";
  }
  return text;
}

std::string Netfmt::line(const ReadRecord& read) const {
  const auto& packet = read.packet;
  std::string text;
  if (options_.times) text += clock_text(read.record.time, false) + " ";
  text += name_of_subsystem(read.record.subsystem) + " " + kind_text(read.record.kind) + " ";
  if (options_.link_addresses && packet.mac_source)
    text += station(*packet.mac_source) + " > " + station(*packet.mac_destination) + " ";
  if (packet.ip.empty()) return text + std::to_string(read.record.data.size() - read.pad) + " bytes\n";
  const bool tcp = packet.protocol == 6;
  const bool ports = (tcp || packet.protocol == 17) && packet.transport.size() >= 4;
  const std::string from = packet.version6 ? address6(packet.ip, 8) : dotted(*packet.source);
  const std::string to = packet.version6 ? address6(packet.ip, 24) : dotted(*packet.destination);
  text += from + (ports ? "." + port(word_at(packet.transport, 0), tcp) : "") + " > " + to +
          (ports ? "." + port(word_at(packet.transport, 2), tcp) : "");
  return text + " protocol " + std::to_string(*packet.protocol) + " len " + std::to_string(packet.ip.size()) +
         "\n";
}

void Netfmt::show(const ReadRecord& read) {
  ++shown_;
  if (options_.summary) {
    ++counts_[{name_of_subsystem(read.record.subsystem), kind_text(read.record.kind)}];
    if (shown_ == 1) first_time_ = read.record.time;
    last_time_ = read.record.time;
  } else if (options_.terse || filter_.mode == FormatMode::terse) {
    streams_.print(line(read));
  } else if (filter_.mode == FormatMode::raw) {
    streams_.print(dump(read) + "\n");
  } else {
    const bool nice = options_.decoded || filter_.mode == FormatMode::nice;
    streams_.print(banner(read) + (nice ? decoded(read) : dump(read)) + "\n");
  }
}

void Netfmt::take(ReadRecord read) {
  if (!shows(filter_, reading_, read)) return;
  if (!options_.last) return show(read);
  last_.push_back(std::move(read));
  if (last_.size() > *options_.last) last_.pop_front();
}

Result<bool> Netfmt::take_records() {
  if (!header_seen_) {
    auto seen = text_.check_header();
    if (!seen || !*seen) return seen;
    header_seen_ = true;
  }
  while (true) {
    auto read = text_.next();
    if (!read) return fail(std::move(read.error()));
    if (!*read) return true;
    take(std::move(**read));
  }
}

Result<void> Netfmt::read_all() {
  std::ifstream file;
  if (options_.file) {
    file.open(*options_.file, std::ios::binary);
    if (!file) return fail(ErrorKind::failed, "cannot open " + *options_.file);
  }
  while (!streams_.stopped()) {
    std::string more;
    if (options_.file) {
      more.resize(65536);
      file.clear();
      file.read(more.data(), static_cast<std::streamsize>(more.size()));
      more.resize(static_cast<std::size_t>(file.gcount()));
    } else {
      more = streams_.read_input();
    }
    if (more.empty() && !(options_.follow && options_.file)) break;
    if (more.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    text_.append(more);
    auto taken = take_records();
    if (!taken) return fail(std::move(taken.error()));
  }
  if (!header_seen_) return fail(ErrorKind::failed, "not a trace or log file");
  return {};
}

void Netfmt::summarize() const {
  std::string text = "                SUMMARY OF TRACE RECORDS\n";
  text += "Total number of records        : " + std::to_string(shown_) + "\n";
  if (shown_ > 0) {
    text += "First record                   : " + clock_text(first_time_, true) + "\n";
    text += "Last record                    : " + clock_text(last_time_, true) + "\n";
  }
  char line[96];
  for (const auto& [what, count] : counts_) {
    std::snprintf(line, sizeof line, "%-20s %-20s %10zu\n", what.first.c_str(), what.second.c_str(), count);
    text += line;
  }
  streams_.print(text);
}

int Netfmt::run(std::span<const std::string> words) {
  if (auto known = check_facts(host_); !known) return wrong(known.error().message);
  auto edition = edition_of(host_);
  if (!edition) return wrong(edition.error().message);
  if (host_.fault("nettl-damaged-conf"))
    return wrong("/etc/nettlgen.conf: the configuration file is damaged");
  auto options = parse_netfmt(host_, *edition, words.subspan(1));
  if (!options) return wrong(options.error().message);
  options_ = std::move(*options);
  reading_ = format_reading(host_);
  if (auto loaded = load_filter(); !loaded) return wrong(loaded.error().message);
  if (options_.parse_only) return 0;
  if (!options_.file && streams_.input_is_terminal) return wrong("no input file");
  auto read = read_all();
  for (const auto& one : last_) show(one);
  if (!read) return wrong(read.error().message);
  if (options_.summary) summarize();
  if (options_.debug) streams_.complain("netfmt: " + std::to_string(text_.records()) + " records read\n");
  return 0;
}

}  // namespace

int run_netfmt(const lab::EmulatedHost& host, std::span<const std::string> words,
               const FormatStreams& streams) {
  return Netfmt(host, streams).run(words);
}

}  // namespace anchoko::nettl::emulated
