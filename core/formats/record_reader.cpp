#include "core/formats/record_reader.h"

#include <utility>

namespace anchoko::formats {

void FileFacts::add(FileFacts more, const std::string& input) {
  const std::string name = input.empty() ? input : input + ": ";
  for (auto& fact : more.list) list.push_back({name + fact.name, std::move(fact.lines)});
  for (const auto& line : more.left_out) left_out.push_back(name + line);
  for (const auto& line : more.why_empty) why_empty.push_back(name + line);
  for (const auto& line : more.lost_words) lost_words.push_back(name + line);
  for (const auto& line : more.uncertain) uncertain.push_back(name + line);
  if (more.lost) lost = lost.value_or(0) + *more.lost;
}

}  // namespace anchoko::formats
