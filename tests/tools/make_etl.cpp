// Writes the packets of a pcap file (micro- or nanoseconds, little-endian, Ethernet) as an ETL file, for
// benchmarks and tests of the command line.
//   make_etl PCAP ETL ndis|pktmon|pktmon-drops plain|compressed in-turn|by-cpu|wrapped CPUS BUFFER_KIB
// ndis: one event for each packet. pktmon: 128 bytes of each, once at a filter and once at the NIC, counted;
// with drops, every other packet a third time, as dropped by the NIC.
// in-turn: buffers stand as they were filled; by-cpu: those of one CPU after those of another; wrapped: the
// newer half, then the older, as in a circular file (plain only). The second half of what is not a header is
// noise, so that compression has something to do. The size in bytes of all buffers before compression is
// printed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/byte_cursor.h"

namespace {

using anchoko::ByteOrder;
using anchoko::load;
using anchoko::store;
using Bytes = std::vector<std::byte>;

constexpr auto little = ByteOrder::little;
constexpr std::size_t buffer_header = 72;
constexpr std::uint64_t filetime_of_1970 = 116444736000000000;
constexpr std::uint64_t first_ticks = 1'000'000'000;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

template <typename T>
void put(Bytes& out, T value) {
  out.resize(out.size() + sizeof value);
  store<T>(out.data() + out.size() - sizeof value, value, little);
}
void put_text(Bytes& out, std::string_view text) {
  for (const char c : text) put<std::uint16_t>(out, static_cast<unsigned char>(c));
  put<std::uint16_t>(out, 0);
}
void put_guid(Bytes& out, std::uint32_t first, std::uint16_t second, std::uint16_t third,
              std::uint64_t rest_big_endian) {
  put(out, first);
  put(out, second);
  put(out, third);
  out.resize(out.size() + 8);
  store<std::uint64_t>(out.data() + out.size() - 8, rest_big_endian, ByteOrder::big);
}

// Plain LZ77 of [MS-XCA]: greedy, the last place of every three bytes.
class Compressor {
 public:
  Compressor() : seen_(std::size_t{1} << 15) {}

  const Bytes& run(const Bytes& data) {
    out_.clear();
    left_ = 0;
    nibble_at_ = 0;
    std::ranges::fill(seen_, -1);
    std::size_t at = 0;
    while (at < data.size()) {
      const auto [length, distance] = match(data, at);
      flag(length > 0);
      if (length == 0) {
        out_.push_back(data[at++]);
        continue;
      }
      reference(distance, length);
      at += length;
    }
    if (left_ > 0)
      store<std::uint32_t>(out_.data() + flags_at_, flags_ << left_ | ((1u << left_) - 1), little);
    return out_;
  }

 private:
  std::pair<std::size_t, std::size_t> match(const Bytes& data, std::size_t at) {
    if (at + 4 > data.size()) return {0, 0};
    const std::uint32_t key = load<std::uint32_t>(data.data() + at, little) & 0xFFFFFF;
    std::int64_t& place = seen_[key * 2654435761u >> 17];
    const std::int64_t before = place;
    place = static_cast<std::int64_t>(at);
    if (before < 0 || at - static_cast<std::size_t>(before) > 8192) return {0, 0};
    const auto from = static_cast<std::size_t>(before);
    std::size_t length = 0;
    while (at + length < data.size() && data[from + length] == data[at + length]) ++length;
    return length >= 3 ? std::pair{length, at - from} : std::pair<std::size_t, std::size_t>{0, 0};
  }

  void flag(bool bit) {
    if (left_ == 0) {
      flags_at_ = out_.size();
      out_.resize(out_.size() + 4);
      flags_ = 0;
      left_ = 32;
    }
    flags_ = flags_ << 1 | static_cast<std::uint32_t>(bit);
    if (--left_ == 0) store<std::uint32_t>(out_.data() + flags_at_, flags_, little);
  }

  void reference(std::size_t distance, std::size_t length) {
    const std::size_t rest = length - 3;
    put(out_, static_cast<std::uint16_t>((distance - 1) << 3 | std::min<std::size_t>(rest, 7)));
    if (rest < 7) return;
    const auto nibble = static_cast<unsigned>(std::min<std::size_t>(rest - 7, 15));
    if (nibble_at_ == 0) {
      nibble_at_ = out_.size();
      out_.push_back(static_cast<std::byte>(nibble));
    } else {
      out_[nibble_at_] |= static_cast<std::byte>(nibble << 4);
      nibble_at_ = 0;
    }
    if (nibble < 15) return;
    if (rest - 22 < 255) {
      out_.push_back(static_cast<std::byte>(rest - 22));
      return;
    }
    out_.push_back(std::byte{255});
    put(out_, static_cast<std::uint16_t>(rest < 65536 ? rest : 0));
    if (rest >= 65536) put(out_, static_cast<std::uint32_t>(rest));
  }

