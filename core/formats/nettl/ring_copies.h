// Copies of packets whose records stand in different files of a ring.
#pragma once

#include <memory>

#include "core/formats/record_reader.h"

namespace anchoko::formats {

// `ring` delivers all files of a ring in order of time. Every file's reader knows the copies within its file
// only: here packets get their ids anew, from one table.
std::unique_ptr<RecordReader> nettl_ring_copies(std::unique_ptr<RecordReader> ring);

}  // namespace anchoko::formats
