#include "config/resolve.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

#include "config/filter_text.h"
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

Diagnostic at_place(const Place& place, std::string message, std::string hint) {
  Diagnostic d;
  d.source = place.source;
  d.line = place.line;
  d.column = place.column;
  d.excerpt = place.excerpt;
  d.message = std::move(message);
  d.hint = std::move(hint);
  return d;
}

class Resolver {
 public:
  Resolver(const Profile* profile, const Flags& flags, const std::string& backend)
      : profile_(profile), flags_(flags), backend_(backend) {}

  Result<SessionSpec> resolve() {
    take_profile();
    take_flags();
    take_filter();
    check_ring();
    if (!mistakes_.empty()) return fail(Error{ErrorKind::usage, {}, {}, std::move(mistakes_)});
    return std::move(spec_);
  }

 private:
  // --- profile
  // -------------------------------------------------------------------------------------------------------

  // A value may come from an ancestor: then its source is not the profile's own.
  std::string origin(const Place& place) const {
    if (place.source.empty() || place.source == profile_->source) return "profile " + profile_->name;
    if (place.source.starts_with("profile ")) return place.source;
    return "profile " + std::filesystem::path(place.source).stem().string();
  }

  template <typename T, typename U>
  void take(const char* path, const std::optional<Located<T>>& value, U& target) {
    spec_.origins[path] = value ? origin(value->place) : "default";
    if (value) target = value->value;
  }

  void take_profile() {
    static const Profile none;
    const Profile& profile = profile_ != nullptr ? *profile_ : none;
    spec_.profile = profile.name;
    if (profile.description) spec_.description = profile.description->value;
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
    choose(interfaces);
    take_backend(profile);
  }

  void take_backend(const Profile& profile) {
    const auto table = profile.backend.find(backend_);
    if (table == profile.backend.end()) return;
    for (const auto& [key, value] : table->second) {
      const std::string path = "backend." + backend_ + "." + key;
      if (key == "interface") {
        choose({value.value});
        spec_.origins["capture.interface"] = origin(value.place);
      } else {
        spec_.backend_options[key] = value.value;
        spec_.origins[path] = origin(value.place);
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
    const bool in_profile = !flags_.filter && profile_ != nullptr && profile_->filter;
    if (flags_.filter) {
      spec_.filter_text = *flags_.filter;
      from_flag(*find_key("capture", "filter"));
    }
    auto parsed = in_profile ? parse_filter(*profile_->filter, profile_->filter_written)
                             : filter::parse_satisfiable(spec_.filter_text);
    if (parsed) {
      spec_.filter = std::move(*parsed);
    } else {
      for (auto& mistake : parsed.error().diagnostics) mistakes_.push_back(std::move(mistake));
      if (parsed.error().diagnostics.empty())
        mistakes_.push_back(at_flag("-f", spec_.filter_text, parsed.error()));
    }
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
  SessionSpec spec_;
  std::vector<Diagnostic> mistakes_;
};

}  // namespace

Result<SessionSpec> resolve(const std::optional<Profile>& profile, const Flags& flags,
                            const std::string& backend) {
  return Resolver(profile ? &*profile : nullptr, flags, backend).resolve();
}

}  // namespace anchoko::config
