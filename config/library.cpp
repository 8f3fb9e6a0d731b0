// Finding profiles, and putting together a profile and what it extends.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "config/located.h"
#include "config/parameters.h"
#include "config/profile_reader.h"
#include "config/resolve.h"
#include "config/shipped_profiles.h"
#include "config/words.h"
#include "core/base/file.h"
#include "core/base/local_system.h"

namespace anchoko::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_levels = 8;

bool is_name(const std::string& word) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !word.empty() && !word.ends_with(".toml") && word.find_first_not_of(letters) == std::string::npos;
}

// A profile's text and where it was found.
struct Found {
  std::string name;
  std::string text;
  std::string source;  // in messages
  std::string shown;   // Profile::source
  fs::path folder;     // for paths in `extends`; empty: inside the binary
};

class Finder {
 public:
  explicit Finder(const std::vector<std::string>& folders) : folders_(folders) {}

  // `base`: folder that a relative path starts from; empty: the working folder.
  Result<Found> find(const std::string& word, const fs::path& base) const {
    if (!is_name(word)) return find_path(word, base);
    for (const auto& folder : folders_) {
      std::error_code ignored;
      const fs::path path = (path_of(folder) / path_of(word + ".toml")).lexically_normal();
      if (fs::exists(path, ignored)) return read(path, word);
    }
    for (const auto& shipped : shipped_profiles()) {
      if (shipped.name == word) {
        return Found{word, shipped.text, "profile " + word, "(shipped) " + word + ".toml", {}};
      }
    }
    const std::string near = word.size() <= 64 ? did_you_mean(word, names()) : "";
    return fail(ErrorKind::usage, "there is no profile " + in_quotes(word),
                near.empty() ? "profiles: " + joined(names()) : "did you mean \"" + near + "\"?");
  }

  // Sorted, each once.
  std::vector<std::string> names() const {
    std::set<std::string> found;
    for (const auto& folder : folders_) {
      std::error_code problem;
      for (fs::directory_iterator it(path_of(folder), problem), end; !problem && it != end;
           it.increment(problem)) {
        if (it->path().extension() == ".toml" && is_name(utf8(it->path().stem()))) {
          found.insert(utf8(it->path().stem()));
        }
      }
    }
    for (const auto& shipped : shipped_profiles()) found.insert(shipped.name);
    return {found.begin(), found.end()};
  }

 private:
  static std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
  }

  Result<Found> find_path(const std::string& word, const fs::path& base) const {
    if (word.empty() || has_control_character(word)) {
      return fail(ErrorKind::usage, in_quotes(word) + " is not the name of a profile");
    }
    const fs::path path = (base / path_of(word)).lexically_normal();
    std::error_code ignored;
    if (!fs::exists(path, ignored))
      return fail(ErrorKind::usage, "there is no file " + in_quotes(utf8(path)));
    return read(path, utf8(path.stem()));
  }

  static Result<Found> read(const fs::path& path, const std::string& name) {
    std::error_code ignored;
    // A pipe or a device would never end.
    if (!fs::is_regular_file(path, ignored))
      return fail(ErrorKind::usage, in_quotes(utf8(path)) + " is not a file");
    auto text = read_text_file(path);
    if (!text) return fail(std::move(text.error()));
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    return Found{name, std::move(*text), utf8(path), utf8(path), folder};
  }

  const std::vector<std::string>& folders_;
};

struct Loaded {
  ReadProfile read;
  fs::path folder;
  bool shipped = false;
};

Loaded read_found(const Found& found, const std::vector<KnownBackendOption>& known) {
  Loaded loaded{read_profile(found.text, found.source, found.name, known), found.folder,
                found.folder.empty()};
  loaded.read.profile.source = found.shown;
  return loaded;
}

// The profile and its ancestors, child first, with every mistake on the way.
class Chain {
 public:
  Chain(const Finder& finder, const std::vector<KnownBackendOption>& known)
      : finder_(finder), known_(known) {}

  Result<Profile> load(const std::string& word) {
    auto found = finder_.find(word, {});
    if (!found) return fail(std::move(found.error()));
    add(*found);
    while (climbed_ && profiles_.back().read.profile.extends) climbed_ = climb();
    auto mistakes = all_mistakes();
    if (!mistakes.empty()) return fail(Error{ErrorKind::usage, {}, {}, std::move(mistakes)});
    Profile result = std::move(profiles_.front().read.profile);
    for (std::size_t i = 1; i < profiles_.size(); ++i) inherit(result, profiles_[i].read.profile);
    return result;
  }

