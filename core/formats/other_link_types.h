// Link types that formats carry and nobody here looks into: beside the enumeration, whose members the filter
// knows.
#pragma once

#include "core/packet/link_type.h"

namespace anchoko::formats {

constexpr LinkType link_ip_over_fibre_channel{122};
constexpr LinkType link_sunatm{123};
constexpr LinkType link_user0{147};  // what has no link type of its own; a comment of its interface names it

}  // namespace anchoko::formats