  Bytes out_;
  std::vector<std::int64_t> seen_;
  std::uint32_t flags_ = 0;
  std::size_t flags_at_ = 0;
  int left_ = 0;
  std::size_t nibble_at_ = 0;  // 0: none; a nibble never comes first
};

struct Choice {
  bool pktmon = false;
  bool drops = false;
  bool compressed = false;
  bool by_cpu = false;
  bool wrapped = false;
  std::size_t cpus = 4;
  std::size_t buffer = 65536;
};

class EventWriter {
 public:
  explicit EventWriter(const Choice& choice) : pktmon_(choice.pktmon), drops_(choice.drops) {}

  // Of one packet, each padded.
  const Bytes& packet(std::uint64_t number, std::uint64_t ticks, const std::byte* frame, std::size_t size) {
    out_.clear();
    if (!pktmon_) {
      const bool sent = number % 2 == 0;
      begin(ticks, 1001, sent ? 0x80000601C0000001 : 0x80000602C0000001, 12 + size);
      put<std::uint32_t>(out_, 14);
      put<std::uint32_t>(out_, 14);
      put<std::uint32_t>(out_, static_cast<std::uint32_t>(size));
      data(number, frame, size);
      return out_;
    }
    copy(number, ticks, 12, 1, frame, size);
    copy(number, ticks + 1, 11, 2, frame, size);
    if (drops_ && number % 2 == 0) copy(number, ticks + 2, 11, 3, frame, size, 170, 5);
    return out_;
  }

  const Bytes& rundown(std::uint64_t ticks) {
    out_.clear();
    component(ticks, 11, 2, "nic.sys", "Network card");
    component(ticks, 12, 3, "filter.sys", "Filter");
    return out_;
  }

 private:
  void begin(std::uint64_t ticks, std::uint16_t id, std::uint64_t keyword, std::size_t size) {
    put(out_, static_cast<std::uint16_t>(80 + size));
    put<std::uint16_t>(out_, 0xC013);
    put<std::uint32_t>(out_, 0);
    put<std::uint32_t>(out_, 88);  // thread and process
    put<std::uint32_t>(out_, 4);
    put(out_, ticks);
    if (pktmon_) {
      put_guid(out_, 0x4D4F80D9, 0xC8BD, 0x4D73, 0xBB5B19C90402C5AC);
    } else {
      put_guid(out_, 0x2ED6006E, 0x4729, 0x4609, 0xB4233EE7BCD678EF);
    }
    put(out_, id);
    put<std::uint16_t>(out_, 0x1000);
    put<std::uint32_t>(out_, 4);
    put(out_, keyword);
    out_.resize(out_.size() + 24);
  }

  void copy(std::uint64_t number, std::uint64_t ticks, std::uint16_t component, std::uint16_t appearance,
            const std::byte* frame, std::size_t size, std::uint16_t event = 160,
            std::uint32_t drop_reason = 0) {
    const std::size_t kept = std::min<std::size_t>(size, 128);
    begin(ticks, event, 0x10, 34 + kept);
    put(out_, number);
    put<std::uint16_t>(out_, 1);
    put(out_, appearance);
    put<std::uint16_t>(out_, 1);
    put<std::uint16_t>(out_, 1);
    put(out_, component);
    put<std::uint32_t>(out_, 1);  // edge and filter
    put(out_, drop_reason);
    put<std::uint32_t>(out_, 0);  // its location
    put(out_, static_cast<std::uint16_t>(size));
    put(out_, static_cast<std::uint16_t>(kept));
    data(number, frame, kept);
  }

  void component(std::uint64_t ticks, std::uint16_t id, std::uint16_t type, std::string_view name,
                 std::string_view description) {
    begin(ticks, 20, 2, 4 + 2 * (name.size() + description.size() + 2));
    put(out_, id);
    put(out_, type);
    put_text(out_, name);
    put_text(out_, description);
    out_.resize((out_.size() + 7) / 8 * 8);
  }

