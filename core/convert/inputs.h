// The files of a conversion as readers: one by one, rings of files as one, or all merged in order of time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/convert/input_pool.h"
#include "core/convert/merge_reader.h"
#include "core/convert/time_order.h"
#include "core/formats/capture_format.h"

namespace anchoko::convert {

// Files whose names show that they are of one ring come together, the oldest first, where the first of them
// stood. A name that is no file, but that of a ring ("capture" or "capture.TRC*" for capture.TRC000 …),
// stands for all its files.
std::vector<std::vector<std::string>> with_rings(const std::vector<std::string>& paths);

// What such a group is called: the name of the file, or that of the ring ("capture.TRC*").
std::string group_name(const std::vector<std::string>& group);
// How many files of a ring are missing: between those that are there, or newer than they.
std::size_t missing_files(const std::vector<std::string>& ring);

struct MergeOptions {
  formats::ReadOptions read;
  bool strict = false;  // an input that cannot be opened fails the merge
  // Every regular file is read twice, first to see whether it runs backwards; it is put in order then.
  // Without, such an input ends the merge as MergeReader says.
  bool look_first = false;
  bool as_it_is = false;               // nothing is put in order, and no input ends the merge
  std::string sorting_folder;          // for what does not fit in memory
  std::uint64_t* one_layer = nullptr;  // see one_layer(): the copies that it leaves out; null: all stay
  std::function<bool()> go_on;
};

struct MergedInputs {
  std::unique_ptr<InputPool> pool;
  std::unique_ptr<SortingSpace> sorting;
  std::unique_ptr<MergeReader> reader;
  std::vector<std::string> formats;  // of each input; "" where it could not be opened
  std::uint64_t put_in_order = 0;    // inputs
};
// `groups`: as with_rings() gives them. Pipes are put in order within a window. Errors: none could be opened;
// with `strict` any; interrupted.
Result<MergedInputs> merge_inputs(const std::vector<std::vector<std::string>>& groups,
                                  const MergeOptions& options);

struct RingReader {
  std::unique_ptr<InputPool> pool;
  std::unique_ptr<formats::RecordReader> reader;
  const MergeReader* files = nullptr;  // within `reader`: tells which file the last record is from
  std::vector<std::string> formats;    // as MergedInputs::formats
};
// The files of a ring as one capture, as they stand. Errors: none could be opened; interrupted.
Result<RingReader> open_ring(const std::vector<std::string>& files, const std::function<bool()>& go_on);

// A name that a person gave for an input is that of something to be read. Errors: usage, there is no such
// file, or it is a folder.
Result<void> check_input(const std::string& path);

// The size of a regular file, which can also be opened a second time; nothing for pipes and standard input.
std::optional<std::uint64_t> regular_size(const std::string& path);

}  // namespace anchoko::convert
