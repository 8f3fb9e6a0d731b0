#include "backends/netsh/keys.h"

#include <array>
#include <cstdio>

namespace anchoko::netsh {
namespace {

struct NamedNumber {
  const char* name;
  std::uint32_t number;
};
constexpr std::array<NamedNumber, 2> type_names{{{"IPv4", ethertype_ip}, {"IPv6", ethertype_ip6}}};
constexpr std::array<NamedNumber, 2> protocol_names{{{"TCP", 6}, {"UDP", 17}}};

}  // namespace

std::string type_word(std::uint32_t ethertype) {
  for (const auto& known : type_names) {
    if (known.number == ethertype) return known.name;
  }
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%04X", ethertype);
  return text.data();
}

std::string protocol_word(std::uint32_t number) {
  for (const auto& known : protocol_names) {
    if (known.number == number) return known.name;
  }
  return std::to_string(number);
}

// Back from one of our own words.
std::uint32_t number_of(const std::string& word) {
  for (const auto& known : type_names) {
    if (word == known.name) return known.number;
  }
  for (const auto& known : protocol_names) {
    if (word == known.name) return known.number;
  }
  return static_cast<std::uint32_t>(std::stoul(word, nullptr, 0));
}

}  // namespace anchoko::netsh
