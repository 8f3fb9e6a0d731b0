#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include <poll.h>

#include "core/base/byte_cursor.h"
#include "core/lab/live_packets.h"
#include "core/lab/packet_source.h"

namespace anchoko::lab {
namespace {

// draft-ietf-opsawg-pcap: magic numbers, and the sizes of the headers.
constexpr std::uint32_t microseconds = 0xa1b2c3d4;
constexpr std::uint32_t nanoseconds = 0xa1b23c4d;
constexpr std::size_t file_header = 24;
constexpr std::size_t record_header = 16;
constexpr std::uint32_t ethernet = 1;
constexpr std::uint32_t largest = 256 * 1024;

class PcapPackets final : public PacketSource {
 public:
  PcapPackets(const EmulatedHost& host, const std::vector<std::size_t>& interfaces)
      : host_(host), interfaces_(interfaces), file_(host.packets(), std::ios::binary) {}

  Result<void> start();
  Result<Next> next(Frame& frame, std::chrono::milliseconds timeout) override;

 private:
  template <std::size_t Size>
  bool read(std::array<std::byte, Size>& bytes) {
    return static_cast<bool>(file_.read(reinterpret_cast<char*>(bytes.data()), Size));
  }
  Result<bool> read_frame(Frame& frame);
  void place(Frame& frame) const;
  Error broken(const std::string& why) const {
    return make_error(ErrorKind::failed, host_.packets() + ": " + why);
  }

  const EmulatedHost& host_;
  std::vector<std::size_t> interfaces_;
  std::ifstream file_;
  ByteOrder order_ = ByteOrder::little;
  std::int64_t unit_ = 1000;  // ns
  std::vector<std::byte> bytes_;
};

Result<void> PcapPackets::start() {
  std::array<std::byte, file_header> header{};
  if (!file_ || !read(header)) return fail(broken("not to be read, or too short for a pcap file"));
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const auto magic = load<std::uint32_t>(header.data(), order);
    if (magic != microseconds && magic != nanoseconds) continue;
    order_ = order;
    unit_ = magic == nanoseconds ? 1 : 1000;
    if (load<std::uint32_t>(header.data() + 20, order) != ethernet) return fail(broken("not of Ethernet"));
    return {};
  }
  return fail(broken("not a classic pcap file"));
}

Result<bool> PcapPackets::read_frame(Frame& frame) {
  std::array<std::byte, record_header> header{};
  if (!read(header)) return false;
  ByteCursor fields(header, order_);
  std::uint32_t seconds = 0, fraction = 0, held = 0;
  fields.read(seconds);
  fields.read(fraction);
  fields.read(held);
  fields.read(frame.original);
  if (held > largest) return fail(broken("a record claims " + std::to_string(held) + " bytes"));
  bytes_.resize(held);
  if (!file_.read(reinterpret_cast<char*>(bytes_.data()), held)) return fail(broken("ends within a record"));
  frame.time = std::int64_t{seconds} * 1'000'000'000 + fraction * unit_;
  frame.bytes = bytes_;
  place(frame);
  return true;
}

void PcapPackets::place(Frame& frame) const {
  frame.interface = 0;
  frame.sent = false;
  const auto& all = host_.interfaces();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& mac = all[i].mac;
    if (frame.bytes.size() < 2 * mac.size()) return;
    if (std::memcmp(frame.bytes.data() + mac.size(), mac.data(), mac.size()) == 0) {
      frame.interface = i;
      frame.sent = true;
      return;
    }
    if (std::memcmp(frame.bytes.data(), mac.data(), mac.size()) == 0) frame.interface = i;
  }
}

Result<PacketSource::Next> PcapPackets::next(Frame& frame, std::chrono::milliseconds timeout) {
  while (true) {
    auto read = read_frame(frame);
    if (!read) return fail(std::move(read.error()));
    if (!*read) {
      // As a quiet wire: tools go on waiting for signals.
      poll(nullptr, 0, static_cast<int>(timeout.count()));
      return Next::end;
    }
    if (std::find(interfaces_.begin(), interfaces_.end(), frame.interface) != interfaces_.end())
      return Next::frame;
  }
}

}  // namespace

Result<std::unique_ptr<PacketSource>> open_packets(const EmulatedHost& host,
                                                   const std::vector<std::size_t>& interfaces) {
  if (host.packets() == "live") return open_live_packets(host, interfaces);
  auto source = std::make_unique<PcapPackets>(host, interfaces);
  auto started = source->start();
  if (!started) return fail(std::move(started.error()));
  return source;
}

}  // namespace anchoko::lab