  void data(std::uint64_t number, const std::byte* frame, std::size_t size) {
    const std::size_t at = out_.size();
    out_.insert(out_.end(), frame, frame + size);
    std::uint64_t state = number * 0x9E3779B97F4A7C15 + 1;
    for (std::size_t i = 54 + (size > 54 ? (size - 54) / 2 : 0); i < size; ++i) {
      state = state * 6364136223846793005 + 1442695040888963407;
      out_[at + i] = static_cast<std::byte>(state >> 56);
    }
    out_.resize((out_.size() + 7) / 8 * 8);
  }

  bool pktmon_;
  bool drops_;
  Bytes out_;
};

class EtlWriter {
 public:
  EtlWriter(std::FILE* file, const Choice& choice) : file_(file), choice_(choice) {}

  bool header(std::uint32_t buffers, std::uint64_t start) {
    Bytes event;
    put<std::uint16_t>(event, 2);
    put<std::uint16_t>(event, 0xC002);
    put<std::uint16_t>(event, 0);  // its size, below
    put<std::uint16_t>(event, 0);
    put<std::uint64_t>(event, 0);
    put(event, first_ticks);
    put<std::uint64_t>(event, 0);
    put(event, static_cast<std::uint32_t>(choice_.buffer));
    put<std::uint32_t>(event, choice_.compressed ? 0x0002000A : 0x0501000A);
    put<std::uint32_t>(event, choice_.pktmon ? 19045 : 17763);
    put(event, static_cast<std::uint32_t>(choice_.cpus));
    put<std::uint64_t>(event, start + 864000000000);
    put<std::uint32_t>(event, 156250);
    put<std::uint32_t>(event, 0);
    put<std::uint32_t>(event, choice_.wrapped ? 2 : choice_.compressed ? 0x04010001 : 0x00010001);
    put(event, buffers);
    put<std::uint32_t>(event, 1);
    put<std::uint32_t>(event, 8);
    put<std::uint32_t>(event, 0);
    put<std::uint32_t>(event, 2400);
    event.resize(event.size() + 16 + 172 + 4);
    put(event, start - 864000000000);
    put<std::uint64_t>(event, 10'000'000);
    put(event, start);
    put<std::uint32_t>(event, 1);
    put<std::uint32_t>(event, 0);
    put_text(event, choice_.wrapped ? "NetTrace" : "Relogger");
    put_text(event, "C:\\trace.etl");
    store<std::uint16_t>(event.data() + 4, static_cast<std::uint16_t>(event.size()), little);
    event.resize((event.size() + 7) / 8 * 8);
    return write(event, 0, 4, choice_.compressed ? 1024 : choice_.buffer);
  }

  bool buffer(const Bytes& events, std::size_t cpu) {
    if (choice_.compressed) return write(compressor_.run(events), cpu, 0, 0, events.size());
    return write(events, cpu, 0, choice_.buffer);
  }
  bool seek(std::uint64_t buffer) {
    return std::fseek(file_, static_cast<long>(buffer * choice_.buffer), SEEK_SET) == 0;
  }
  std::uint64_t logical() const { return logical_; }

 private:
  // `size`: on disk, the rest filled; 0: as large as the content.
  bool write(const Bytes& content, std::size_t cpu, std::uint16_t kind, std::size_t size,
             std::size_t uncompressed = 0) {
    const bool compressed = uncompressed > 0;
    if (size == 0) size = buffer_header + content.size();
    Bytes out(buffer_header);
    const std::size_t used = buffer_header + (compressed ? uncompressed : content.size());
    store<std::uint32_t>(out.data(), static_cast<std::uint32_t>(size), little);
    store<std::uint32_t>(out.data() + 4, static_cast<std::uint32_t>(used), little);
    store<std::uint16_t>(out.data() + 0x28, static_cast<std::uint16_t>(cpu), little);
    store<std::uint32_t>(out.data() + 0x2C, 3, little);
    store<std::uint32_t>(out.data() + 0x30, static_cast<std::uint32_t>(used), little);
    store<std::uint16_t>(out.data() + 0x34, static_cast<std::uint16_t>(compressed ? 0x61 : 0x21), little);
    store<std::uint16_t>(out.data() + 0x36, kind, little);
    out.insert(out.end(), content.begin(), content.end());
    out.resize(size, std::byte{0xff});
    logical_ += compressed ? used : size;
    return std::fwrite(out.data(), 1, out.size(), file_) == out.size();
  }

