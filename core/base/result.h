// The one alias behind which the expected-type is chosen.
#pragma once

#include <expected>

#include "core/base/error.h"

namespace anchoko {

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}
inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint = {}) {
  return fail(make_error(kind, std::move(message), std::move(hint)));
}

}  // namespace anchoko
