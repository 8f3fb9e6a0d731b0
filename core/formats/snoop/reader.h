// snoop files: those of Solaris and illumos (RFC 1761), and those of Shomiti and Finisar analysers.
#pragma once

#include <memory>
#include <span>

#include "core/base/result.h"
#include "core/formats/capture_format.h"

namespace anchoko::formats {

Detection detect_snoop(std::span<const std::byte> start);
// Versions 1 to 5. A file that ends behind its version is a capture without packets, whose link type nobody
// told: it has no interface. Errors: failed when the file ends before, or is of an unknown version.
Result<std::unique_ptr<RecordReader>> open_snoop(std::unique_ptr<InputFile> input);

}  // namespace anchoko::formats
