// How large a filter becomes in the kernel.
#pragma once

#include <cstddef>

#include "core/filter/ast.h"

namespace anchoko::tcpdump {

// Linux refuses longer programs (BPF_MAXINSNS). libpcap then filters in user space, and with some thousand
// terms it needs minutes or overflows its stack before it captures anything.
inline constexpr std::size_t max_instructions = 4096;

// About what libpcap's unoptimised program has on a live Ethernet interface, rather more than less: counted
// with `tcpdump -i lo -O -d` of 4.99.3 and libpcap 1.10.3.
std::size_t estimated_instructions(const filter::FilterExpr& expr);

// A conjunction without its costliest child, which is wider; match-all for everything else, and where a part
// depends on the place it has in the text.
filter::FilterExpr without_costliest(const filter::FilterExpr& expr);

}  // namespace anchoko::tcpdump
