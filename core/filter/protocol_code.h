// Tests of protocols, which primitives and comparisons share.
#pragma once

#include <cstdint>

#include "core/filter/emitter.h"

namespace anchoko::filter {

constexpr std::uint32_t ethertype_ip = 0x0800;
constexpr std::uint32_t ethertype_arp = 0x0806;
constexpr std::uint32_t ethertype_rarp = 0x8035;
constexpr std::uint32_t ethertype_ip6 = 0x86dd;

// IANA's number of a protocol over IP; 0 for others.
std::uint32_t protocol_number(Proto proto);

// `tcp`, `ip6`, `arp`: the record holds this protocol.
std::uint32_t emit_protocol(Emitter& emitter, Proto proto, Depth depth, Ways ways);
// `ip proto N`, `ip6 proto N`, `ether proto N`, `proto N`.
std::uint32_t emit_number(Emitter& emitter, Proto proto, std::uint32_t number, Depth depth, Ways ways);
// An IPv4 fragment that is not the first one.
std::uint32_t emit_later_fragment(Emitter& emitter, Depth depth, Ways ways);

}  // namespace anchoko::filter
