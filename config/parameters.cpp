#include "config/parameters.h"

#include <algorithm>

#include "config/located.h"
#include "config/parameter_value.h"
#include "config/placeholder.h"
#include "config/table_reader.h"
#include "config/words.h"

namespace anchoko::config {
namespace {

// One --set word, and messages that point into it.
class SetWord {
 public:
  explicit SetWord(const std::string& word) : word_(word), equals_(word.find('=')) {}

  bool sound() const { return equals_ != std::string::npos && equals_ > 0; }
  std::string name() const { return word_.substr(0, equals_); }
  std::string value() const { return word_.substr(equals_ + 1); }

  Diagnostic at_name(std::string message, std::string hint = {}) const {
    return at(0, sound() ? equals_ : word_.size(), std::move(message), std::move(hint));
  }
  Diagnostic at_value(const Error& error) const {
    return at(equals_ + 1, word_.size() - equals_ - 1, error.message, error.hint);
  }

 private:
  Diagnostic at(std::size_t offset, std::size_t length, std::string message, std::string hint) const {
    constexpr std::size_t most = std::size_t{1} << 20;
    Diagnostic d;
    d.source = "--set";
    d.line = 1;
    d.column = static_cast<std::uint32_t>(std::min(offset, most) + 1);
    d.length = static_cast<std::uint32_t>(std::clamp<std::size_t>(length, 1, most));
    d.excerpt = word_;
    d.message = std::move(message);
    d.hint = std::move(hint);
    return d;
  }

  const std::string& word_;
  std::size_t equals_;
};

const std::vector<std::string>& allowed_of(const Parameter& parameter) {
  static const std::vector<std::string> none;
  return parameter.allowed ? parameter.allowed->value : none;
}

class Giver {
 public:
  Giver(const Profile& complete, bool replaced_filter, bool replaced_interface)
      : complete_(complete),
        in_filter_(names_in_filter(complete)),
        in_interfaces_(names_in_interfaces(complete)),
        replaced_filter_(replaced_filter),
        replaced_interface_(replaced_interface) {}

  GivenValues give(const std::vector<std::string>& words) {
    for (const std::string& word : words) take(SetWord(word));
    for (const Parameter& parameter : complete_.parameters) {
      if (!parameter.preset || !parameter.type || given_.set.contains(parameter.name)) continue;
      auto value =
          parse_value("default", parameter.type->value, allowed_of(parameter), parameter.preset->value);
      if (!value) continue;  // told when the profile was loaded
      given_.values[parameter.name] = std::move(*value);
      given_.origins[parameter.name] = origin_text(parameter.preset->place, complete_);
    }
    return std::move(given_);
  }

 private:
  void refuse(Diagnostic mistake) { given_.mistakes.push_back(std::move(mistake)); }

  void take(const SetWord& word) {
    if (!word.sound()) {
      return refuse(word.at_name("write NAME=VALUE", "parameters of this profile: " + all_names()));
    }
    const std::string name = word.name();
    const Parameter* parameter = complete_.find_parameter(name);
    if (parameter == nullptr || !parameter->type) {
      // That the one which was meant has no value is no second mistake.
      given_.refused.insert(did_you_mean(name, names()));
      return refuse(unknown(word, name));
    }
    if (!given_.set.insert(name).second) return refuse(word.at_name(in_quotes(name) + " is set twice"));
    auto value = parse_value(name, parameter->type->value, allowed_of(*parameter), word.value());
    if (!value) {
      given_.refused.insert(name);
      return refuse(word.at_value(value.error()));
    }
    check_use(word, name);
    given_.values[name] = std::move(*value);
    given_.origins[name] = "flag --set";
  }

  Diagnostic unknown(const SetWord& word, const std::string& name) const {
    if (complete_.parameters.empty()) {
      return word.at_name("the profile " + in_quotes(complete_.name) + " has no parameters",
                          "leave out --set " + harmless(name));
    }
    return word.at_name("there is no parameter " + in_quotes(name),
                        suggestion(name, names(), "parameters of this profile"));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Parameter& parameter : complete_.parameters) out.push_back(parameter.name);
    return out;
  }

