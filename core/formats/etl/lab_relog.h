// What netsh and pktmon do when they stop: the file of the session is written again in the order of time.
#pragma once

#include <span>

#include "core/formats/etl/lab_writer.h"

namespace anchoko::formats::etl::lab {

// Adds the events of `session`, a whole uncompressed file of EtlLabWriter, to `to`, and what its header says
// of lost ones; a wrapped file gives what it still holds. `to` is finished by the caller. Errors: failed,
// when `session` is damaged or compressed, or `to` refuses an event.
Result<void> relog(std::span<const std::byte> session, EtlLabWriter& to);

}  // namespace anchoko::formats::etl::lab
