// What the files of this folder share.
#pragma once

#include <string>
#include <vector>

#include "core/backend/backend.h"

namespace anchoko::netsh {

// Open facts: readings of netsh's help that nobody has settled on a real machine (README.md).
namespace fact {
// Protocol judges IPv6 frames by the protocol behind their extension headers.
inline constexpr const char* extension_headers = "netsh-protocol-extension-headers";
// Protocol judges IPv6 frames at all; by their first next-header or behind extension headers is left open.
inline constexpr const char* protocol_ipv6 = "netsh-protocol-ipv6";
// Every key, negated or not, passes frames without its header. Documented for IPv4 addresses, not negated.
inline constexpr const char* pass_other_frames = "netsh-keys-pass-other-frames";
// A key passes nothing but what it names, so that nothing need be filtered again.
inline constexpr const char* keys_exact = "netsh-keys-exact";
// CaptureInterface takes a list of names.
inline constexpr const char* interface_lists = "netsh-interface-lists";
}  // namespace fact

// What the facts know of the interfaces that the spec asks for; may be empty.
std::vector<HostInterface> covered_interfaces(const SessionSpec& spec, const HostFacts& facts);

std::vector<Hazard> all_hazards();
inline constexpr const char* cannot_run_yet = "this version plans for netsh but does not run it yet";
Result<HostFacts> probe(CommandRunner& runner);
HostFacts assumed_facts();
const Dialect& dialect();
Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                         const std::string& session_id);

}  // namespace anchoko::netsh
