// Whether a capture runs backwards in time, and readers that put it right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/base/file.h"
#include "core/base/result.h"
#include "core/convert/input_pool.h"
#include "core/formats/record_reader.h"

namespace anchoko::convert {

// How far a record may be from its place for reordered() to bring it there.
constexpr std::size_t reorder_records = 4096;
constexpr std::size_t reorder_bytes = std::size_t{4} * 1024 * 1024;

enum class TimeOrder {
  sorted,
  nearly,    // no record is further from its place than reorder_records and reorder_bytes
  unsorted,  // a clock was set back, or captures were put one behind the other
};
// Reads to the end. `go_on` answering false ends it early, with an error of kind interrupted. What cannot be
// read is left to the reader that will deliver the records.
Result<TimeOrder> time_order(formats::RecordReader& reader, const std::function<bool()>& go_on);

// In order for inputs that are `nearly`; records that would have to go further back come late.
std::unique_ptr<formats::RecordReader> reordered(std::unique_ptr<formats::RecordReader> reader);

// Where sorted pieces are kept: one temporary file in that folder for all inputs, made when it is needed.
class SortingSpace {
 public:
  explicit SortingSpace(std::string folder);

  // To be written on at size(). Errors: it cannot be made.
  Result<OutputFile*> file();
  std::uint64_t size() const { return size_; }
  void add(std::uint64_t bytes) { size_ += bytes; }
  // A part, to be read.
  std::unique_ptr<InputFile> part(std::uint64_t offset, std::uint64_t size);

 private:
  std::string folder_;
  std::unique_ptr<OutputFile> file_;  // never committed: it vanishes
  std::uint64_t size_ = 0;
  InputPool pool_;
};

// In order whatever the input is: reads all of it at once, sorts pieces that fit in memory, and keeps them in
// that space, which outlives the reader. Errors: it cannot be written; interrupted.
Result<std::unique_ptr<formats::RecordReader>> sorted(std::unique_ptr<formats::RecordReader> reader,
                                                      SortingSpace& space,
                                                      const std::function<bool()>& go_on);

}  // namespace anchoko::convert
