// Whether a capture runs backwards in time, and readers that put it right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/base/result.h"
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

// In order whatever the input is: reads all of it at once, sorts pieces that fit in memory, and keeps them as
// files without a name in `folder`. Errors: such a file cannot be written; interrupted.
Result<std::unique_ptr<formats::RecordReader>> sorted(std::unique_ptr<formats::RecordReader> reader,
                                                      const std::string& folder,
                                                      const std::function<bool()>& go_on);

}  // namespace anchoko::convert
