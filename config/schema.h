// THE table of profile keys: reading, merging, origins, did-you-mean and the table in docs/profiles.md all
// come from it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/profile.h"

namespace anchoko::config {

enum class KeyType {
  text,    // one line
  filter,  // text, may span lines
  text_list,
  interfaces,  // one name or a list
  boolean,
  integer,  // minimum to maximum
  snaplen,  // "full" or an integer, minimum to maximum
  duration,
  size,    // text with a unit, or an integer number of bytes
  choice,  // one of `allowed`, in the order of the enumeration
};

template <typename T>
using Slot = std::optional<Located<T>> Profile::*;
using AnySlot =
    std::variant<Slot<std::string>, Slot<std::vector<std::string>>, Slot<bool>, Slot<std::uint32_t>,
                 Slot<std::uint64_t>, Slot<CaptureDirection>, Slot<Push>, Slot<std::chrono::milliseconds>>;

struct ProfileKey {
  std::string table;  // empty: at the top of the file
  std::string key;
  KeyType type;
  AnySlot slot;
  std::string default_text;  // as a person would write it; empty: none
  std::string example;
  std::string flag;  // that overrides or extends it; empty: none
  std::string help;
  std::vector<std::string> allowed = {};
  std::uint64_t minimum = 0;
  std::uint64_t maximum = 0;

  std::string path() const { return table.empty() ? key : table + "." + key; }
};

const std::vector<ProfileKey>& profile_keys();
const ProfileKey* find_key(const std::string& table, const std::string& key);

// The keys of a [parameters.NAME] table, for did-you-mean, examples and docs/profiles.md.
struct ParameterKey {
  std::string key;
  std::string type;  // in words
  std::string example;
  std::string help;
};
const std::vector<ParameterKey>& parameter_keys();

// "a string", `"safe" or "none"`, `"full" or an integer between 1 and 262144`: what the value must be.
std::string expectation(const ProfileKey& key);

// `"a", "b" or "c"`
std::string one_of(const std::vector<std::string>& words);

}  // namespace anchoko::config
