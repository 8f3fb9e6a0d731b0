// The types of parameters, and the canonical form of their values. A value is parsed by its type and never
// pasted, so it cannot change what a filter means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/profile.h"
#include "core/base/result.h"

namespace anchoko::config {

// Their names, in the order of the enumeration.
const std::vector<std::string>& parameter_types();
const std::string& type_name(ParameterType type);
// "an address": what a value must be.
std::string expectation(ParameterType type, const std::vector<std::string>& allowed);
// A value for hints and, in place of one that is not known yet, for a look at a filter. `ipv6`: the other
// family, where the type has two.
std::string example_value(ParameterType type, const std::vector<std::string>& allowed, bool ipv6 = false);

// A letter, then letters, digits and '_'; at most 32.
bool is_parameter_name(std::string_view word);

// The canonical form. `subject` begins the message: "host must be an address, not …". Errors are
// ErrorKind::usage without a place.
Result<std::string> parse_value(const std::string& subject, ParameterType type,
                                const std::vector<std::string>& allowed, const std::string& text);

// A word that a choice may hold: one that stands for itself wherever it is put.
Result<void> check_choice_word(const std::string& word);

}  // namespace anchoko::config
