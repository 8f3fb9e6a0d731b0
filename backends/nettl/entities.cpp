#include "backends/nettl/entities.h"

#include <algorithm>
#include <sstream>

#include "core/base/diagnostic.h"

namespace anchoko::nettl {
namespace {

const char* const all_links = "LINKALL";

// nettl reads its keywords in either case.
bool is_same(const std::string& a, const std::string& b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    return upper(x) == upper(y);
  });
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::any_of(names, [&](const auto& one) { return is_same(one, name); });
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<void> check_name(const std::string& word, const HostFacts& facts) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!std::ranges::all_of(word, fits))
    return fail(ErrorKind::usage, "backend.nettl.entity: '" + word + "' cannot be a subsystem's name",
                "`nettlconf -status` lists them");
  if (is_same(word, "all")) {
    return fail(ErrorKind::usage, "backend.nettl.entity: `all` would give every packet once for each layer",
                "name the subsystem of the link: `nettlconf -status` and `lanscan` tell which");
  }
  // LINKALL stands for others and is perhaps in no list.
  if (facts.subsystems.empty() || is_same(word, all_links) || holds(facts.subsystems, word)) return {};
  const std::string meant = did_you_mean(word, facts.subsystems);
  return fail(ErrorKind::usage, "backend.nettl.entity: this machine has no subsystem '" + word + "'",
              meant.empty() ? "`nettlconf -status` there lists them" : "did you mean '" + meant + "'?");
}

Result<Entities> named_entities(const SessionSpec& spec, const HostFacts& facts) {
  Entities result;
  std::istringstream words(option(spec, "entity"));
  for (std::string word; words >> word;) {
    if (auto checked = check_name(word, facts); !checked) return fail(checked.error());
    if (!holds(result.names, word)) result.names.push_back(word);
  }
  if (result.names.size() > 1 && holds(result.names, all_links)) {
    return fail(ErrorKind::usage, "backend.nettl.entity: LINKALL is every link, and nothing goes beside it",
                "name LINKALL alone, or the drivers");
  }
  result.interface = "any";
  return result;
}

// Of a host that nobody asked.
Result<Entities> usual_entities(const SessionSpec& spec) {
  if (spec.interface_choice == InterfaceChoice::default_route) {
    return Entities{{all_links},
                    "any",
                    {"all links are traced, not only the one of the default route: wider than asked; name "
                     "its driver with [backend.nettl] entity"}};
  }
  return Entities{{all_links}, "any", {}};
}

std::unexpected<Error> no_driver(const std::string& interface) {
  return fail(ErrorKind::unavailable, "which driver serves " + interface + " could not be found out",
              "name its subsystem with [backend.nettl] entity: `ioscan -fnkC lan` and `nettlconf -status` "
              "there tell which");
}

Result<std::vector<const HostInterface*>> asked_interfaces(const SessionSpec& spec, const HostFacts& facts) {
  std::vector<const HostInterface*> asked;
  std::vector<std::string> known;
  for (const auto& one : facts.interfaces) {
    known.push_back(one.name);
    if (spec.interface_choice == InterfaceChoice::any ||
        (spec.interface_choice == InterfaceChoice::default_route && one.is_default))
      asked.push_back(&one);
  }
  if (spec.interface_choice == InterfaceChoice::named) {
    for (const auto& name : spec.interfaces) {
      const auto found = std::ranges::find(facts.interfaces, name, &HostInterface::name);
      if (found == facts.interfaces.end()) {
        const std::string meant = did_you_mean(name, known);
        return fail(
            ErrorKind::usage,
            "there is no interface `" + name + "`" + (meant.empty() ? "" : "; did you mean `" + meant + "`?"),
            "known: " + joined(known));
      }
      asked.push_back(&*found);
    }
  }
  // Where nobody tells of routes, and there is no choice.
  if (asked.empty() && facts.interfaces.size() == 1) asked.push_back(&facts.interfaces.front());
  if (asked.empty()) {
    return fail(ErrorKind::unavailable, "no interface carries a default route, so `default` names none",
                "name one with -i: " + joined(known) + "; or -i any");
  }
  return asked;
}

}  // namespace

std::string option(const SessionSpec& spec, const char* key) {
  const auto found = spec.backend_options.find(key);
  return found == spec.backend_options.end() ? std::string() : found->second;
}

Result<Entities> choose_entities(const SessionSpec& spec, const HostFacts& facts) {
  const bool by_name = option(spec, "entity").find_first_not_of(' ') != std::string::npos;
  const bool interfaces_named = spec.interface_choice == InterfaceChoice::named;
  if (interfaces_named && (by_name || facts.interfaces.empty())) {
    return fail(
        ErrorKind::usage, "nettl traces a subsystem, which is all cards of one driver, not an interface",
        "use 'any', with [backend.nettl] entity = \"IGELAN\" or the like: `nettlconf -status` names them");
  }
  if (by_name) return named_entities(spec, facts);
  const bool imagined = facts.hostname.empty();
  if (facts.interfaces.empty() && (imagined || holds(facts.subsystems, all_links)))
    return usual_entities(spec);
  if (facts.interfaces.empty()) return no_driver("the network cards");

  const auto asked = asked_interfaces(spec, facts);
  if (!asked) return fail(asked.error());
  Entities result;
  std::vector<std::string> names;
  for (const auto* one : *asked) {
    names.push_back(one->name);
    if (one->driver.empty()) return no_driver(one->name);
    if (!holds(result.names, one->driver)) result.names.push_back(one->driver);
  }
  result.interface = spec.interface_choice == InterfaceChoice::any ? "any" : joined(names);
  std::vector<std::string> beside;
  for (const auto& one : facts.interfaces) {
    if (holds(result.names, one.driver) && !holds(names, one.name)) beside.push_back(one.name);
  }
  if (!beside.empty()) {
    result.warnings.push_back("nettl traces all cards of a driver: " + joined(beside) + " as well as " +
                              joined(names) + ", which is wider than asked");
  }
  return result;
}

}  // namespace anchoko::nettl
