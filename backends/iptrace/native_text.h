// native.sh, as the build takes it up.
#pragma once

#include <string>

namespace anchoko::iptrace {

// Shell functions for KeeperSettings::native_functions; what they need stands on top of them.
const std::string& native_text();

}  // namespace anchoko::iptrace
