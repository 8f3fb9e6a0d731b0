// What went wrong, in a form that decides the exit status and what a person reads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/diagnostic.h"

namespace anchoko {

// Each kind has one exit status (see exit_status). Retry and reporting policy hang on the kind, never on the
// text.
enum class ErrorKind {
  failed,       // 1: an operation did not work
  usage,        // 2: command line, profile or filter is wrong; nothing was started
  partial,      // 3: done in part: records lost, a host failed, capture incomplete
  unavailable,  // 4: a right or a tool is missing
  refused,      // 5: refused for safety
  interrupted,  // 130
};

int exit_status(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::failed;
  std::string message;                  // one sentence: what and where
  std::string hint;                     // what to do; may be empty
  std::vector<Diagnostic> diagnostics;  // located mistakes, all of them; message may be empty then
};

inline Error make_error(ErrorKind kind, std::string message, std::string hint = {}) {
  return Error{kind, std::move(message), std::move(hint), {}};
}
inline Error make_error(Diagnostic diagnostic) {
  return Error{ErrorKind::usage, {}, {}, {std::move(diagnostic)}};
}

}  // namespace anchoko
