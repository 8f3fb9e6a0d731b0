#include "config/resolve.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <set>

#include "config/filter_text.h"
#include "config/located.h"
#include "config/parameter_value.h"
#include "config/parameters.h"
#include "config/placeholder.h"
#include "config/schema.h"
#include "config/session_checks.h"
#include "config/words.h"
#include "core/filter/parser.h"
#include "core/filter/satisfiable.h"

namespace anchoko::config {
namespace {

// Digits only, all of them, in range.
std::optional<std::uint64_t> whole_number(const std::string& text, std::uint64_t minimum,
                                          std::uint64_t maximum) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < minimum || number > maximum) return std::nullopt;
  return number;
}

Diagnostic at_flag(const std::string& flag, const std::string& word, const Error& error) {
  Diagnostic d;
  d.source = flag;
  d.column = 1;
  d.length =
      static_cast<std::uint32_t>(std::min<std::size_t>(std::max<std::size_t>(word.size(), 1), 1 << 20));
  d.excerpt = word;
  d.message = error.message;
  d.hint = error.hint;
  return d;
}

class Resolver {
 public:
  Resolver(const Profile* profile, const Flags& flags, const std::string& backend)
      : profile_(profile), flags_(flags), backend_(backend) {
    given_ = give_values(profile, flags.set, flags.filter.has_value(), !flags.interfaces.empty());
    for (const auto& [name, where] : given_.origins) spec_.origins["parameters." + name] = where;
  }

  Result<ProfileView> view() {
    look_only_ = true;
    auto spec = resolve();
    if (!spec) return fail(std::move(spec.error()));
    ProfileView view;
    view.filter = flags_.filter || !profile_->filter ? spec->filter_text : profile_->filter->value;
    view.interfaces = flags_.interfaces.empty() ? written_ : flags_.interfaces;
    view.lacks_values = !missing_.empty();
    view.spec = std::move(*spec);
    std::set<std::string> counting;
    if (!flags_.filter) counting.merge(names_in_filter(*profile_));
    if (flags_.interfaces.empty()) counting.merge(names_in_interfaces(*profile_));
    for (ParameterView& parameter : describe_parameters(*profile_)) {
      if (!counting.contains(parameter.name)) continue;
      if (const auto value = given_.values.find(parameter.name); value != given_.values.end()) {
        parameter.value = value->second;
        parameter.origins["value"] = given_.origins.at(parameter.name);
      }
      view.parameters.push_back(std::move(parameter));
    }
    return view;
  }

  Result<SessionSpec> resolve() {
    mistakes_ = given_.mistakes;
    take_profile();
    take_flags();
    fill_interfaces();
    take_filter();
    check_ring();
    if (!mistakes_.empty()) return fail(Error{ErrorKind::usage, {}, {}, std::move(mistakes_)});
    return std::move(spec_);
  }

 private:
  // --- profile
  // -------------------------------------------------------------------------------------------------------

  template <typename T, typename U>
  void take(const char* path, const std::optional<Located<T>>& value, U& target) {
    spec_.origins[path] = value ? origin_text(value->place, *profile_) : "default";
    if (value) target = value->value;
  }

  void take_profile() {
    static const Profile none;
    const Profile& profile = profile_ != nullptr ? *profile_ : none;
    spec_.profile = profile.name;
    if (profile.description) take("description", profile.description, spec_.description);
    take("accept", profile.accept, spec_.accepted_hazards);
    take("capture.filter", profile.filter, spec_.filter_text);
    take("capture.snaplen", profile.snaplen, spec_.snaplen);
    take("capture.promiscuous", profile.promiscuous, spec_.promiscuous);
    take("capture.direction", profile.direction, spec_.direction);
    take("capture.push", profile.push, spec_.push);
    take("capture.assume", profile.assume, spec_.assume);
    take("limits.duration", profile.duration, spec_.limits.duration);
    take("limits.max_size", profile.max_size, spec_.limits.max_size);
    take("limits.files", profile.files, spec_.limits.files);
    take("limits.packets", profile.packets, spec_.limits.packets);
    take("limits.min_free", profile.min_free, spec_.limits.min_free);
    take("output.directory", profile.directory, spec_.output_directory);
    std::vector<std::string> interfaces{"default"};
    take("capture.interface", profile.interfaces, interfaces);
    written_ = interfaces;
    if (profile.interfaces) written_places_ = profile.interface_places;
    choose(interfaces);
    take_backend(profile);
  }

  void take_backend(const Profile& profile) {
    const auto table = profile.backend.find(backend_);
    if (table == profile.backend.end()) return;
    for (const auto& [key, value] : table->second) {
      const std::string path = "backend." + backend_ + "." + key;
      if (key == "interface") {
        written_ = {value.value};
        written_places_ = {value.place};
        choose({value.value});
        spec_.origins["capture.interface"] = origin_text(value.place, *profile_);
      } else {
        spec_.backend_options[key] = value.value;
        spec_.origins[path] = origin_text(value.place, *profile_);
      }
    }
  }

