#include "cli/render/progress.h"

#include <doctest/doctest.h>

#include "cli/render/text.h"

using namespace anchoko::cli;

TEST_CASE("a progress line has a bar, a share and words, and leaves the last column empty") {
  CHECK(progress_line(0.5, "30s, 30s left", 80) == "[###############...............]  50% 30s, 30s left");
  CHECK(progress_line(0, "x", 80) == "[..............................]   0% x");
  CHECK(progress_line(1, "x", 80) == "[##############################] 100% x");
  CHECK(progress_line(7, "x", 80) == progress_line(1, "x", 80));
  CHECK(progress_line(-1, "12 MiB", 80) == "12 MiB");
  for (unsigned width = 1; width < 100; ++width) {
    CHECK(display_width(progress_line(0.3, "30s, 30s left, 12 MiB, あんちょこ", width)) <=
          std::max(1U, width - 1));
  }
}
