// The files of a ring, oldest first.
#pragma once

#include <string>
#include <vector>

#include "core/convert/loss_report.h"

namespace anchoko::session {

struct RingFiles {
  std::vector<std::string> paths;  // never empty, when there were any
  convert::LossReport loss;        // of the files that are not among them
};

// By the time of their first record: names begin again after a restart. A file that is empty, or holds no
// more than its header, was not yet written to and is left out, unless none has a record. Any other that
// cannot be read is left out too, as damage.
RingFiles in_order_of_time(const std::vector<std::string>& paths);

}  // namespace anchoko::session
