#include "tests/differential/seeded_faults.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace anchoko::differential {

std::optional<std::vector<Fault>> chosen_faults(std::span<const Fault> all, int argc, char** argv) {
  constexpr long long sample = 10;
  const std::string word = argc > 1 ? argv[1] : "";
  const char* wish = std::getenv("ANCHOKO_MUTANTS");
  if (word == "all" || (argc == 1 && wish != nullptr && std::string(wish) == "all"))
    return std::vector(all.begin(), all.end());
  if (word == "only" && argc == 3) {
    const auto found =
        std::ranges::find_if(all, [&](const Fault& one) { return one.number == std::atoi(argv[2]); });
    if (found == all.end()) return std::nullopt;
    return std::vector{*found};
  }
  if (argc > 2 || (argc == 2 && word.find_first_not_of("0123456789") != std::string::npos))
    return std::nullopt;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto today = std::chrono::duration_cast<std::chrono::hours>(now).count() / 24;
  const long long seed = argc == 2 ? std::atoll(argv[1]) : today;
  std::printf("seed %lld (%s %lld repeats it)\n", seed, argv[0], seed);
  std::vector<Fault> out;
  const auto count = static_cast<long long>(all.size());
  // Consecutive seeds go through all of them.
  for (long long i = 0; i < std::min(sample, count); ++i)
    out.push_back(all[static_cast<std::size_t>((seed % count * sample + i) % count)]);
  return out;
}

}  // namespace anchoko::differential
