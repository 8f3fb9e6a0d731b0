#include "core/base/error.h"

namespace anchoko {

int exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::failed:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::partial:
      return 3;
    case ErrorKind::unavailable:
      return 4;
    case ErrorKind::refused:
      return 5;
    case ErrorKind::interrupted:
      return 130;
  }
  return 1;
}

}  // namespace anchoko
