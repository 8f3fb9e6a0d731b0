#include "config/profile.h"

#include <algorithm>

#include "config/document.h"
#include "config/parameter_reader.h"
#include "config/profile_reader.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "config/session_checks.h"
#include "config/table_reader.h"
#include "config/words.h"

namespace anchoko::config {
namespace {

// Reads one document against the table of keys; collects every mistake.
class ProfileReader : private TableReader {
 public:
  ProfileReader(const Document& document, const std::vector<KnownBackendOption>& known, Profile& profile,
                std::vector<Problem>& problems)
      : TableReader(document, problems), known_(known), profile_(profile) {}

  void read() {
    for (const Member& member : document_.root.members) {
      if (member.key == "backend") {
        read_backends(member);
      } else if (member.key == "parameters") {
        read_parameters(document_, member, profile_, problems_);
      } else if (is_table_name(member.key)) {
        if (expect_table(member, "[" + member.key + "]")) {
          for (const Member& inner : member.value.members) read_key(member.key, inner);
        }
      } else {
        read_key("", member);
      }
    }
  }

 private:
  static std::vector<std::string> table_names() {
    std::vector<std::string> names;
    for (const ProfileKey& key : profile_keys()) {
      if (!key.table.empty() && std::ranges::find(names, key.table) == names.end())
        names.push_back(key.table);
    }
    names.emplace_back("parameters");
    names.emplace_back("backend");
    return names;
  }
  static bool is_table_name(const std::string& name) {
    const auto names = table_names();
    return std::ranges::find(names, name) != names.end();
  }

  // --- unknown words
  // -------------------------------------------------------------------------------------------------

  // In whatever table.
  static const ProfileKey* nearest_key(const std::string& word) {
    std::vector<std::string> all;
    for (const ProfileKey& key : profile_keys()) all.push_back(key.key);
    const std::string near = word.size() <= longest_mistyped ? did_you_mean(word, all) : "";
    const auto found = std::ranges::find(profile_keys(), near, &ProfileKey::key);
    return found == profile_keys().end() ? nullptr : &*found;
  }

  void unknown_key(const std::string& table, const Member& member) {
    const bool is_table = table.empty() && member.value.kind == ValueKind::table;
    if (is_table) {
      return report(member.key_span, "unknown table [" + harmless(member.key) + "]",
                    suggestion(member.key, table_names(), "tables"));
    }
    const std::string where = table.empty() ? " at the top of the file" : " in [" + table + "]";
    const std::string message = "unknown key " + in_quotes(member.key) + where;
    std::vector<std::string> here;
    for (const ProfileKey& key : profile_keys()) {
      if (key.table == table) here.push_back(key.key);
      if (key.key == member.key) {
        const std::string home = key.table.empty() ? "stands at the top of the file, above the first table"
                                                   : "belongs in [" + key.table + "]";
        return report(member.key_span, message, in_quotes(member.key) + " " + home);
      }
    }
    std::string hint = suggestion(member.key, here, "keys here");
    if (!hint.starts_with("did")) {
      if (const ProfileKey* near = nearest_key(member.key)) {
        const std::string home = near->table.empty() ? "at the top of the file" : "in [" + near->table + "]";
        hint = "did you mean " + in_quotes(near->key) + " " + home + "?";
      }
    }
    report(member.key_span, message, std::move(hint));
  }

  // --- keys of the table
  // ---------------------------------------------------------------------------------------------

  void read_key(const std::string& table, const Member& member) {
    const ProfileKey* key = find_key(table, member.key);
    if (key == nullptr) return unknown_key(table, member);
    switch (key->type) {
      case KeyType::text:
      case KeyType::filter:
        return read_text(*key, member);
      case KeyType::text_list:
        return read_list(*key, member);
      case KeyType::interfaces:
        return read_interfaces(*key, member);
      case KeyType::boolean:
        return read_boolean(*key, member);
      case KeyType::integer:
        return read_integer(*key, member);
      case KeyType::snaplen:
        return read_snaplen(*key, member);
      case KeyType::duration:
        return read_duration(*key, member);
      case KeyType::size:
        return read_size(*key, member);
      case KeyType::choice:
        return read_choice(*key, member);
    }
  }

  template <typename T>
  void store(const ProfileKey& key, const Member& member, T value) {
    profile_.*std::get<Slot<T>>(key.slot) = located(member, std::move(value));
  }

