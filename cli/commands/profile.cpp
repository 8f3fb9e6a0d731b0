#include "cli/render/profile.h"

#include <algorithm>
#include <iterator>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "backends/registry.h"
#include "cli/commands/command.h"
#include "cli/render/table.h"
#include "cli/render/text.h"
#include "cli/selection.h"
#include "core/backend/backend_choice.h"
#include "core/base/local_system.h"

namespace anchoko::cli {
namespace {

constexpr const char* group = "Options";

// The backend whose [backend.NAME] table counts when nobody names one.
std::string usual_backend(const BackendRegistry& registry) {
  const auto candidates = backends_for(registry, local_system());
  return candidates.empty() ? std::string() : candidates.front()->info().name;
}

class ProfileListCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "profile list",
        "list the profiles there are",
        "[options]",
        "Profiles come from ./profiles, from the folder anchoko/profiles of your configuration "
        "($XDG_CONFIG_HOME, "
        "else ~/.config), and from inside the program; of two with one name the first counts. Parameters "
        "get "
        "values from --set NAME=VALUE; those in brackets can be left out.",
        {{"profile list", "names, what they are for, and where they come from"}}};
    return text;
  }

  void add_options(CLI::App&) override {}

  Result<int> run(Context& context) override {
    const BackendRegistry registry = make_backend_registry();
    const auto profiles = make_profile_library(registry).list();
    if (context.common.json) {
      Json list = Json::array();
      for (const auto& profile : profiles) {
        list.add(Json(Json::Object{{"name", profile.name},
                                   {"description", profile.description},
                                   {"extends", profile.extends},
                                   {"parameters", to_json(profile.parameters, false)},
                                   {"source", profile.source},
                                   {"problem", profile.problem}}));
      }
      context.print(Json(Json::Object{{"profiles", std::move(list)}}));
      return 0;
    }
    Table table{{{"profile"}, {"parameters"}, {"description"}, {"extends"}, {"source"}}, {}};
    for (const auto& profile : profiles) {
      const std::string description =
          profile.problem.empty() ? profile.description : "does not load: " + profile.problem;
      table.rows.push_back({printable(profile.name), parameter_names(profile.parameters),
                            printable(description), printable(profile.extends), printable(profile.source)});
    }
    context.print(render(table, context.output_width, context.output_color));
    return 0;
  }
};

class ProfileShowCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "profile show",
        "show what a profile asks for when everything is put together",
        "PROFILE [options]",
        "Prints the profile with all that it extends, the flags and the defaults, as TOML that asks for the "
        "same.",
        {{"profile show dns", "every value"},
         {"profile show dns --for 30s --origins", "every value with where it comes from"},
         {"profile show by-host --set host=192.0.2.10", "the filter with a value in it"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    selection_.add_options(app);
    app.add_flag("--origins", origins_, "tell where each value comes from")->group(group);
    app.add_option("--backend", backend_, "the backend whose own settings count")
        ->type_name("NAME")
        ->group(group);
  }

  Result<int> run(Context& context) override {
    const BackendRegistry registry = make_backend_registry();
    if (!backend_.empty()) {
      if (auto named = named_backend(registry, backend_); !named) return fail(named.error());
    }
    const std::string backend = backend_.empty() ? usual_backend(registry) : backend_;
    if (auto loaded = selection_.load(registry); !loaded) return fail(loaded.error());
    if (selection_.profile() == nullptr)
      return fail(ErrorKind::usage, "which profile?", "anchoko profile show NAME");
    const auto view = selection_.view(backend);
    if (!view) return fail(view.error());
    const auto values = resolved_values(*view, backend);
    if (context.common.json) {
      context.print(Json(Json::Object{{"name", view->spec.profile},
                                      {"source", selection_.profile()->source},
                                      {"backend", backend},
                                      {"filter_as_written", view->filter},
                                      {"parameters", to_json(view->parameters, true)},
                                      {"values", to_json(values)}}));
    } else {
      context.print(to_toml(values, origins_));
    }
    return 0;
  }

 private:
  Selection selection_;
  std::string backend_;
  bool origins_ = false;
};

class ProfileCheckCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "profile check",
        "find every mistake in profiles",
        "[NAME|FILE...] [options]",
        "Reads each profile with all that it extends, and its filter, and reports every mistake with file, "
        "line and column. Without a name: all profiles. Parameters need no values; those that --set gives "
        "are "
        "checked too. Exit status 2 when there is any mistake.",
        {{"profile check", "all profiles there are"},
         {"profile check profiles/dns.toml", "one file"},
         {"profile check by-host --set host=2001:db8::10", "with a value for its parameter"}}};
    return text;
  }

  void add_options(CLI::App& app) override {
    app.add_option("NAME", names_, "names or files of profiles")->group(group);
    app.add_option("--set", set_, "value for a parameter of the one profile that is named; repeat for more")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->group(group);
  }

  Result<int> run(Context& context) override {
    const BackendRegistry registry = make_backend_registry();
    const auto library = make_profile_library(registry);
    const std::string backend = usual_backend(registry);
    const BackendNames known(registry);
    if (!set_.empty() && names_.size() != 1) {
      return fail(ErrorKind::usage, "--set goes with exactly one profile",
                  "anchoko profile check NAME --set " + set_.front());
    }
    if (names_.empty()) {
      for (const auto& profile : library.list()) names_.push_back(profile.name);
    }
    Json list = Json::array();
    std::size_t bad = 0;
    for (const auto& name : names_) {
      const auto view = check(library, name, backend, known);
      const std::optional<Error> problem = view ? std::nullopt : std::optional(view.error());
      Json entry = problem ? to_json(*problem) : Json::object();
      entry.set("name", name);
      entry.set("sound", !problem);
      if (view) entry.set("parameters", to_json(view->parameters, true));
      list.add(std::move(entry));
      if (!problem) continue;
      ++bad;
      context.messages.error(*problem);
    }
    const int status = bad == 0 ? 0 : exit_status(ErrorKind::usage);
    if (context.common.json) {
      context.print(Json(Json::Object{{"profiles", std::move(list)}, {"exit_status", status}}));
    } else if (!context.common.quiet) {
      context.print(counted(names_.size(), "profile") + " checked, " +
                    (bad == 0 ? "all sound" : group_digits(bad) + " with mistakes") + "\n");
    }
    return status;
  }

 private:
  Result<config::ProfileView> check(const config::ProfileLibrary& library, const std::string& name,
                                    const std::string& backend, const BackendNames& known) const {
    const auto profile = library.load_complete(name);
    if (!profile) return fail(profile.error());
    config::Flags flags;
    flags.set = set_;
    auto view = config::view(*profile, flags, backend);
    if (!view) return view;
    if (auto sound = known.check(view->spec); !sound) return fail(sound.error());
    return view;
  }

  std::vector<std::string> names_;
  std::vector<std::string> set_;
};

}  // namespace

std::unique_ptr<Command> make_profile_list_command() {
  return std::make_unique<ProfileListCommand>();
}
std::unique_ptr<Command> make_profile_show_command() {
  return std::make_unique<ProfileShowCommand>();
}
std::unique_ptr<Command> make_profile_check_command() {
  return std::make_unique<ProfileCheckCommand>();
}

}  // namespace anchoko::cli
