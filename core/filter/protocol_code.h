// Tests of protocols, which primitives and comparisons share.
#pragma once

#include <cstdint>

#include "core/filter/emitter.h"
#include "core/packet/ethertype.h"

namespace anchoko::filter {

// IANA's number of a protocol over IP; 0 for others.
std::uint32_t protocol_number(Proto proto);

// `tcp`, `ip6`, `arp`: the record holds this protocol.
std::uint32_t emit_protocol(Emitter& emitter, Proto proto, Depth depth, Ways ways);
// `ip proto N`, `ip6 proto N`, `ether proto N`, `proto N`.
std::uint32_t emit_number(Emitter& emitter, Proto proto, std::uint32_t number, Depth depth, Ways ways);
// An IPv4 fragment that is not the first one.
std::uint32_t emit_later_fragment(Emitter& emitter, Depth depth, Ways ways);

}  // namespace anchoko::filter
