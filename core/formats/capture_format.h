// A capture file format: detection, reader, writer. One folder and one line in formats.def each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/formats/record_reader.h"
#include "core/formats/record_writer.h"

namespace anchoko::formats {

enum class Detection { not_mine, mine };

// A file of a ring, by its name.
struct RingPart {
  std::string ring;       // the name that all files of the ring share
  std::uint32_t age = 0;  // 0: the newest
};

// What is wanted of the records of a file, where its format leaves a choice.
struct ReadOptions {
  // Every place of the stack that logged a packet, not only the one next to the wire (ETL).
  bool all_components = false;
  // Also packets that the system dropped (ETL of pktmon).
  bool drops = false;
  // More may be added to the input while it is read.
  bool growing = false;
  // Asked while a reader works long before its first record (ETL): false ends that, with an error of kind
  // interrupted.
  GoOn go_on = {};
};

struct CaptureFormat {
  const char* name;         // "pcapng"
  const char* description;  // "pcapng (draft-ietf-opsawg-pcapng)"
  const char* extensions;   // "pcapng ntar"
  // Looks at the first bytes of a file (up to 64, fewer in a shorter file).
  Detection (*detect)(std::span<const std::byte> start);
  // Takes the input at its first byte.
  Result<std::unique_ptr<RecordReader>> (*open)(std::unique_ptr<InputFile> input, const ReadOptions& options);
  // Null: we do not write it.
  Result<std::unique_ptr<RecordWriter>> (*create)(std::unique_ptr<OutputFile> output);
  // Null: its tool keeps no ring of files, or gives them names that do not tell which is older.
  std::optional<RingPart> (*ring_part)(const std::string& path) = nullptr;
  // Takes a reader of all files of a ring, in order of time, and makes one that also knows what only all of
  // them together tell. Null: there is no such thing.
  std::unique_ptr<RecordReader> (*join_ring)(std::unique_ptr<RecordReader> ring) = nullptr;
  // Why a file to which more may be added cannot be read yet; null: it can.
  const char* only_whole = nullptr;
};

// CaptureFormat::open of formats that leave no choice.
template <Result<std::unique_ptr<RecordReader>> (*open)(std::unique_ptr<InputFile>)>
Result<std::unique_ptr<RecordReader>> open_plainly(std::unique_ptr<InputFile> input, const ReadOptions&) {
  return open(std::move(input));
}

// In the order of formats.def.
const std::vector<CaptureFormat>& all_formats();
const CaptureFormat* find_format(std::string_view name);  // null: there is none

// Opens `path` ("-": standard input) with the format its content shows. Unknown content: ErrorKind::failed,
// naming the first bytes and what is supported.
struct OpenedCapture {
  const CaptureFormat* format = nullptr;
  std::unique_ptr<RecordReader> reader;
};
Result<OpenedCapture> open_capture(const std::string& path, const ReadOptions& options = {});
Result<OpenedCapture> open_capture(std::unique_ptr<InputFile> input, const ReadOptions& options = {});

}  // namespace anchoko::formats
