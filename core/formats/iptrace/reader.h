// Files of AIX iptrace, 1.0 and 2.0.
#pragma once

#include <memory>
#include <span>

#include "core/base/result.h"
#include "core/formats/capture_format.h"

namespace anchoko::formats {

Detection detect_iptrace(std::span<const std::byte> start);
// One interface for each name, unit and interface type, in the order in which they appear. Errors: failed
// when the 11-byte header is not there.
Result<std::unique_ptr<RecordReader>> open_iptrace(std::unique_ptr<InputFile> input);

}  // namespace anchoko::formats
