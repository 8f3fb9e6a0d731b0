// Where a result may go, checked before any work is begun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace anchoko {

// Errors, all of them ErrorKind::usage: the file exists and `overwrite` is false; it is one of the inputs; it
// is no regular file; its folder is absent or cannot be written. "-" is always well.
Result<void> check_output(const std::string& path, bool overwrite,
                          const std::vector<std::string>& inputs = {});

// For another process, elsewhere.
std::string absolute_path(const std::string& path);

// DIRECTORY/NAME-HOST-20260131T120000Z.pcapng; characters that are not letters, digits, '.', '_' or '-'
// become '_'.
std::string default_output(const std::string& directory, const std::string& name, const std::string& host,
                           std::int64_t unix_seconds);

// It is there and can be written, or it can be made with all that is absent above it. Nothing is made.
bool can_make_folder(const std::string& folder);

// The folder and every absent one above it, mode 0700. One that exists stays as it is.
Result<void> make_output_folder(const std::string& folder);

}  // namespace anchoko
