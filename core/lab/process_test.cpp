#include "core/lab/process.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

using namespace anchoko;

TEST_CASE("lab: a program that plays no tools is never started in a tool's place") {
  const auto started = lab::start_daemon({"/usr/sbin/iptrace", "/nowhere"});
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "this program plays no tools: '/usr/sbin/iptrace' is not started");
}

TEST_CASE("lab: processes that live and are this program") {
  CHECK(lab::is_ours_and_lives(getpid()));
  CHECK_FALSE(lab::is_ours_and_lives(1));
  CHECK_FALSE(lab::is_ours_and_lives(0));
  CHECK_FALSE(lab::is_ours_and_lives(-1));
}

TEST_CASE("lab: signals are noted") {
  lab::SignalWatch watch{SIGUSR1, SIGUSR2};
  CHECK(watch.pending() == 0);
  raise(SIGUSR2);
  CHECK(watch.pending() == SIGUSR2);
  watch.forget();
  CHECK(watch.pending() == 0);
}
