// A text in the two languages that the crib speaks.
#pragma once

#include <string>

namespace anchoko {

struct BilingualText {
  std::string en;
  std::string ja;
  const std::string& in(bool japanese) const { return japanese ? ja : en; }
  bool empty() const { return en.empty(); }
};

}  // namespace anchoko
