#include "core/backend/option_uses.h"

#include <algorithm>

namespace anchoko {

std::vector<std::string> absent_options(const NativeCommand& command, std::vector<std::string> ids) {
  std::erase_if(ids, [&](const std::string& id) {
    return std::ranges::find(command.tokens, id, &CommandToken::id) != command.tokens.end();
  });
  return ids;
}

void sort_by_table(std::vector<OptionUse>& uses, const std::vector<OptionSpec>& specs) {
  const auto place = [&](const OptionUse& use) {
    return std::ranges::find(specs, use.id, &OptionSpec::id) - specs.begin();
  };
  std::ranges::stable_sort(uses, {}, place);
}

}  // namespace anchoko