  std::FILE* file_;
  const Choice& choice_;
  Compressor compressor_;
  std::uint64_t logical_ = 0;
};

// Calls `flush(events, cpu)` for every buffer, in the order in which they are filled. False: the input could
// not be read, or `flush` failed.
bool fill(const char* path, const Choice& choice, const std::function<bool(const Bytes&, std::size_t)>& flush,
          std::uint64_t& start) {
  const File file(std::fopen(path, "rb"));
  std::array<std::byte, 24> header{};
  if (!file || std::fread(header.data(), 1, header.size(), file.get()) != header.size()) return false;
  const std::uint64_t unit = load<std::uint32_t>(header.data(), little) == 0xa1b23c4d ? 1 : 1000;
  EventWriter events(choice);
  std::vector<Bytes> buffers(choice.cpus);
  std::array<std::byte, 16> record{};
  Bytes frame;
  std::uint64_t number = 0;
  std::uint64_t ticks = 0;
  while (std::fread(record.data(), 1, record.size(), file.get()) == record.size()) {
    const auto size = load<std::uint32_t>(record.data() + 8, little);
    if (size > 65000) return false;
    frame.resize(size);
    if (std::fread(frame.data(), 1, size, file.get()) != size) return false;
    const std::uint64_t time = load<std::uint32_t>(record.data(), little) * std::uint64_t{10'000'000} +
                               load<std::uint32_t>(record.data() + 4, little) * unit / 100;
    if (number == 0) start = time + filetime_of_1970;
    ticks = first_ticks + time + filetime_of_1970 - start;
    const std::size_t cpu = number / 3 % choice.cpus;
    const Bytes& event = events.packet(number, ticks, frame.data(), size);
    Bytes& buffer = buffers[cpu];
    if (buffer_header + buffer.size() + event.size() > choice.buffer) {
      if (!flush(buffer, cpu)) return false;
      buffer.clear();
    }
    buffer.insert(buffer.end(), event.begin(), event.end());
    ++number;
  }
  for (std::size_t cpu = 0; cpu < choice.cpus; ++cpu) {
    if (!buffers[cpu].empty() && !flush(buffers[cpu], cpu)) return false;
  }
  return !choice.pktmon || flush(events.rundown(ticks + 10), 0);
}

bool write_file(const char* input, const char* output, const Choice& choice) {
  std::uint32_t count = 0;
  std::uint64_t start = 0;
  if (!fill(
          input, choice, [&](const Bytes&, std::size_t) { return ++count > 0; }, start))
    return false;
  const File file(std::fopen(output, "wb"));
  if (!file) return false;
  EtlWriter writer(file.get(), choice);
  if (!writer.header(count + 1, start)) return false;
  // The rundown is flushed with the buffers of CPU 0, behind them.
  const std::size_t passes = choice.by_cpu ? choice.cpus : 1;
  for (std::size_t pass = 0; pass < passes; ++pass) {
    std::uint64_t number = 0;
    const auto flush = [&](const Bytes& events, std::size_t cpu) {
      if (choice.wrapped && !writer.seek(1 + (number++ + count / 2) % count)) return false;
      return (choice.by_cpu && cpu != pass) || writer.buffer(events, cpu);
    };
    if (!fill(input, choice, flush, start)) return false;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(writer.logical()));
  return std::fflush(file.get()) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fputs(
        "usage: make_etl PCAP ETL ndis|pktmon|pktmon-drops plain|compressed in-turn|by-cpu|wrapped CPUS "
        "BUFFER_KIB\n",
        stderr);
    return 2;
  }
  Choice choice;
  choice.drops = std::string_view(argv[3]) == "pktmon-drops";
  choice.pktmon = choice.drops || std::string_view(argv[3]) == "pktmon";
  choice.compressed = std::string_view(argv[4]) == "compressed";
  choice.by_cpu = std::string_view(argv[5]) == "by-cpu";
  choice.wrapped = std::string_view(argv[5]) == "wrapped";
  choice.cpus = std::strtoul(argv[6], nullptr, 10);
  choice.buffer = std::strtoul(argv[7], nullptr, 10) * 1024;
  if (choice.cpus < 1 || choice.cpus > 2000 || choice.buffer < 4096 ||
      (choice.wrapped && choice.compressed)) {
    std::fputs("make_etl: such a file cannot be made\n", stderr);
    return 2;
  }
  if (write_file(argv[1], argv[2], choice)) return 0;
  std::perror("make_etl");
  return 1;
}
