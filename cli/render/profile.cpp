#include "cli/render/profile.h"

#include <algorithm>
#include <array>

#include "cli/render/text.h"

namespace anchoko::cli {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      static constexpr std::array<char, 17> hex{"0123456789abcdef"};
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string quoted(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + quoted(item);
  return out + "]";
}

// In the largest unit that holds it exactly, as profiles write it.
std::string duration_text(std::chrono::milliseconds duration) {
  const auto total = duration.count();
  if (total % 3'600'000 == 0 && total != 0) return std::to_string(total / 3'600'000) + "h";
  if (total % 60'000 == 0 && total != 0) return std::to_string(total / 60'000) + "m";
  if (total % 1000 == 0) return std::to_string(total / 1000) + "s";
  return std::to_string(total) + "ms";
}

std::string size_text(std::uint64_t bytes) {
  struct Unit {
    std::uint64_t factor;
    const char* name;
  };
  constexpr std::array<Unit, 6> units{{{std::uint64_t{1} << 30, "GiB"},
                                       {1'000'000'000, "GB"},
                                       {std::uint64_t{1} << 20, "MiB"},
                                       {1'000'000, "MB"},
                                       {std::uint64_t{1} << 10, "KiB"},
                                       {1000, "kB"}}};
  for (const auto& unit : units) {
    if (bytes != 0 && bytes % unit.factor == 0) return std::to_string(bytes / unit.factor) + unit.name;
  }
  return std::to_string(bytes);
}

const char* direction_text(CaptureDirection direction) {
  switch (direction) {
    case CaptureDirection::both:
      return "both";
    case CaptureDirection::in:
      return "in";
    case CaptureDirection::out:
      return "out";
  }
  return "both";
}

std::string interfaces_toml(const std::vector<std::string>& names) {
  return names.size() == 1 ? quoted(names.front()) : quoted(names);
}

// With values for {NAME}.
Json interfaces_json(const SessionSpec& spec, const config::ProfileView& view) {
  std::vector<std::string> names = view.interfaces;
  if (spec.interface_choice == InterfaceChoice::default_route) names = {"default"};
  if (spec.interface_choice == InterfaceChoice::any) names = {"any"};
  if (spec.interface_choice == InterfaceChoice::named) names = spec.interfaces;
  return names.size() == 1 ? Json(names.front()) : Json::list(names);
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return printable(text);
}

class Collector {
 public:
  explicit Collector(const SessionSpec& spec) : spec_(spec) {}

  void add(const std::string& table, const std::string& key, std::string toml, Json json) {
    const std::string path = table.empty() ? key : table + "." + key;
    const auto origin = spec_.origins.find(path);
    values_.push_back({table,
                       key,
                       std::move(toml),
                       std::move(json),
                       origin == spec_.origins.end() ? "default" : origin->second,
                       {}});
  }
  void add(const config::ParameterView& parameter) {
    const std::string table = "parameters." + parameter.name;
    const auto one = [&](const char* key, std::string toml) {
      const auto origin = parameter.origins.find(key);
      values_.push_back({table,
                         std::string(key) == "value" ? "default" : key,
                         std::move(toml),
                         nullptr,
                         origin == parameter.origins.end() ? "" : origin->second,
                         {}});
    };
    one("type", quoted(parameter.type));
    if (!parameter.allowed.empty()) one("allowed", quoted(parameter.allowed));
    if (parameter.value) one("value", quoted(*parameter.value));
    if (!parameter.help.empty()) one("help", quoted(parameter.help));
    if (!parameter.narrow.empty()) one("narrow", quoted(parameter.narrow));
  }
  void remark(std::string text) { values_.back().remark = std::move(text); }
  void text(const std::string& table, const std::string& key, const std::string& value) {
    add(table, key, quoted(value), value);
  }
  void list(const std::string& table, const std::string& key, const std::vector<std::string>& value) {
    add(table, key, quoted(value), Json::list(value));
  }
  void number(const std::string& table, const std::string& key, std::uint64_t value) {
    add(table, key, std::to_string(value), value);
  }
  std::vector<ResolvedValue> take() { return std::move(values_); }

 private:
  const SessionSpec& spec_;
  std::vector<ResolvedValue> values_;
};

}  // namespace

std::vector<ResolvedValue> resolved_values(const config::ProfileView& view, const std::string& backend) {
  const SessionSpec& spec = view.spec;
  Collector out(spec);
  if (!spec.description.empty()) out.text("", "description", spec.description);
  out.list("", "accept", spec.accepted_hazards);
  for (const auto& parameter : view.parameters) out.add(parameter);
  out.add("capture", "filter", quoted(view.filter), spec.filter_text);
  if (!view.lacks_values && spec.filter_text != view.filter)
    out.remark("with these values: " + one_line(spec.filter_text));
  out.add("capture", "interface", interfaces_toml(view.interfaces), interfaces_json(spec, view));
  if (spec.snaplen == 0) {
    out.text("capture", "snaplen", "full");
  } else {
    out.number("capture", "snaplen", spec.snaplen);
  }
  out.add("capture", "promiscuous", spec.promiscuous ? "true" : "false", spec.promiscuous);
  out.text("capture", "direction", direction_text(spec.direction));
  out.text("capture", "push", spec.push == Push::safe ? "safe" : "none");
  out.list("capture", "assume", spec.assume);
  out.add("limits", "duration", quoted(duration_text(spec.limits.duration)), spec.limits.duration.count());
  out.add("limits", "max_size", quoted(size_text(spec.limits.max_size)), spec.limits.max_size);
  out.number("limits", "files", spec.limits.files);
  out.number("limits", "packets", spec.limits.packets);
  out.add("limits", "min_free", quoted(size_text(spec.limits.min_free)), spec.limits.min_free);
  out.text("output", "directory", spec.output_directory);
  for (const auto& [key, value] : spec.backend_options) {
    const bool bare = value == "true" || value == "false" ||
                      (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos);
    out.add("backend." + backend, key, bare ? value : quoted(value), value);
  }
  return out.take();
}

std::string to_toml(const std::vector<ResolvedValue>& values, bool origins) {
  std::size_t width = 0;
  std::size_t key_width = 0;
  for (const auto& value : values) {
    key_width = std::max(key_width, display_width(value.key));
    width = std::max(width, std::min<std::size_t>(display_width(value.toml), 40));
  }
  std::string out;
  std::string table;
  for (const auto& value : values) {
    if (value.table != table) out += (out.empty() ? "[" : "\n[") + value.table + "]\n";
    table = value.table;
    std::string line = pad_right(value.key, key_width) + " = ";
    line += origins ? pad_right(value.toml, width) + "  # " + printable(value.origin) : value.toml;
    out += line + "\n";
    if (!value.remark.empty()) out += "# " + value.remark + "\n";
  }
  return out;
}

Json to_json(const std::vector<ResolvedValue>& values) {
  Json json = Json::object();
  for (const auto& value : values) {
    if (value.table.starts_with("parameters.")) continue;
    json.set(value.table.empty() ? value.key : value.table + "." + value.key,
             Json(Json::Object{{"value", value.json}, {"origin", value.origin}}));
  }
  return json;
}

Json to_json(const std::vector<config::ParameterView>& parameters, bool values) {
  Json list = Json::array();
  for (const auto& parameter : parameters) {
    Json one(Json::Object{{"name", parameter.name},
                          {"type", parameter.type},
                          {"help", parameter.help},
                          {"required", parameter.required},
                          {"default", parameter.preset ? Json(*parameter.preset) : Json()},
                          {"allowed", Json::list(parameter.allowed)},
                          {"narrow", parameter.narrow}});
    if (values) {
      const auto origin = parameter.origins.find("value");
      one.set("value", parameter.value ? Json(*parameter.value) : Json());
      one.set("origin", origin == parameter.origins.end() ? Json() : Json(origin->second));
    }
    list.add(std::move(one));
  }
  return list;
}

std::string parameter_names(const std::vector<config::ParameterView>& parameters) {
  std::string names;
  for (const auto& parameter : parameters) {
    names += names.empty() ? "" : " ";
    names += parameter.required ? parameter.name : "[" + parameter.name + "]";
  }
  return names;
}

}  // namespace anchoko::cli
