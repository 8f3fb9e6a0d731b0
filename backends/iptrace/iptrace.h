// What the files of this folder share.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko::iptrace {

// Open facts: readings of the manual that nobody has settled on a real machine (README.md).
namespace fact {
// Frames that are not IP, ARP among them, pass every filter.
inline constexpr const char* other_frames_pass = "iptrace-other-frames-pass";
// -P judges IPv6 packets by their first next-header.
inline constexpr const char* protocol_ipv6 = "iptrace-protocol-ipv6";
// -p judges IPv6 packets too.
inline constexpr const char* port_ipv6 = "iptrace-port-ipv6";
// -p matches a port at either end, and not only the source or the destination.
inline constexpr const char* port_either_end = "iptrace-port-either-end";
// -p knows the ports of SCTP.
inline constexpr const char* port_sctp = "iptrace-port-sctp";
}  // namespace fact

// Keys of its filter. An end that is named by -s with -b, or by -s and -d with -b (both ends).
inline constexpr const char* frame_key = "frame";  // not a key of the tool: the kind of frame a box is about
inline constexpr const char* protocol_key = "-P";
inline constexpr const char* port_key = "-p";
inline constexpr const char* host_key = "-s -b";
inline constexpr const char* one_end_key = "-s of both";
inline constexpr const char* other_end_key = "-d of both";
inline constexpr const char* source_key = "-s";
inline constexpr const char* destination_key = "-d";

inline constexpr std::size_t max_listed = 16;  // values of -p and -P; how many it takes is not told

KeyedVerdict judge(const filter::Primitive& primitive, bool negated, const DialectContext& context);

std::vector<Hazard> all_hazards();
// Looks without changing anything; what is missing is a fact. Errors: the host cannot be reached, or its
// answer is cut.
Result<HostFacts> probe(CommandRunner& runner);
HostFacts assumed_facts();
const Dialect& dialect();
Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id);

}  // namespace anchoko::iptrace
