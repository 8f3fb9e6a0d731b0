// What lines `filter TYPE …` of netfmt's filter file ask of a record (reference section 6).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "backends/nettl/emulator_netfmt_filter.h"

namespace anchoko::nettl::emulated {

using Names = std::map<std::string, std::string>;

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most);
// 6 hexadecimal bytes; dashes are allowed.
std::optional<std::uint64_t> parse_station(std::string text);

// Errors: usage.
Result<std::pair<FormatFilter::Layer, FormatFilter::Test>> lan_test(const FormatReading& reading,
                                                                    const Names& names,
                                                                    const std::string& type,
                                                                    std::span<const std::string> values);

}  // namespace anchoko::nettl::emulated