  void choose(const std::vector<std::string>& interfaces) {
    spec_.interfaces.clear();
    if (interfaces.front() == "default") {
      spec_.interface_choice = InterfaceChoice::default_route;
    } else if (interfaces.front() == "any") {
      spec_.interface_choice = InterfaceChoice::any;
    } else {
      spec_.interface_choice = InterfaceChoice::named;
      spec_.interfaces = interfaces;
    }
  }

  // --- flags
  // ---------------------------------------------------------------------------------------------------------

  void from_flag(const ProfileKey& key) { spec_.origins[key.path()] = "flag " + key.flag; }

  void refuse_flag(const ProfileKey& key, const std::string& word, const Error& error) {
    mistakes_.push_back(at_flag(key.flag, word, error));
  }

  void refuse_value(const ProfileKey& key, const std::string& word, std::string hint = {}) {
    refuse_flag(
        key, word,
        make_error(ErrorKind::usage, key.key + " must be " + expectation(key) + ", not " + in_quotes(word),
                   std::move(hint)));
  }

  template <typename T>
  void take_parsed(const ProfileKey& key, const std::optional<std::string>& word,
                   Result<T> (*parse)(const std::string&), T& target) {
    if (!word) return;
    auto value = parse(*word);
    if (!value) return refuse_flag(key, *word, value.error());
    target = *value;
    from_flag(key);
  }

  void take_flags() {
    take_parsed(*find_key("limits", "duration"), flags_.duration, &parse_duration, spec_.limits.duration);
    take_parsed(*find_key("limits", "max_size"), flags_.max_size, &parse_size, spec_.limits.max_size);
    take_packets(*find_key("limits", "packets"));
    take_snaplen(*find_key("capture", "snaplen"));
    take_direction(*find_key("capture", "direction"));
    take_interfaces(*find_key("capture", "interface"));
    if (flags_.promiscuous) {
      spec_.promiscuous = true;
      from_flag(*find_key("capture", "promiscuous"));
    }
    if (flags_.no_pushdown) {
      spec_.push = Push::none;
      from_flag(*find_key("capture", "push"));
    }
    extend(*find_key("", "accept"), flags_.accept, spec_.accepted_hazards);
    extend(*find_key("capture", "assume"), flags_.assume, spec_.assume);
  }

  void take_packets(const ProfileKey& key) {
    if (!flags_.packets) return;
    const auto number = whole_number(*flags_.packets, key.minimum, key.maximum);
    if (!number) return refuse_value(key, *flags_.packets);
    spec_.limits.packets = *number;
    from_flag(key);
  }

  void take_snaplen(const ProfileKey& key) {
    if (!flags_.snaplen) return;
    const auto number = whole_number(*flags_.snaplen, key.minimum, key.maximum);
    if (!number && *flags_.snaplen != "full") return refuse_value(key, *flags_.snaplen);
    spec_.snaplen = static_cast<std::uint32_t>(number.value_or(0));
    from_flag(key);
  }

