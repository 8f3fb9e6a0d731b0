// Processes of the lab's tools: daemons that outlive who started them, and signals that are waited for.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"

namespace anchoko::lab {

// Says that this program is the one that stands in for tools. Another one, a test that uses a tool's code,
// must not be started in its place.
void this_program_plays_tools();

// Starts this program again under the name words[0], in a session of its own, with standard streams at
// /dev/null. Of that process ps shows exactly `words`. Gives its pid. Errors: failed, also when this program
// does not play tools.
Result<int> start_daemon(const std::vector<std::string>& words);

// A process that lives and runs this very program: its pid was not taken over by another one.
bool is_ours_and_lives(int pid);

// Signals are noted instead of ending the process, as long as it lives; one at a time.
class SignalWatch {
 public:
  explicit SignalWatch(std::initializer_list<int> signals);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int pending() const;  // the last one that came; 0: none
  void forget();

 private:
  std::vector<int> signals_;
};

}  // namespace anchoko::lab