 private:
  void add(const Found& found) {
    sources_.push_back(found.source);
    profiles_.push_back(read_found(found, known_));
  }

  // One level up; false when that is not possible, which is a mistake.
  bool climb() {
    Loaded& child = profiles_.back();
    const Profile& profile = child.read.profile;
    const std::string& word = profile.extends->value;
    const auto refuse = [&](std::string message, std::string hint = {}) {
      child.read.mistakes.push_back(at_place(profile.extends->place, std::move(message), std::move(hint)));
      return false;
    };
    if (profiles_.size() > max_levels)
      return refuse("more than " + std::to_string(max_levels) + " levels of extends");
    if (child.shipped && !is_name(word)) return refuse("a shipped profile extends by name only");
    auto found = finder_.find(word, child.folder);
    if (!found) return refuse(found.error().message, found.error().hint);
    if (std::ranges::find(sources_, found->source) != sources_.end()) return refuse(cycle_message(*found));
    add(*found);
    return true;
  }

  std::string cycle_message(const Found& again) const {
    if (sources_.back() == again.source) return "a profile cannot extend itself";
    std::string path;
    bool inside = false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      inside = inside || sources_[i] == again.source;
      if (inside) path += profiles_[i].read.profile.name + " → ";
    }
    return "extends goes in a circle: " + harmless(path + again.name);
  }

  std::vector<Diagnostic> all_mistakes() {
    ProfileChain chain;
    bool any = false;
    bool complete = climbed_;
    for (Loaded& loaded : profiles_) {
      chain.push_back(&loaded.read);
      complete = complete && !loaded.read.broken;
    }
    add_parameter_mistakes(chain, complete);
    for (const ReadProfile* read : chain) any = any || !read->mistakes.empty();
    if (any) add_filter_mistakes(chain);
    std::vector<Diagnostic> all;
    for (Loaded& loaded : profiles_) {
      for (auto& mistake : loaded.read.mistakes) all.push_back(std::move(mistake));
    }
    return all;
  }

  const Finder& finder_;
  const std::vector<KnownBackendOption>& known_;
  std::vector<Loaded> profiles_;
  std::vector<std::string> sources_;
  bool climbed_ = true;  // to what extends nothing
};

std::string first_line(const Error& error) {
  if (error.diagnostics.empty()) return error.message;
  const std::string text = render(error.diagnostics.front());
  return text.substr(0, text.find('\n'));
}

}  // namespace

ProfileLibrary::ProfileLibrary(std::vector<std::string> folders, std::vector<KnownBackendOption> known)
    : folders_(std::move(folders)), known_(std::move(known)) {}

Result<Profile> ProfileLibrary::load(const std::string& name_or_path) const {
  auto found = Finder(folders_).find(name_or_path, {});
  if (!found) return fail(std::move(found.error()));
  auto profile = parse_profile(found->text, found->source, found->name, known_);
  if (profile) profile->source = found->shown;
  return profile;
}

Result<Profile> ProfileLibrary::load_complete(const std::string& name_or_path) const {
  const Finder finder(folders_);
  return Chain(finder, known_).load(name_or_path);
}

std::vector<ProfileSummary> ProfileLibrary::list() const {
  const Finder finder(folders_);
  std::vector<ProfileSummary> summaries;
  for (const auto& name : finder.names()) {
    ProfileSummary summary;
    summary.name = name;
    if (const auto found = finder.find(name, {})) {
      const Profile own = read_found(*found, known_).read.profile;
      summary.source = own.source;
      if (own.description) summary.description = own.description->value;
      if (own.extends) summary.extends = own.extends->value;
    }
    auto complete = load_complete(name);
    if (complete) {
      summary.parameters = describe_parameters(*complete);
      auto mistakes = filter_mistakes(*complete, *complete, {});
      if (!mistakes.empty()) complete = fail(Error{ErrorKind::usage, {}, {}, std::move(mistakes)});
    }
    if (!complete) summary.problem = first_line(complete.error());
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

std::vector<std::string> default_profile_folders() {
  std::vector<std::string> folders{"profiles"};
  if (const std::string settings = user_config_folder(); !settings.empty())
    folders.push_back(utf8(path_of(settings) / "anchoko" / "profiles"));
  return folders;
}

}  // namespace anchoko::config
