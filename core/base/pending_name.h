#pragma once

#include <string>

namespace anchoko {

// ".anchoko-….part", at random: what an output is called before it is committed.
std::string pending_name();

}  // namespace anchoko
