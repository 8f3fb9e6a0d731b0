// The filter file of netfmt (reference section 6).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/nettl/emulator_trace_file.h"

namespace anchoko::nettl::emulated {

// How the open facts read.
struct FormatReading {
  bool port_types = true;        // ip_proto, tcp_sport and the like, known from memory alone
  bool comments = true;          // '#'
  bool global_not = false;       // '!' in lines of the formatter
  bool absent_is_shown = false;  // records without the layer that a line asks for
};
FormatReading format_reading(const lab::EmulatedHost& host);

enum class FormatMode { normal, raw, nice, terse };

struct FormatFilter {
  enum class Layer { global_kind, global_subsystem, global_other, link, network, transport };
  // Nothing: the record does not have what is asked for.
  using Test = std::function<std::optional<bool>(const ReadRecord&)>;

  FormatMode mode = FormatMode::normal;
  bool highlight = true;
  std::map<Layer, std::vector<Test>> tests;
  std::map<std::string, std::string> names;   // of stations
  std::optional<std::int64_t> from, through;  // seconds of the day or, with a date, since 1970
};

// Errors: usage, naming the line.
Result<FormatFilter> parse_format_filter(const FormatReading& reading, std::string_view text);
// Types of one layer are alternatives, layers all count; global lines come first.
bool shows(const FormatFilter& filter, const FormatReading& reading, const ReadRecord& record);

}  // namespace anchoko::nettl::emulated
