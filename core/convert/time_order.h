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

// What a reader holds at most, beside one record, of what it has read and not delivered yet.
struct Window {
  std::size_t records = 4096;
  std::size_t bytes = std::size_t{4} * 1024 * 1024;
};
// For each of so many inputs that are read at once: all together within 16 MiB, as long as there are no more
// than a thousand.
Window window_for(std::size_t inputs);

enum class TimeOrder {
  sorted,
  nearly,    // no record is further from its place than the window
  unsorted,  // a clock was set back, or captures were put one behind the other
};
// Reads to the end, or until it is known to be unsorted. `go_on` answering false ends it early, with an error
// of kind interrupted. What cannot be read is left to the reader that will deliver the records.
Result<TimeOrder> time_order(formats::RecordReader& reader, Window window,
                             const std::function<bool()>& go_on);

// In order for inputs that are `nearly`; records that would have to go further back come late.
std::unique_ptr<formats::RecordReader> reordered(std::unique_ptr<formats::RecordReader> reader,
                                                 Window window);

// Where sorted pieces are kept: one temporary file in that folder for all inputs, made when it is needed.
class SortingSpace {
 public:
  // `inputs`: how many may be sorted in it.
  SortingSpace(std::string folder, std::size_t inputs);

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
// that space, which outlives the reader. Errors: it cannot be written; interrupted. An input that fails on
// the way does so behind the records that were read.
Result<std::unique_ptr<formats::RecordReader>> sorted(std::unique_ptr<formats::RecordReader> reader,
                                                      SortingSpace& space,
                                                      const std::function<bool()>& go_on);

}  // namespace anchoko::convert
