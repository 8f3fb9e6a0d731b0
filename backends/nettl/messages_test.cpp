#include "backends/nettl/messages.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace anchoko;
using nettl::read_messages;

TEST_CASE("nettl: fixed words tell that it began, and what was dropped") {
  const auto begun = read_messages("anchoko: nettl traces into /var/tmp/anchoko.x/capture\n");
  CHECK(begun.started);
  CHECK(begun.complaints.empty());
  CHECK_FALSE(begun.stats.dropped_by_kernel);
  const auto ended = read_messages(
      "anchoko: nettl traces into /x\nanchoko: nettl dropped 12 messages\n"
      "anchoko: the ring of files has come round, and its oldest packets are overwritten\n");
  CHECK(ended.stats.dropped_by_kernel == 12U);
  CHECK(ended.complaints ==
        std::vector<std::string>{"the ring of files has come round, and its oldest packets are overwritten"});
  // A line that is still being written may be half a number.
  CHECK_FALSE(read_messages("anchoko: nettl dropped 1").stats.dropped_by_kernel);
  CHECK_FALSE(read_messages("anchoko: nettl dropped many messages\n").stats.dropped_by_kernel);
}

TEST_CASE("nettl: refusals have their kind; what nettl says itself is a complaint as it stands") {
  const auto kind_of = [](const std::string& text) {
    return read_messages("anchoko: " + text + "\n").failure;
  };
  CHECK(kind_of("somebody traces already, into /tmp/x.TRC*") == ErrorKind::refused);
  CHECK(kind_of("somebody began a trace at the same moment, into /tmp/x.TRC*") == ErrorKind::refused);
  CHECK(kind_of("the trace facility does not answer: nettl -status trace ended with status 1") ==
        ErrorKind::unavailable);
  CHECK_FALSE(read_messages("somebody traces already\n").failure);
  const auto said = read_messages("nettl: Unable to enable tracing.\nanchoko: nettl does not trace; 1\n");
  CHECK(said.complaints.front() == "nettl: Unable to enable tracing.");
  CHECK(said.failure == ErrorKind::failed);
  CHECK_FALSE(said.started);
}
