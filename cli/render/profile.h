// A resolved request as TOML, and as JSON.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/model/session_spec.h"

namespace anchoko::cli {

struct ResolvedValue {
  std::string table;   // "capture"; empty: the top level
  std::string key;     // "filter"
  std::string toml;    // "\"udp port 53\""
  Json json;           // strings, numbers in bytes and milliseconds, lists
  std::string origin;  // "default", "profile dns", "flag --for"
};
std::vector<ResolvedValue> resolved_values(const SessionSpec& spec, const std::string& backend);

// A profile that asks for the same. `origins`: each value with where it comes from, as a comment.
std::string to_toml(const std::vector<ResolvedValue>& values, bool origins);
// {"capture.filter": {"value": …, "origin": …}, …}
Json to_json(const std::vector<ResolvedValue>& values);

}  // namespace anchoko::cli
