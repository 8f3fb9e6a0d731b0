// What can be judged only over a profile and all that it extends.
#include <algorithm>

#include "config/filter_text.h"
#include "config/located.h"
#include "config/parameter_value.h"
#include "config/parameters.h"
#include "config/placeholder.h"
#include "config/profile_reader.h"
#include "config/schema.h"
#include "config/table_reader.h"
#include "config/words.h"

namespace anchoko::config {
namespace {

template <typename T>
void fill_from(std::optional<T>& child, const std::optional<T>& parent) {
  if (!child) child = parent;
}

void inherit_parameters(Profile& child, const Profile& parent) {
  std::vector<Parameter> merged = parent.parameters;
  for (Parameter& own : child.parameters) {
    const auto inherited = std::ranges::find(merged, own.name, &Parameter::name);
    if (inherited == merged.end()) {
      merged.push_back(std::move(own));
      continue;
    }
    if (!own.narrow) own.narrow_written = inherited->narrow_written;
    fill_from(own.type, inherited->type);
    fill_from(own.allowed, inherited->allowed);
    fill_from(own.preset, inherited->preset);
    fill_from(own.help, inherited->help);
    fill_from(own.narrow, inherited->narrow);
    *inherited = std::move(own);
  }
  child.parameters = std::move(merged);
}

// The mistakes of one profile of the chain.
class ParameterChecks {
 public:
  // `complete`: `own` with all that it extends; `inherited`: only what it extends.
  ParameterChecks(ReadProfile& own, const Profile& complete, const Profile& inherited, bool whole_chain)
      : own_(own), complete_(complete), inherited_(inherited), whole_chain_(whole_chain) {}

  void check(bool is_child) {
    // A use may stand in what could not be read.
    const bool sound_so_far = own_.mistakes.empty();
    for (const Parameter& parameter : own_.profile.parameters) check_declaration(parameter);
    if (is_child && sound_so_far) check_uses();
    const Profile& profile = own_.profile;
    if (profile.filter) check_filter(*profile.filter, profile.filter_written);
    if (profile.interfaces) {
      for (std::size_t i = 0; i < profile.interfaces->value.size(); ++i)
        check_interface(profile.interfaces->value[i], profile.interface_places.at(i));
    }
    for (const auto& [backend, options] : profile.backend) {
      if (const auto interface = options.find("interface"); interface != options.end())
        check_interface(interface->second.value, interface->second.place);
    }
  }

 private:
  void report(Diagnostic mistake) { own_.mistakes.push_back(std::move(mistake)); }

  void check_declaration(const Parameter& own) {
    const Parameter* before = inherited_.find_parameter(own.name);
    if (own.type && before != nullptr && before->type && before->type->value != own.type->value) {
      return report(at_place(own.type->place,
                             in_quotes(own.name) + " is " + expectation_of(*before) + " in " +
                                 source_of(before->type->place) + ", and stays one",
                             "a profile that extends it can change everything but the type"));
    }
    const Parameter& parameter = *complete_.find_parameter(own.name);
    if (!parameter.type) {
      if (whole_chain_ && !own.misread)
        report(at_place(own.place, "the parameter " + in_quotes(own.name) + " has no type",
                        "write for example: type = \"address\"; types: " + all_types()));
      return;
    }
    const bool is_choice = parameter.type->value == ParameterType::choice;
    if (own.allowed && !is_choice) {
      return report(at_place(
          own.allowed->place,
          "allowed goes with a choice, and " + in_quotes(own.name) + " is " + expectation_of(parameter),
          "write type = \"choice\", or leave allowed out"));
    }
    if (is_choice && !parameter.allowed) {
      if (own.type && !own.misread)
        report(at_place(own.type->place, "a choice needs the words to choose from",
                        "for example: allowed = [\"tcp\", \"udp\"]"));
      return;
    }
    check_preset(own, parameter);
    if (own.narrow) check_narrow(own, parameter);
  }

  // A default that was inherited can be put in the wrong by a new list of words.
  void check_preset(const Parameter& own, const Parameter& parameter) {
    if (!parameter.preset || !(own.preset || own.allowed)) return;
    static const std::vector<std::string> none;
    const auto value =
        parse_value("default", parameter.type->value, parameter.allowed ? parameter.allowed->value : none,
                    parameter.preset->value);
    if (value) return;
    const Place& place = own.preset ? own.preset->place : own.allowed->place;
    report(at_place(place, value.error().message, value.error().hint));
  }

  void check_narrow(const Parameter& own, const Parameter& parameter) {
    bool used = false;
    bool sound = true;
    for (const Placeholder& placeholder : find_placeholders(own.narrow->value)) {
      const Stretch where =
          stretch_of(*own.narrow, own.narrow_written, placeholder.offset, placeholder.length);
      used = used || placeholder.name == own.name;
      if (!placeholder.problem.empty()) {
        report(at_stretch(where, placeholder.problem, placeholder.hint));
        sound = false;
      } else if (placeholder.name != own.name) {
        report(at_stretch(where, "narrow can hold its own parameter only, which is {" + own.name + "}"));
        sound = false;
      }
    }
    if (!sound) return;
    if (!used) {
      report(at_place(own.narrow->place, "narrow does not use {" + own.name + "}",
                      "for example: narrow = \"host {" + own.name + "}\""));
    } else if (parameter.type->value == ParameterType::interface) {
      report(at_place(own.narrow->place, "{" + own.name + "} is an interface, which a filter cannot name",
                      "use it in capture.interface"));
    }
  }

