// {NAME} in texts of a profile. A literal brace never occurs in pcap-filter text, so there is no escape.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace anchoko::config {

struct Placeholder {
  std::size_t offset = 0;
  std::size_t length = 0;  // both braces included
  std::string name;
  std::string problem;  // not empty: what is wrong with it
  std::string hint;
};

// In the order of the text. A value must stay a word of its own, so its neighbours cannot be parts of words.
std::vector<Placeholder> find_placeholders(const std::string& filter);

// The name in "{NAME}". Windows names interfaces by "{GUID}", whose dashes tell it from a parameter.
std::optional<std::string> interface_placeholder(const std::string& interface);

}  // namespace anchoko::config
