// Filter texts at random, from the pools of addresses and ports that the generated frames use.
#pragma once

#include <string>
#include <vector>

#include "tests/tools/frames.h"

namespace anchoko::testing {

// A text that follows the grammar of the supported language; libpcap accepts nearly all of them. `depth`
// bounds nesting.
std::string random_filter(Random& random, unsigned depth);

// Words of the given texts, in a new order: dropped, doubled, exchanged. Mostly refused. Words that libpcap
// could take for a host name are left out, so that nothing is ever looked up.
class WordMixer {
 public:
  explicit WordMixer(const std::vector<std::string>& texts);
  std::string mixed(Random& random) const;

 private:
  std::vector<std::vector<std::string>> texts_;
  std::vector<std::string> words_;
};

}  // namespace anchoko::testing
