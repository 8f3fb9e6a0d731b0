// dladm as far as it lists links: show-link, show-phys, show-dev of Solaris 10.
#pragma once

#include <span>
#include <string>

#include "core/lab/emulated_host.h"

namespace anchoko::snoop::emulated {

int run_dladm(lab::EmulatedHost& host, std::span<const std::string> words);

}  // namespace anchoko::snoop::emulated