  void read_text(const ProfileKey& key, const Member& member) {
    if (key.type == KeyType::filter) {
      if (!check_filter(member, key.example)) return;
      profile_.filter_written = document_.written_text(member.value);
      // In a text mended line by line a string can come out that nobody wrote.
      if (profile_.filter_written.runs.empty() && !document_.problems.empty()) return;
    } else if (member.value.kind != ValueKind::string) {
      return report_type(member, expectation(key), key.example);
    } else if (!check_text(key.key, member.value)) {
      return;
    }
    store(key, member, member.value.text);
  }

  void read_list(const ProfileKey& key, const Member& member) {
    if (member.value.kind != ValueKind::array) return report_type(member, expectation(key), key.example);
    if (auto list = texts(member)) store(key, member, std::move(*list));
  }

  void read_interfaces(const ProfileKey& key, const Member& member) {
    std::vector<std::string> names;
    if (member.value.kind == ValueKind::string) {
      if (!check_text(key.key, member.value)) return;
      names.push_back(member.value.text);
    } else if (member.value.kind == ValueKind::array) {
      auto list = texts(member);
      if (!list) return;
      names = std::move(*list);
    } else {
      return report_type(member, expectation(key), key.example);
    }
    if (auto checked = check_interfaces(names); !checked) return report_error(member, checked.error());
    profile_.interface_places.clear();
    if (member.value.kind == ValueKind::string) {
      profile_.interface_places.push_back(document_.place(member.value.span));
    }
    for (const Value& item : member.value.items)
      profile_.interface_places.push_back(document_.place(item.span));
    store(key, member, std::move(names));
  }

  void read_boolean(const ProfileKey& key, const Member& member) {
    if (member.value.kind != ValueKind::boolean) {
      const bool quoted_word = member.value.kind == ValueKind::string &&
                               (member.value.text == "true" || member.value.text == "false");
      report_type(member, expectation(key), quoted_word ? member.value.text : key.example);
      return;
    }
    store(key, member, member.value.boolean);
  }

  // Checks the range too.
  std::optional<std::uint64_t> integer(const ProfileKey& key, const Member& member) {
    const std::int64_t number = member.value.integer;
    if (number < 0 || static_cast<std::uint64_t>(number) < key.minimum ||
        static_cast<std::uint64_t>(number) > key.maximum) {
      report(member.value.span, key.key + " must be " + expectation(key) + ", not " + std::to_string(number));
      return std::nullopt;
    }
    return static_cast<std::uint64_t>(number);
  }

  void read_integer(const ProfileKey& key, const Member& member) {
    if (member.value.kind != ValueKind::integer) return report_type(member, expectation(key), key.example);
    const auto number = integer(key, member);
    if (!number) return;
    if (std::holds_alternative<Slot<std::uint32_t>>(key.slot)) {
      store(key, member, static_cast<std::uint32_t>(*number));
    } else {
      store(key, member, *number);
    }
  }

  void read_snaplen(const ProfileKey& key, const Member& member) {
    if (member.value.kind == ValueKind::integer) {
      if (const auto number = integer(key, member)) store(key, member, static_cast<std::uint32_t>(*number));
    } else if (member.value.kind != ValueKind::string) {
      report_type(member, expectation(key), key.example);
    } else if (member.value.text != "full") {
      report(member.value.span,
             key.key + " must be " + expectation(key) + ", not " + in_quotes(member.value.text),
             "a number stands without quotes");
    } else {
      store(key, member, std::uint32_t{0});
    }
  }

  void read_duration(const ProfileKey& key, const Member& member) {
    if (member.value.kind == ValueKind::integer) {
      return report(member.value.span, key.key + " must be a duration, not an integer: the unit is missing",
                    "for seconds: " + key.key + " = \"" + std::to_string(member.value.integer) + "s\"");
    }
    if (member.value.kind != ValueKind::string) return report_type(member, expectation(key), key.example);
    auto duration = parse_duration(member.value.text);
    if (!duration) return report_error(member, duration.error());
    store(key, member, *duration);
  }

  void read_size(const ProfileKey& key, const Member& member) {
    if (member.value.kind == ValueKind::integer) {
      if (member.value.integer < 0) return report(member.value.span, key.key + " must not be negative");
      return store(key, member, static_cast<std::uint64_t>(member.value.integer));
    }
    if (member.value.kind != ValueKind::string) return report_type(member, expectation(key), key.example);
    auto size = parse_size(member.value.text);
    if (!size) return report_error(member, size.error());
    store(key, member, *size);
  }

