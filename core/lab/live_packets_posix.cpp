#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/byte_cursor.h"
#include "core/lab/live_packets.h"

namespace anchoko::lab {
namespace {

constexpr std::size_t tag_size = 4;
constexpr std::size_t tag_at = 12;
constexpr std::size_t largest = 256 * 1024;

class LivePackets final : public PacketSource {
 public:
  ~LivePackets() override {
    for (const auto& one : sockets_) close(one.fd);
  }

  Result<void> add(const HostInterface& interface, std::size_t index);
  Result<Next> next(Frame& frame, std::chrono::milliseconds timeout) override;

 private:
  Result<Next> take(int socket, std::size_t interface, Frame& frame);

  std::vector<pollfd> sockets_;
  std::vector<std::size_t> interfaces_;
  std::size_t turn_ = 0;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(tag_size + largest);
};

Error failure(const HostInterface& interface, const std::string& what) {
  const auto kind =
      errno == EPERM || errno == ENODEV || errno == ENXIO ? ErrorKind::unavailable : ErrorKind::failed;
  return make_error(kind,
                    interface.name + " (" + interface.device + "): " + what + ": " + std::strerror(errno));
}

Result<void> LivePackets::add(const HostInterface& interface, std::size_t index) {
  const unsigned device = if_nametoindex(interface.device.c_str());
  if (device == 0) return fail(failure(interface, "no such device"));
  // No protocol yet: nothing arrives before the socket is bound to the one device.
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(failure(interface, "socket"));
  sockets_.push_back({fd, POLLIN, 0});
  interfaces_.push_back(index);
  const int on = 1;
  const int room = 16 * 1024 * 1024;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = std::endian::native == std::endian::little ? std::byteswap(std::uint16_t{ETH_P_ALL})
                                                                    : std::uint16_t{ETH_P_ALL};
  address.sll_ifindex = static_cast<int>(device);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(failure(interface, "bind"));
  packet_mreq all{};
  all.mr_ifindex = static_cast<int>(device);
  all.mr_type = PACKET_MR_PROMISC;
  setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
  return {};
}

Result<PacketSource::Next> LivePackets::next(Frame& frame, std::chrono::milliseconds timeout) {
  const int ready = poll(sockets_.data(), sockets_.size(), static_cast<int>(timeout.count()));
  if (ready < 0 && errno != EINTR)
    return fail(ErrorKind::failed, std::string("poll: ") + std::strerror(errno));
  if (ready <= 0) return Next::nothing;
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    const std::size_t one = (turn_ + i) % sockets_.size();
    if (sockets_[one].revents == 0) continue;
    turn_ = one + 1;
    return take(sockets_[one].fd, interfaces_[one], frame);
  }
  return Next::nothing;
}

Result<PacketSource::Next> LivePackets::take(int socket, std::size_t interface, Frame& frame) {
  sockaddr_ll from{};
  iovec part{bytes_.data() + tag_size, largest};
  alignas(cmsghdr) char control[256];
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(socket, &message, MSG_TRUNC | MSG_DONTWAIT);
  // A device that went away gives an error once: no packets any more, but the tool goes on.
  if (got < 0) return Next::nothing;
  std::byte* start = bytes_.data() + tag_size;
  std::size_t held = std::min(static_cast<std::size_t>(got), largest);
  frame.original = static_cast<std::uint32_t>(got);
  timespec stamp{};
  clock_gettime(CLOCK_REALTIME, &stamp);
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    } else if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
      tpacket_auxdata aux{};
      std::memcpy(&aux, CMSG_DATA(c), sizeof aux);
      if (!(aux.tp_status & TP_STATUS_VLAN_VALID) || held < tag_at) continue;
      // Linux takes the outermost tag out of received frames; other systems leave it where it was.
      const std::uint16_t tpid =
          aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q};
      std::memmove(start - tag_size, start, tag_at);
      start -= tag_size;
      store(start + tag_at, tpid, ByteOrder::big);
      store(start + tag_at + 2, aux.tp_vlan_tci, ByteOrder::big);
      held += tag_size;
      frame.original += tag_size;
    }
  }
  frame.time = std::int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec;
  frame.bytes = {start, held};
  frame.sent = from.sll_pkttype == PACKET_OUTGOING;
  frame.interface = interface;
  return Next::frame;
}

}  // namespace

Result<std::unique_ptr<PacketSource>> open_live_packets(const EmulatedHost& host,
                                                        const std::vector<std::size_t>& interfaces) {
  auto source = std::make_unique<LivePackets>();
  for (const std::size_t index : interfaces) {
    auto added = source->add(host.interfaces().at(index), index);
    if (!added) return fail(std::move(added.error()));
  }
  return source;
}

}  // namespace anchoko::lab
