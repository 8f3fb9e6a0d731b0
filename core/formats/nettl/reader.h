// Trace files of HP-UX nettl (no document of the vendor's: Wireshark's nettl.c, nettl(1M), observed files).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/formats/capture_format.h"

namespace anchoko::formats {

// HP-UX 9, 10 and 11.
Detection detect_nettl(std::span<const std::byte> start);

// Packets of all layers that were traced, in the order of the file: one interface for each device, subsystem
// and link type. Records that are not packets are counted as skipped blocks. Every packet has the option
// epb_packetid, the same for the copies that several layers traced of it. A file without records is an empty
// capture.
// Errors: failed when the 128-byte header is cut short.
Result<std::unique_ptr<RecordReader>> open_nettl(std::unique_ptr<InputFile> input);

// "/tmp/x.TRC002": ring "/tmp/x.TRC", age 2. The file numbered 0 is the newest, with one, two or three digits
// (HP-UX 10, early 11i, 11i).
std::optional<RingPart> nettl_ring_part(const std::string& path);

}  // namespace anchoko::formats
