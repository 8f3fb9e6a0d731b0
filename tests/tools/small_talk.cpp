// small_talk serve: answers TCP port 80 and UDP port 53 with what it got, on every address, until a signal
// ends it. small_talk ADDRESS…: a short TCP and UDP conversation with each, and a datagram to a closed port.
// Exit status 0 when every answer came, 1 otherwise.
#include <cstdio>
#include <cstring>
#include <string_view>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view greeting = "anchoko small talk";

// A socket bound to a port on every IPv4 and IPv6 address, or -1.
int bound_socket(int type, std::uint16_t port) {
  const int made = socket(AF_INET6, type, 0);
  const int yes = 1;
  const int no = 0;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  sockaddr_in6 at{};
  at.sin6_family = AF_INET6;
  at.sin6_port = htons(port);
  return bind(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 ? made : -1;
}

int serve() {
  pollfd sockets[] = {{bound_socket(SOCK_STREAM, 80), POLLIN, 0}, {bound_socket(SOCK_DGRAM, 53), POLLIN, 0}};
  if (sockets[0].fd < 0 || sockets[1].fd < 0 || listen(sockets[0].fd, 8) != 0) {
    std::perror("small_talk: serve");
    return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  char buffer[2048];
  while (poll(sockets, 2, -1) > 0) {
    if ((sockets[0].revents & POLLIN) != 0) {
      const int caller = accept(sockets[0].fd, nullptr, nullptr);
      const ssize_t got = recv(caller, buffer, sizeof buffer, 0);
      if (got > 0) send(caller, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL);
      close(caller);
    }
    if ((sockets[1].revents & POLLIN) != 0) {
      sockaddr_in6 from{};
      socklen_t size = sizeof from;
      const ssize_t got =
          recvfrom(sockets[1].fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got > 0)
        sendto(sockets[1].fd, buffer, static_cast<std::size_t>(got), 0, reinterpret_cast<sockaddr*>(&from),
               size);
    }
  }
  return 0;
}

bool converse(const char* address, const char* port, int type, bool expect_answer) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  if (getaddrinfo(address, port, &hints, &found) != 0) return false;
  const int made = socket(found->ai_family, type, 0);
  const timeval patience{5, 0};
  setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  bool answered = connect(made, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (answered) send(made, greeting.data(), greeting.size(), MSG_NOSIGNAL);
  char buffer[64];
  answered = answered && recv(made, buffer, sizeof buffer, 0) == static_cast<ssize_t>(greeting.size());
  close(made);
  return answered == expect_answer;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: small_talk serve | small_talk ADDRESS...\n", stderr);
    return 2;
  }
  if (std::string_view(argv[1]) == "serve") return serve();
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    // The closed ports answer with a reset and with ICMP "port unreachable".
    if (!converse(argv[i], "80", SOCK_STREAM, true) || !converse(argv[i], "53", SOCK_DGRAM, true) ||
        !converse(argv[i], "443", SOCK_STREAM, false) || !converse(argv[i], "1500", SOCK_DGRAM, false)) {
      std::fprintf(stderr, "small_talk: no proper answer from %s\n", argv[i]);
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}