  void take_direction(const ProfileKey& key) {
    if (!flags_.direction) return;
    const std::string& word = *flags_.direction;
    const auto found = std::ranges::find(key.allowed, word);
    if (found == key.allowed.end()) {
      const std::string near = word.size() <= 64 ? did_you_mean(word, key.allowed) : "";
      return refuse_value(key, word, near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    spec_.direction = static_cast<CaptureDirection>(found - key.allowed.begin());
    from_flag(key);
  }

  void take_interfaces(const ProfileKey& key) {
    if (flags_.interfaces.empty()) return;
    if (auto checked = check_interfaces(flags_.interfaces); !checked) {
      std::string words;
      for (const auto& name : flags_.interfaces) words += (words.empty() ? "" : " ") + name;
      return refuse_flag(key, words, checked.error());
    }
    choose(flags_.interfaces);
    from_flag(key);
  }

  // Names add to those of the profile.
  void extend(const ProfileKey& key, const std::vector<std::string>& words,
              std::vector<std::string>& target) {
    bool added = false;
    for (const auto& word : words) {
      if (word.empty() || has_control_character(word)) {
        refuse_flag(key, word, make_error(ErrorKind::usage, in_quotes(word) + " is not a name"));
      } else if (std::ranges::find(target, word) == target.end()) {
        target.push_back(word);
        added = true;
      }
    }
    if (!added) return;
    std::string& where = spec_.origins[key.path()];
    where = (where == "default" ? "" : where + ", ") + "flag " + key.flag;
  }

  // --- filter and rules over several keys
  // ----------------------------------------------------------------------------

  void take_filter() {
    if (flags_.filter) {
      spec_.filter_text = *flags_.filter;
      from_flag(*find_key("capture", "filter"));
      auto parsed = filter::parse_satisfiable(spec_.filter_text);
      if (!parsed) return refuse_filter(parsed.error());
      spec_.filter = std::move(*parsed);
    } else if (profile_ != nullptr) {
      take_profile_filter();
    }
  }

  void take_profile_filter() {
    const auto names = names_in_filter(*profile_);
    // Also what no value calls for today must be sound.
    if (!names.empty()) {
      auto mistakes = filter_mistakes(*profile_, *profile_, given_.values);
      std::ranges::move(mistakes, std::back_inserter(mistakes_));
      if (!mistakes.empty() || !need_filter_values()) return;
    }
    auto filled = fill_filter(*profile_, given_.values);
    if (!filled) return refuse_filter(filled.error());
    spec_.filter = std::move(filled->expr);
    if (names.empty()) return;
    spec_.filter_text = std::move(filled->text);
    add_set_origin("capture.filter", names);
  }

  void refuse_filter(Error& error) {
    std::ranges::move(error.diagnostics, std::back_inserter(mistakes_));
    if (error.diagnostics.empty()) mistakes_.push_back(at_flag("-f", spec_.filter_text, error));
  }

  // False: some value is missing.
  bool need_filter_values() {
    bool all = true;
    if (!profile_->filter) return all;
    for (const Placeholder& placeholder : find_placeholders(profile_->filter->value)) {
      if (given_.values.contains(placeholder.name)) continue;
      all = false;
      need_value(placeholder.name, stretch_of(*profile_->filter, profile_->filter_written, placeholder.offset,
                                              placeholder.length));
    }
    return all;
  }

  // --- parameters
  // ----------------------------------------------------------------------------------------------------

  // Once for each parameter; nothing where a value was given that is refused already.
  void need_value(const std::string& name, const Stretch& where) {
    if (given_.refused.contains(name) || !missing_.insert(name).second || look_only_) return;
    const Parameter& parameter = *profile_->find_parameter(name);
    static const std::vector<std::string> none;
    std::string hint =
        "give one: --set " + name + "=" +
        example_value(parameter.type->value, parameter.allowed ? parameter.allowed->value : none);
    if (parameter.help) hint += " (" + harmless(parameter.help->value) + ")";
    mistakes_.push_back(at_stretch(where, "the parameter " + in_quotes(name) + " has no value", hint));
  }

  void add_set_origin(const std::string& path, const std::set<std::string>& names) {
    const bool set = std::ranges::any_of(
        names, [&](const auto& name) { return given_.set.contains(name) && given_.values.contains(name); });
    if (!set) return;
    std::string& where = spec_.origins[path];
    where = (where == "default" ? "" : where + ", ") + "flag --set";
  }

  // Values for {NAME} in the interfaces of the profile.
  void fill_interfaces() {
    if (!flags_.interfaces.empty() || written_places_.empty()) return;
    std::vector<std::string> names;
    std::set<std::string> used;
    for (std::size_t i = 0; i < written_.size(); ++i) {
      names.push_back(written_[i]);
      const auto name = interface_placeholder(written_[i]);
      if (!name) continue;
      used.insert(*name);
      if (const auto value = given_.values.find(*name); value != given_.values.end()) {
        names.back() = value->second;
      } else {
        need_value(*name, {written_places_[i], at_place(written_places_[i], "").length});
      }
    }
    if (used.empty()) return;
    if (auto checked = check_interfaces(names); !checked) {
      mistakes_.push_back(at_place(written_places_.front(), checked.error().message, checked.error().hint));
      return;
    }
    choose(names);
    add_set_origin("capture.interface", used);
  }

  void check_ring() {
    const Limits& limits = spec_.limits;
    if (limits.files <= 1 || profile_ == nullptr || !profile_->files) return;
    const Place& place = profile_->files->place;
    if (limits.max_size == 0) {
      mistakes_.push_back(at_place(place, "a ring of files needs a max_size, which is 0 here",
                                   "write how large each file may grow: max_size = \"100MiB\""));
    } else if (limits.files > std::numeric_limits<std::uint64_t>::max() / limits.max_size) {
      mistakes_.push_back(at_place(place, "files × max_size is too large", ""));
    }
  }

  const Profile* profile_;
  const Flags& flags_;
  const std::string& backend_;
  GivenValues given_;
  SessionSpec spec_;
  std::vector<std::string> written_;  // interfaces, {NAME} among them, and where
  std::vector<Place> written_places_;
  bool look_only_ = false;  // values may be missing
  std::set<std::string> missing_;
  std::vector<Diagnostic> mistakes_;
};

}  // namespace

Result<SessionSpec> resolve(const std::optional<Profile>& profile, const Flags& flags,
                            const std::string& backend) {
  return Resolver(profile ? &*profile : nullptr, flags, backend).resolve();
}

Result<ProfileView> view(const Profile& profile, const Flags& flags, const std::string& backend) {
  return Resolver(&profile, flags, backend).view();
}

}  // namespace anchoko::config