  // A value that goes unheard would let a person believe that the capture is narrower than it is.
  void check_use(const SetWord& word, const std::string& name) {
    const bool filter = in_filter_.contains(name);
    const bool interface = in_interfaces_.contains(name);
    if ((filter && !replaced_filter_) || (interface && !replaced_interface_)) return;
    const std::string nowhere = in_quotes(name) + " would have no effect: ";
    if (filter) {
      refuse(word.at_name(nowhere + "-f replaces the filter of the profile",
                          "leave out -f, or leave out --set " + name + " and write the value in -f"));
    } else if (interface) {
      refuse(word.at_name(nowhere + "-i replaces the interface of the profile",
                          "leave out -i or --set " + name));
    } else {
      refuse(word.at_name(nowhere + "the profile uses {" + name + "} nowhere", "leave out --set " + name));
    }
  }

  std::string all_names() const {
    std::string all;
    for (const Parameter& parameter : complete_.parameters) all += (all.empty() ? "" : ", ") + parameter.name;
    return all.empty() ? "none" : all;
  }

  const Profile& complete_;
  std::set<std::string> in_filter_;
  std::set<std::string> in_interfaces_;
  bool replaced_filter_;
  bool replaced_interface_;
  GivenValues given_;
};

// In the filter or an interface, where nothing can be left out.
bool uses_directly(const Profile& complete, const std::string& name) {
  if (names_in_interfaces(complete).contains(name)) return true;
  if (!complete.filter) return false;
  const auto placeholders = find_placeholders(complete.filter->value);
  return std::ranges::find(placeholders, name, &Placeholder::name) != placeholders.end();
}

}  // namespace

std::set<std::string> names_in_filter(const Profile& complete) {
  std::set<std::string> names;
  if (complete.filter) {
    for (const Placeholder& placeholder : find_placeholders(complete.filter->value))
      names.insert(placeholder.name);
  }
  for (const Parameter& parameter : complete.parameters) {
    if (parameter.narrow) names.insert(parameter.name);
  }
  return names;
}

std::set<std::string> names_in_interfaces(const Profile& complete) {
  std::set<std::string> names;
  if (complete.interfaces) {
    for (const auto& interface : complete.interfaces->value) {
      if (auto name = interface_placeholder(interface)) names.insert(std::move(*name));
    }
  }
  for (const auto& [backend, options] : complete.backend) {
    const auto interface = options.find("interface");
    if (interface == options.end()) continue;
    if (auto name = interface_placeholder(interface->second.value)) names.insert(std::move(*name));
  }
  return names;
}

std::vector<ParameterView> describe_parameters(const Profile& complete) {
  std::vector<ParameterView> views;
  for (const Parameter& parameter : complete.parameters) {
    if (!parameter.type) continue;
    ParameterView view;
    view.name = parameter.name;
    view.type = type_name(parameter.type->value);
    view.allowed = allowed_of(parameter);
    view.example = example_value(parameter.type->value, view.allowed);
    view.origins["type"] = origin_text(parameter.type->place, complete);
    const auto take = [&](const char* key, const auto& from, auto& to) {
      if (!from) return;
      to = from->value;
      view.origins[key] = origin_text(from->place, complete);
    };
    take("help", parameter.help, view.help);
    take("narrow", parameter.narrow, view.narrow);
    take("allowed", parameter.allowed, view.allowed);
    if (parameter.preset) {
      const auto preset =
          parse_value("default", parameter.type->value, view.allowed, parameter.preset->value);
      if (preset) view.preset = view.value = *preset;
      view.origins["default"] = view.origins["value"] = origin_text(parameter.preset->place, complete);
    }
    view.required = !view.preset && (!parameter.narrow || uses_directly(complete, parameter.name));
    views.push_back(std::move(view));
  }
  return views;
}

GivenValues give_values(const Profile* complete, const std::vector<std::string>& words, bool replaced_filter,
                        bool replaced_interface) {
  if (complete != nullptr) return Giver(*complete, replaced_filter, replaced_interface).give(words);
  GivenValues given;
  for (const std::string& word : words) {
    given.mistakes.push_back(
        SetWord(word).at_name("there is no profile that this could be a parameter of",
                              "name one, such as: anchoko plan by-host --set host=ADDRESS"));
  }
  return given;
}

}  // namespace anchoko::config
