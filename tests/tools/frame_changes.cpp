// Frames cut short and changed at random.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/tools/frames.h"
#include "tests/tools/octets.h"

namespace anchoko::testing {

Frame truncated(const Frame& frame, std::size_t length) {
  Frame out = frame;
  out.data.resize(std::min(length, frame.data.size()));
  out.name += " cut at " + std::to_string(out.data.size());
  return out;
}

std::uint64_t announced_seed(std::uint64_t fallback) {
  std::uint64_t seed = fallback;
  if (const char* text = std::getenv("ANCHOKO_SEED")) seed = std::strtoull(text, nullptr, 0);
  std::printf("ANCHOKO_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

Frame mutated(const Frame& frame, Random& random) {
  static const std::vector<std::uint8_t> telling = {0x00, 0x01, 0x04, 0x06, 0x08, 0x11, 0x2c,
                                                    0x3a, 0x40, 0x45, 0x46, 0x4f, 0x60, 0x80,
                                                    0x81, 0x84, 0x86, 0x88, 0xa8, 0xdd, 0xff};
  Frame out = frame;
  out.name += " mutated";
  Octets& data = out.data;
  const std::uint64_t rounds = 1 + random.below(4);
  for (std::uint64_t round = 0; round < rounds && !data.empty(); ++round) {
    const auto place = static_cast<std::size_t>(random.below(std::min<std::size_t>(data.size(), 64)));
    const auto at = data.begin() + static_cast<std::ptrdiff_t>(place);
    switch (random.below(8)) {
      case 0:
        data.insert(at, random.pick(telling));
        break;
      case 1:
        data.erase(at);
        break;
      case 2:
        data.resize(place);
        break;
      case 3:
        data[place] ^= static_cast<std::uint8_t>(1U << random.below(8));
        break;
      case 4:
        data[place] = static_cast<std::uint8_t>(random.below(256));
        break;
      case 5:
        if (data.size() > 14) {
          Octets tag;
          put16(tag, random.pick(std::vector<unsigned>{0x8100, 0x88a8, 0x9100}));
          put16(tag, static_cast<unsigned>(random.below(65536)));
          data.insert(data.begin() + 12, tag.begin(), tag.end());
        }
        break;
      default:
        data[place] = random.pick(telling);
        break;
    }
  }
  out.original_length = static_cast<std::uint32_t>(data.size());
  if (random.one_in(4)) out.original_length += static_cast<std::uint32_t>(random.below(100));
  if (random.one_in(16)) out.original_length = static_cast<std::uint32_t>(random.below(data.size() + 1));
  return out;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    char text[4];
    std::snprintf(text, sizeof text, "%02x", byte);
    out += text;
  }
  return out;
}

}  // namespace anchoko::testing
