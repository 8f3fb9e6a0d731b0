// Keys of netsh's capture filter and the words of their values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/backend/dialect.h"
#include "core/packet/ethertype.h"

namespace anchoko::netsh {

inline constexpr const char* type_key = "Ethernet.Type";
inline constexpr const char* protocol_key = "Protocol";

inline constexpr std::size_t max_ipv4_values = 64;  // the whole command line must stay below 8191 characters
inline constexpr std::size_t max_ipv6_values = 24;
inline constexpr std::size_t max_type_values = 32;

std::string type_word(std::uint32_t ethertype);    // "IPv4", "0x0806"
std::string protocol_word(std::uint32_t number);   // "TCP", "47"
std::uint32_t number_of(const std::string& word);  // back from either

// What of a primitive the keys can say.
KeyedVerdict judge(const filter::Primitive& primitive, bool negated, const DialectContext& context);
KeyedVerdict anything(const std::string& reason);  // nothing of it: everything must pass

}  // namespace anchoko::netsh
