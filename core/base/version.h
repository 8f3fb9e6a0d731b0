#pragma once

namespace anchoko {

const char* version();  // "0.1.0"

}  // namespace anchoko
