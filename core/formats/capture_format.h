// A capture file format: detection and readers. One folder and one line in formats.def each.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/formats/record_reader.h"

namespace anchoko::formats {

enum class Detection { not_mine, mine };

struct CaptureFormat {
  const char* name;         // "pcapng"
  const char* description;  // "pcapng (draft-ietf-opsawg-pcapng)"
  const char* extensions;   // "pcapng ntar"
  bool reads;
  bool writes;
  // Looks at the first bytes of a file (up to 64, fewer in a shorter file).
  Detection (*detect)(std::span<const std::byte> start);
  // Takes the input at its first byte.
  Result<std::unique_ptr<RecordReader>> (*open)(std::unique_ptr<InputFile> input);
};

// In the order of formats.def.
const std::vector<CaptureFormat>& all_formats();

// Opens `path` ("-": standard input) with the format its content shows. Unknown content: ErrorKind::failed,
// naming the first bytes and what is supported.
struct OpenedCapture {
  const CaptureFormat* format = nullptr;
  std::unique_ptr<RecordReader> reader;
};
Result<OpenedCapture> open_capture(const std::string& path);
Result<OpenedCapture> open_capture(std::unique_ptr<InputFile> input);

}  // namespace anchoko::formats
