// Classic pcap files (draft-ietf-opsawg-pcap; libpcap's sf-pcap.c is the judge).
#pragma once

#include <memory>
#include <span>

#include "core/base/result.h"
#include "core/formats/capture_format.h"

namespace anchoko::formats {

// Micro- and nanosecond files in both byte orders, the 24-byte packet headers of Kuznetzov's patched libpcap,
// versions before 2.4 with their lengths the other way round, and AIX tcpdump's look-alike.
Detection detect_pcap(std::span<const std::byte> start);
// Errors: failed when the 24-byte header is cut short or of an unknown version.
Result<std::unique_ptr<RecordReader>> open_pcap(std::unique_ptr<InputFile> input);

}  // namespace anchoko::formats
