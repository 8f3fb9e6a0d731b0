// Writes a pcap file of generated TCP and UDP packets for benchmarks: make_capture PATH BYTES (mixed | SIZE)
// [SEED] mixed: sizes as on a busy server, many small and many full ones; SIZE: every packet of that many
// bytes.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/base/byte_cursor.h"

namespace {

using anchoko::ByteOrder;
using anchoko::store;

constexpr auto little = ByteOrder::little;
constexpr auto big = ByteOrder::big;

std::size_t mixed_size(std::uint32_t random) {
  const std::uint32_t kind = random % 100;
  if (kind < 40) return 60 + random / 100 % 20;
  if (kind < 55) return 80 + random / 100 % 500;
  if (kind < 65) return 600 + random / 100 % 800;
  return 1514;
}

// Ethernet, IPv4 and TCP or UDP; addresses 192.0.2.1 to .250 and 198.51.100.1 to .250, a few well-known
// ports.
void fill_headers(std::byte* frame, std::size_t size, std::uint32_t random) {
  static constexpr std::array<std::uint16_t, 8> ports{443, 443, 443, 80, 53, 22, 8080, 5432};
  std::memset(frame, 0, size < 54 ? size : 54);
  store<std::uint16_t>(frame + 12, 0x0800, big);
  std::byte* ip = frame + 14;
  const bool tcp = random % 5 != 0;
  ip[0] = std::byte{0x45};
  store<std::uint16_t>(ip + 2, static_cast<std::uint16_t>(size - 14), big);
  ip[8] = std::byte{64};
  ip[9] = tcp ? std::byte{6} : std::byte{17};
  const std::uint32_t server = 0xc0000201u + random / 5 % 250;
  const std::uint32_t client = 0xc6336401u + random / 1250 % 250;
  const bool reply = (random >> 30 & 1) != 0;
  store<std::uint32_t>(ip + 12, reply ? server : client, big);
  store<std::uint32_t>(ip + 16, reply ? client : server, big);
  const std::uint16_t port = ports[random % ports.size()];
  const auto ephemeral = static_cast<std::uint16_t>(32768 + random % 20000);
  store<std::uint16_t>(ip + 20, reply ? port : ephemeral, big);
  store<std::uint16_t>(ip + 22, reply ? ephemeral : port, big);
  if (tcp) ip[32] = std::byte{0x50};
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: make_capture PATH BYTES mixed|SIZE [SEED]\n", stderr);
    return 2;
  }
  const std::uint64_t wanted = std::strtoull(argv[2], nullptr, 10);
  const bool mixed = std::string(argv[3]) == "mixed";
  const std::size_t fixed = mixed ? 0 : std::strtoul(argv[3], nullptr, 10);
  if (!mixed && (fixed < 60 || fixed > 9000)) {
    std::fputs("make_capture: SIZE is 60 to 9000\n", stderr);
    return 2;
  }
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(argv[1], "wb"));
  if (!file) {
    std::perror(argv[1]);
    return 1;
  }
  std::array<std::byte, 24> header{};
  store<std::uint32_t>(header.data(), 0xa1b2c3d4, little);
  store<std::uint16_t>(header.data() + 4, 2, little);
  store<std::uint16_t>(header.data() + 6, 4, little);
  store<std::uint32_t>(header.data() + 16, 262144, little);
  store<std::uint32_t>(header.data() + 20, 1, little);
  std::fwrite(header.data(), 1, header.size(), file.get());

  std::mt19937 random(argc > 4 ? static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10)) : 1);
  std::vector<std::byte> record(16 + 9000, std::byte{0x5a});
  std::uint64_t written = header.size();
  std::uint64_t microseconds = 1'700'000'000'000'000;
  while (written < wanted) {
    const auto draw = static_cast<std::uint32_t>(random());
    const std::size_t size = mixed ? mixed_size(static_cast<std::uint32_t>(random())) : fixed;
    microseconds += 1 + draw % 20;
    store<std::uint32_t>(record.data(), static_cast<std::uint32_t>(microseconds / 1'000'000), little);
    store<std::uint32_t>(record.data() + 4, static_cast<std::uint32_t>(microseconds % 1'000'000), little);
    store<std::uint32_t>(record.data() + 8, static_cast<std::uint32_t>(size), little);
    store<std::uint32_t>(record.data() + 12, static_cast<std::uint32_t>(size), little);
    fill_headers(record.data() + 16, size, draw);
    if (std::fwrite(record.data(), 1, 16 + size, file.get()) != 16 + size) {
      std::perror(argv[1]);
      return 1;
    }
    written += 16 + size;
  }
  return std::fflush(file.get()) == 0 ? 0 : 1;
}
