// What there is to say about one native tool: the tables that a build makes of its crib.toml.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bilingual_text.h"
#include "core/base/diagnostic.h"
#include "core/model/hazard.h"

namespace anchoko {

// The same option in the tool of another system.
struct CribElsewhere {
  std::string system;  // "openbsd"
  BilingualText text;
};

// An option, or a word in front of a command. {value} in a text stands for the option's value.
struct CribOption {
  std::string id;  // "-i", "--count", "sudo"
  BilingualText text;
  BilingualText when_absent;  // what holds without it; may be empty
  std::string since;          // first release that has it; empty: it has always been there
  std::vector<CribElsewhere> elsewhere;
};

// {0}, {1} … in a text stand for the words that the problem is about.
struct CribProblem {
  std::string id;  // "unknown-option"
  Severity severity = Severity::error;
  BilingualText text;
  BilingualText hint;  // what to do; may be empty
};

struct Crib {
  std::vector<CribOption> options;
  std::vector<CribOption> foreign;  // options that only other systems' or releases' tools have
  std::vector<CribProblem> problems;
  std::vector<Hazard> hazards;

  const CribOption* option(std::string_view id) const { return find(options, id); }
  const CribOption* foreign_option(std::string_view id) const { return find(foreign, id); }
  const CribProblem* problem(std::string_view id) const { return find(problems, id); }
  const Hazard* hazard(std::string_view id) const { return find(hazards, id); }

 private:
  template <typename T>
  static const T* find(const std::vector<T>& list, std::string_view id) {
    const auto found = std::ranges::find(list, id, &T::id);
    return found == list.end() ? nullptr : &*found;
  }
};

}  // namespace anchoko
