// What `anchoko info` says of a capture file.
#pragma once

#include <string>

#include "core/convert/capture_info.h"

namespace anchoko::cli {

std::string render(const convert::CaptureInfo& info, unsigned width, bool bold);

}  // namespace anchoko::cli