  void check_uses() {
    std::set<std::string> used = names_in_filter(complete_);
    used.merge(names_in_interfaces(complete_));
    for (const Parameter& own : own_.profile.parameters) {
      if (used.contains(own.name)) continue;
      const Parameter& parameter = *complete_.find_parameter(own.name);
      const bool interface = parameter.type && parameter.type->value == ParameterType::interface;
      report(at_place(own.place, "the parameter " + in_quotes(own.name) + " is used nowhere",
                      "write {" + own.name + "} in capture." + (interface ? "interface" : "filter") +
                          ", or delete [parameters." + own.name + "]"));
    }
  }

  void check_filter(const Located<std::string>& filter, const WrittenText& written) {
    for (const Placeholder& placeholder : find_placeholders(filter.value)) {
      const Stretch where = stretch_of(filter, written, placeholder.offset, placeholder.length);
      if (!placeholder.problem.empty()) {
        report(at_stretch(where, placeholder.problem, placeholder.hint));
        continue;
      }
      const Parameter* parameter = declared(placeholder.name, where);
      if (parameter != nullptr && parameter->type && parameter->type->value == ParameterType::interface) {
        report(at_stretch(where, "{" + placeholder.name + "} is an interface, which a filter cannot name",
                          "use it in capture.interface"));
      }
    }
  }

  void check_interface(const std::string& interface, const Place& place) {
    const auto name = interface_placeholder(interface);
    if (!name) return;
    const Stretch where{place, at_place(place, "").length};
    const Parameter* parameter = declared(*name, where);
    if (parameter == nullptr || !parameter->type) return;
    const ParameterType type = parameter->type->value;
    if (type == ParameterType::interface || type == ParameterType::choice) return;
    report(at_stretch(where, "{" + *name + "} is " + expectation_of(*parameter) + ", not an interface",
                      "write type = \"interface\" in [parameters." + *name + "]"));
  }

  // Null when there is none, which is then told.
  const Parameter* declared(const std::string& name, const Stretch& where) {
    const Parameter* parameter = complete_.find_parameter(name);
    if (parameter != nullptr || !whole_chain_) return parameter;
    std::vector<std::string> names;
    for (const Parameter& one : complete_.parameters) names.push_back(one.name);
    const std::string near = did_you_mean(name, names);
    report(at_stretch(
        where, "there is no parameter " + in_quotes(name),
        near.empty() ? "declare it: [parameters." + name + "] with a type" : "did you mean {" + near + "}?"));
    return nullptr;
  }

  static std::string expectation_of(const Parameter& parameter) {
    return parameter.type->value == ParameterType::choice ? "a choice"
                                                          : expectation(parameter.type->value, {});
  }
  static std::string source_of(const Place& place) { return harmless(place.source); }
  static std::string all_types() {
    std::string all;
    for (const auto& type : parameter_types()) all += (all.empty() ? "" : ", ") + type;
    return all;
  }

  ReadProfile& own_;
  const Profile& complete_;
  const Profile& inherited_;
  bool whole_chain_;
};

// Profile i of the chain with what it extends.
Profile merged_from(const ProfileChain& chain, std::size_t i) {
  if (i >= chain.size()) return {};
  Profile merged = chain[i]->profile;
  for (std::size_t j = i + 1; j < chain.size(); ++j) inherit(merged, chain[j]->profile);
  return merged;
}

}  // namespace

void inherit(Profile& child, const Profile& parent) {
  if (!child.filter) child.filter_written = parent.filter_written;
  if (!child.interfaces) child.interface_places = parent.interface_places;
  for (const ProfileKey& key : profile_keys()) {
    if (key.key == "description" || key.key == "extends") continue;
    std::visit(
        [&](auto slot) {
          if (!(child.*slot)) child.*slot = parent.*slot;
        },
        key.slot);
  }
  for (const auto& [backend, options] : parent.backend)
    child.backend[backend].insert(options.begin(), options.end());
  inherit_parameters(child, parent);
}

void add_parameter_mistakes(const ProfileChain& chain, bool complete) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const Profile merged = merged_from(chain, i);
    const Profile inherited = merged_from(chain, i + 1);
    ParameterChecks(*chain[i], merged, inherited, complete).check(i == 0);
    sort_by_place(chain[i]->mistakes);
  }
}

void add_filter_mistakes(const ProfileChain& chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    ReadProfile& read = *chain[i];
    for (Diagnostic& mistake : filter_mistakes(read.profile, merged_from(chain, i), {}))
      read.mistakes.push_back(std::move(mistake));
    sort_by_place(read.mistakes);
  }
}

}  // namespace anchoko::config
