// Windows event trace files (.etl) of netsh trace, NetEventPacketCapture and pktmon.
#pragma once

#include <memory>
#include <span>

#include "core/base/result.h"
#include "core/formats/capture_format.h"

namespace anchoko::formats {

// By the header of the first buffer: 64 bytes are needed.
Detection detect_etl(std::span<const std::byte> start);

// Packets in order of time, whatever processors logged them: the file is read twice, which input that can be
// read only once (a pipe, a compressed file) is kept for, see seekable_input.h. One interface for each
// adapter or component and link type. By default a packet comes once, as it was next to the wire; see
// ReadOptions. What the default leaves out, and what the file tells beside packets, is in facts().
// Memory is bounded by what lies open at once, not by the file: a window of at most 1 MiB into each buffer of
// those that overlap in time (as many as there were processors), about 48 MiB all together, a few that are
// read ahead, and an index of some 64 bytes for each buffer with packets. A trace of several layers, or of a
// pktmon that counts appearances, needs up to 48 MiB more to know copies.
// Errors: failed when the header of the file is cut short or damaged.
Result<std::unique_ptr<RecordReader>> open_etl(std::unique_ptr<InputFile> input, const ReadOptions& options);

}  // namespace anchoko::formats
