// Compressed files, read as what they hold.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/file.h"
#include "core/base/result.h"

namespace anchoko::formats {

// By their first bytes.
bool is_gzip(std::span<const std::byte> start);
bool is_zstd(std::span<const std::byte> start);

// Several compressed streams one behind the other are one. Damage ends the input at the last sound byte:
// early_end() tells then. Errors: unavailable, this build was made without the library.
Result<std::unique_ptr<InputFile>> gzip_input(std::unique_ptr<InputFile> compressed);
Result<std::unique_ptr<InputFile>> zstd_input(std::unique_ptr<InputFile> compressed);

}  // namespace anchoko::formats
