// A profile with flags and defaults as TOML, and as JSON.
#pragma once

#include <string>
#include <vector>

#include "config/resolve.h"
#include "core/base/json.h"
#include "core/model/session_spec.h"

namespace anchoko::cli {

struct ResolvedValue {
  std::string table;   // "capture"; empty: the top level
  std::string key;     // "filter"
  std::string toml;    // "\"udp port 53\""
  Json json;           // strings, numbers in bytes and milliseconds, lists
  std::string origin;  // "default", "profile dns line 6", "flag --for"
  std::string remark;  // a comment below it; may be empty
};
std::vector<ResolvedValue> resolved_values(const config::ProfileView& view, const std::string& backend);

// A profile that asks for the same. `origins`: each value with where it comes from, as a comment.
std::string to_toml(const std::vector<ResolvedValue>& values, bool origins);
// {"capture.filter": {"value": …, "origin": …}, …}
Json to_json(const std::vector<ResolvedValue>& values);

// name, type, help, allowed, narrow, required, default; and value with its origin where flags count.
Json to_json(const std::vector<config::ParameterView>& parameters, bool values);
// "host [port]": what must be given, and in brackets what may be.
std::string parameter_names(const std::vector<config::ParameterView>& parameters);

}  // namespace anchoko::cli