  void read_choice(const ProfileKey& key, const Member& member) {
    if (member.value.kind != ValueKind::string) return report_type(member, expectation(key), key.example);
    const auto found = std::ranges::find(key.allowed, member.value.text);
    if (found == key.allowed.end()) {
      const std::string near =
          member.value.text.size() <= longest_mistyped ? did_you_mean(member.value.text, key.allowed) : "";
      return report(member.value.span,
                    key.key + " must be " + expectation(key) + ", not " + in_quotes(member.value.text),
                    near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    const auto index = found - key.allowed.begin();
    if (std::holds_alternative<Slot<Push>>(key.slot)) {
      store(key, member, static_cast<Push>(index));
    } else {
      store(key, member, static_cast<CaptureDirection>(index));
    }
  }

  // --- [backend.NAME]
  // ------------------------------------------------------------------------------------------------

  std::vector<std::string> backend_names() const {
    std::vector<std::string> names;
    for (const auto& option : known_) {
      if (std::ranges::find(names, option.backend) == names.end()) names.push_back(option.backend);
    }
    return names;
  }

  void read_backends(const Member& backends) {
    if (!expect_table(backends, "[backend.NAME]")) return;
    const auto names = backend_names();
    for (const Member& member : backends.value.members) {
      if (std::ranges::find(names, member.key) == names.end()) {
        report(member.key_span, "unknown backend " + in_quotes(member.key),
               suggestion(member.key, names, "backends"));
      } else if (expect_table(member, "[backend." + member.key + "]")) {
        for (const Member& inner : member.value.members) read_backend_key(member.key, inner);
      }
    }
  }

  void read_backend_key(const std::string& backend, const Member& member) {
    std::vector<KnownBackendOption> options{{backend, "interface", "string"}};
    for (const auto& option : known_) {
      if (option.backend == backend && !option.key.empty() && option.key != "interface")
        options.push_back(option);
    }
    const auto option = std::ranges::find(options, member.key, &KnownBackendOption::key);
    if (option == options.end()) {
      std::vector<std::string> keys;
      for (const auto& one : options) keys.push_back(one.key);
      return report(member.key_span, "unknown key " + in_quotes(member.key) + " in [backend." + backend + "]",
                    suggestion(member.key, keys, "keys here"));
    }
    if (const auto text = backend_value(*option, member)) {
      profile_.backend[backend][member.key] = {*text, document_.place(member.value.span)};
    }
  }

  std::optional<std::string> backend_value(const KnownBackendOption& option, const Member& member) {
    const Value& value = member.value;
    if (option.type == "boolean" && value.kind == ValueKind::boolean) return value.boolean ? "true" : "false";
    if (option.type == "integer" && value.kind == ValueKind::integer) return std::to_string(value.integer);
    if (option.type == "string" && value.kind == ValueKind::string) {
      if (!check_text(member.key, value)) return std::nullopt;
      return value.text;
    }
    const std::string expected = option.type == "boolean"   ? "true or false"
                                 : option.type == "integer" ? "an integer"
                                                            : "a string";
    report_type(member, expected, "");
    return std::nullopt;
  }

  const std::vector<KnownBackendOption>& known_;
  Profile& profile_;
};

}  // namespace

const Parameter* Profile::find_parameter(const std::string& parameter) const {
  const auto found = std::ranges::find(parameters, parameter, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

ReadProfile read_profile(const std::string& text, const std::string& source, const std::string& name,
                         const std::vector<KnownBackendOption>& known) {
  ReadProfile result;
  result.profile.name = name;
  result.profile.source = source;
  const Document document = parse_document(text, source);
  std::vector<Problem> problems = document.problems;
  result.broken = !problems.empty();
  ProfileReader(document, known, result.profile, problems).read();
  result.mistakes = to_diagnostics(document, std::move(problems));
  return result;
}

Result<Profile> parse_profile(const std::string& text, const std::string& source, const std::string& name,
                              const std::vector<KnownBackendOption>& known) {
  ReadProfile read = read_profile(text, source, name, known);
  add_parameter_mistakes({&read}, !read.broken && !read.profile.extends);
  if (read.mistakes.empty()) return std::move(read.profile);
  // The filter is judged when the profile is resolved; but as it will not come to that, its mistakes are told
  // now.
  add_filter_mistakes({&read});
  return fail(Error{ErrorKind::usage, {}, {}, std::move(read.mistakes)});
}

}  // namespace anchoko::config
