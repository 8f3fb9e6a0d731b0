// A profile: one TOML request, every value with the place it was written at.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/session_spec.h"

namespace anchoko::config {

// Where a value was written; line 0: not in a file.
struct Place {
  std::string source;  // file name, or "profile dns" for a shipped one
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string excerpt;  // the whole line
};

template <typename T>
struct Located {
  T value{};
  Place place;
};

// From byte `offset` of a value on, up to the next run, its text stands as it is at line:column of the
// source.
struct TextRun {
  std::size_t offset = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;  // 1-based, in bytes
};

// A text value as it is written in its file, so that a message about a part of it can point at that part: one
// run for plain text, more where there are escapes or several lines. No runs: only the place of the whole
// value is known.
struct WrittenText {
  std::vector<TextRun> runs;
  std::uint32_t first_line = 0;
  std::vector<std::string> lines;  // the source lines from first_line on
};

// What `{NAME}` in a filter or an interface may stand for. In the order of parameter_types().
enum class ParameterType : std::uint8_t { address, network, port, portrange, number, mac, interface, choice };

// One [parameters.NAME] table. `type` is absent where only an inherited parameter is changed.
struct Parameter {
  std::string name;
  Place place;  // of the name
  std::optional<Located<ParameterType>> type;
  std::optional<Located<std::vector<std::string>>> allowed;  // of a choice
  std::optional<Located<std::string>> preset;                // the key `default`, as written
  std::optional<Located<std::string>> help;
  std::optional<Located<std::string>> narrow;  // joined to the filter with `and` when there is a value
  WrittenText narrow_written;
  bool misread = false;  // something in it could not be read, and was reported
};

// Only what is written; nothing is filled in. Text values are checked for their form while reading.
struct Profile {
  std::string name;
  std::string source;  // file name, or "(shipped) dns.toml"
  std::optional<Located<std::string>> description;
  std::optional<Located<std::string>> extends;
  std::optional<Located<std::vector<std::string>>> accept;
  // capture
  std::optional<Located<std::string>> filter;
  WrittenText filter_written;
  std::optional<Located<std::vector<std::string>>> interfaces;  // "default", "any", names or "{parameter}"
  std::vector<Place> interface_places;                          // of each of them
  std::optional<Located<std::uint32_t>> snaplen;                // 0: full
  std::optional<Located<bool>> promiscuous;
  std::optional<Located<CaptureDirection>> direction;
  std::optional<Located<Push>> push;
  std::optional<Located<std::vector<std::string>>> assume;
  // limits
  std::optional<Located<std::chrono::milliseconds>> duration;
  std::optional<Located<std::uint64_t>> max_size;
  std::optional<Located<std::uint32_t>> files;
  std::optional<Located<std::uint64_t>> packets;
  std::optional<Located<std::uint64_t>> min_free;
  // output
  std::optional<Located<std::string>> directory;
  // backend.NAME: key -> value as text
  std::map<std::string, std::map<std::string, Located<std::string>>> backend;
  std::vector<Parameter> parameters;  // in the order of the text, inherited ones first

  const Parameter* find_parameter(const std::string& parameter) const;
};

// What [backend.NAME] tables may hold; handed in so that config knows no backend. Every backend also has
// `interface`.
struct KnownBackendOption {
  std::string backend;
  std::string key;   // empty: says only that there is such a backend
  std::string type;  // "string", "boolean", "integer"
};

// All mistakes at once: the error holds one diagnostic for each.
Result<Profile> parse_profile(const std::string& text, const std::string& source, const std::string& name,
                              const std::vector<KnownBackendOption>& known);

}  // namespace anchoko::config
