// What events of the capture driver say, in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace anchoko::formats::etl {

// A capture rule, from the data of its event: "IPv4 address == 192.0.2.1".
std::string rule_text(std::span<const std::byte> data);
// The bytes that such a rule leaves of each packet; nothing: it is another rule, or off.
std::optional<std::uint32_t> truncation_of(std::span<const std::byte> data);

// DOT11_EXTSTA_RECV_CONTEXT, what a Wi-Fi adapter tells of a received frame: "2437 MHz, -61 dBm". Empty: it
// is none.
std::string wifi_metadata_text(std::span<const std::byte> data);

// Text in UTF-16 as utf16_text() has it, but of a name: of what is longer than any name of Windows the start,
// with an ellipsis.
std::string name_text(std::span<const std::byte> bytes, std::size_t& used);

std::string hex_number(std::uint64_t value);
std::string ip_text(std::span<const std::byte> ip);  // 4 or 16 bytes

}  // namespace anchoko::formats::etl
