#pragma once

#include <string>

namespace anchoko::cli {

// For a session that begins now.
std::string fresh_session_id();

}  // namespace anchoko::cli
