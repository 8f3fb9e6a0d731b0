#include <cstdlib>
#include <optional>

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/resolve.h"
#include "tests/tools/temporary_folder.h"

namespace anchoko::config {

TEST_CASE("library: a profile is never read from a pipe") {
  const testing::TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe.toml").c_str(), 0600) == 0);
  const ProfileLibrary library({folder.path().string()}, {});
  const auto read = library.load(folder / "pipe.toml");
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "\"" + folder / "pipe.toml" + "\" is not a file");
}

TEST_CASE("library: default folders follow the environment") {
  const auto with = [](const char* config_home, const char* home) {
    const auto set = [](const char* name, const char* value) {
      value != nullptr ? setenv(name, value, 1) : unsetenv(name);
    };
    const auto copy = [](const char* name) {
      return std::getenv(name) != nullptr ? std::optional<std::string>(std::getenv(name)) : std::nullopt;
    };
    const auto old_config = copy("XDG_CONFIG_HOME");
    const auto old_home = copy("HOME");
    set("XDG_CONFIG_HOME", config_home);
    set("HOME", home);
    auto folders = default_profile_folders();
    set("XDG_CONFIG_HOME", old_config ? old_config->c_str() : nullptr);
    set("HOME", old_home ? old_home->c_str() : nullptr);
    return folders;
  };
  CHECK(with("/c", "/h") == std::vector<std::string>{"profiles", "/c/anchoko/profiles"});
  CHECK(with(nullptr, "/h") == std::vector<std::string>{"profiles", "/h/.config/anchoko/profiles"});
  CHECK(with("relative", "/h") == std::vector<std::string>{"profiles", "/h/.config/anchoko/profiles"});
  CHECK(with("", nullptr) == std::vector<std::string>{"profiles"});
}

}  // namespace anchoko::config
