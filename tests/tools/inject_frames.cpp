// inject_frames IFACE frames|begin|end: sends generated frames, or one marker, through AF_PACKET as they are.
// Prints the number of frames sent. Exit status 0 when all were sent, 1 otherwise, 2 usage. Linux, root.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/frames.h"

namespace {

using anchoko::testing::Octets;

bool send_frame(int socket_fd, int interface, const Octets& frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ALL);
  to.sll_ifindex = interface;
  to.sll_halen = ETH_ALEN;
  std::memcpy(to.sll_addr, frame.data(), ETH_ALEN);
  const ssize_t sent =
      sendto(socket_fd, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (sent == static_cast<ssize_t>(frame.size())) return true;
  std::fprintf(stderr, "inject_frames: %s: %s\n", std::strerror(errno), anchoko::testing::hex(frame).c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const std::string_view what = argc == 3 ? argv[2] : "";
  if (what != "frames" && what != "begin" && what != "end") {
    std::fputs("usage: inject_frames IFACE frames|begin|end\n", stderr);
    return 2;
  }
  const auto interface = static_cast<int>(if_nametoindex(argv[1]));
  // Protocol 0: this socket is for sending and receives nothing, so it is no capture.
  const int socket_fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (interface == 0 || socket_fd < 0) {
    std::fprintf(stderr, "inject_frames: %s: %s\n", argv[1], std::strerror(errno));
    return 1;
  }
  int failed = 0;
  int sent = 0;
  if (what == "frames") {
    for (const auto& frame : anchoko::testing::live_frames()) {
      (send_frame(socket_fd, interface, frame.data) ? sent : failed) += 1;
      // Captures with 2 MiB of buffer hold a few dozen frames: many of them must find time to empty it.
      if (sent % 8 == 0) std::this_thread::sleep_for(12ms);
    }
  } else {
    (send_frame(socket_fd, interface, anchoko::testing::marker_frame(what == "begin")) ? sent : failed) += 1;
  }
  close(socket_fd);
  std::printf("%d\n", sent);
  return failed == 0 ? 0 : 1;
}
