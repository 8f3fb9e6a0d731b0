// pcap-filter text to a tree. Supported: host net port portrange proto, ip ip6 arp rarp tcp udp sctp icmp
// icmp6, vlan, src dst and or not, parentheses and the list shorthand; every other word of pcap-filter is
// named as unsupported.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/filter/ast.h"

namespace anchoko::filter {

// Where the text came from, for messages.
struct TextOrigin {
  std::string source = "-f";  // shown as the file name
  std::uint32_t line = 1;     // of the first byte of the filter
  std::uint32_t column = 1;
  std::string excerpt;  // the whole source line when the filter is part of one; empty: the filter itself
};

// Empty (or blank) text matches everything, as in libpcap. Errors are ErrorKind::usage with one located
// diagnostic. The text is limited to 1 MiB and nesting to 1000 levels.
Result<FilterExpr> parse(std::string_view text, const TextOrigin& origin = {});

}  // namespace anchoko::filter
