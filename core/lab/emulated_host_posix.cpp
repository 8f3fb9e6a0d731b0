#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/lab/emulated_host.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

Error system_error(const std::string& what) {
  return make_error(ErrorKind::failed, what + ": " + std::strerror(errno));
}

std::optional<MacAddress> parse_mac(const std::string& text) {
  MacAddress mac{};
  std::istringstream parts(text);
  std::string part;
  std::size_t count = 0;
  while (std::getline(parts, part, ':')) {
    char* end = nullptr;
    const unsigned long value = std::strtoul(part.c_str(), &end, 16);
    if (count == mac.size() || part.empty() || part.size() > 2 || *end != 0) return std::nullopt;
    mac[count++] = static_cast<std::uint8_t>(value);
  }
  if (count != mac.size()) return std::nullopt;
  return mac;
}

std::string rest_of(std::istringstream& words) {
  std::string rest;
  std::getline(words >> std::ws, rest);
  while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\t' || rest.back() == '\r')) rest.pop_back();
  return rest;
}

bool is_state_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

template <typename Map>
std::optional<std::string> value_in(const Map& map, std::string_view name) {
  const auto found = map.find(name);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Result<EmulatedHost> EmulatedHost::from_environment() {
  const char* folder = std::getenv("ANCHOKO_LAB_HOST");
  if (!folder || *folder == 0)
    return fail(ErrorKind::usage, "no host of the lab is chosen",
                "set ANCHOKO_LAB_HOST to the folder of one");
  return open(folder);
}

Result<EmulatedHost> EmulatedHost::open(const fs::path& folder) {
  EmulatedHost host;
  host.folder_ = fs::absolute(folder);
  const fs::path file = host.folder_ / "host.conf";
  std::ifstream lines(file);
  if (!lines) return fail(system_error(file.string()));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    std::istringstream words(line);
    std::string key;
    if (!(words >> key)) continue;
    const auto wrong = [&](const std::string& why) {
      return fail(ErrorKind::usage, file.string() + ":" + std::to_string(number) + ": " + why);
    };
    if (key == "interface") {
      HostInterface one;
      std::string mac;
      if (!(words >> one.name >> one.device >> mac)) return wrong("interface NAME DEVICE MAC ADDRESS…");
      const auto parsed = parse_mac(mac);
      if (!parsed) return wrong("'" + mac + "' is no MAC address");
      one.mac = *parsed;
      for (std::string address; words >> address;) one.addresses.push_back(address);
      host.interfaces_.push_back(std::move(one));
      continue;
    }
    if (key == "fact" || key == "fault") {
      std::string name;
      if (!(words >> name)) return wrong(key + " NAME VALUE");
      (key == "fact" ? host.facts_ : host.faults_).insert_or_assign(name, rest_of(words));
      continue;
    }
    std::string rest = rest_of(words);
    if (rest.empty()) return wrong("'" + key + "' has no value");
    if (key == "os") {
      host.os_ = std::move(rest);
    } else if (key == "release") {
      host.release_ = std::move(rest);
    } else if (key == "name") {
      host.name_ = std::move(rest);
    } else if (key == "user") {
      host.user_ = std::move(rest);
    } else if (key == "packets") {
      host.packets_ = rest == "live" ? rest : (host.folder_ / rest).string();
    } else {
      host.settings_.insert_or_assign(key, std::move(rest));
    }
  }
  if (host.os_.empty()) return fail(ErrorKind::usage, file.string() + ": it does not say which os");
  return host;
}

const HostInterface* EmulatedHost::find_interface(std::string_view name) const {
  const auto found =
      std::find_if(interfaces_.begin(), interfaces_.end(), [&](const auto& one) { return one.name == name; });
  return found == interfaces_.end() ? nullptr : &*found;
}

std::string EmulatedHost::fact(std::string_view name, std::string_view otherwise) const {
  return value_in(facts_, name).value_or(std::string(otherwise));
}

std::optional<std::string> EmulatedHost::fault(std::string_view name) const {
  return value_in(faults_, name);
}

std::optional<std::string> EmulatedHost::setting(std::string_view key) const {
  return value_in(settings_, key);
}

Result<std::optional<std::string>> EmulatedHost::read_state(std::string_view name) const {
  const fs::path file = folder_ / "state" / name;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return std::optional<std::string>();
    return fail(system_error(file.string()));
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<void> EmulatedHost::write_state(std::string_view name, std::string_view text) const {
  if (!is_state_name(name))
    return fail(ErrorKind::failed, "no name for a state: '" + std::string(name) + "'");
  const fs::path folder = folder_ / "state";
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail(system_error(folder.string()));
  const std::string pending = (folder / ("." + std::string(name) + "." + std::to_string(getpid()))).string();
  const int out = ::open(pending.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return fail(system_error(pending));
  const ssize_t written = write(out, text.data(), text.size());
  close(out);
  if (written != static_cast<ssize_t>(text.size()) || rename(pending.c_str(), (folder / name).c_str()) != 0) {
    auto error = system_error(pending);
    unlink(pending.c_str());
    return fail(std::move(error));
  }
  return {};
}

Result<void> EmulatedHost::remove_state(std::string_view name) const {
  const fs::path file = folder_ / "state" / name;
  if (unlink(file.c_str()) != 0 && errno != ENOENT) return fail(system_error(file.string()));
  return {};
}

std::vector<std::string> EmulatedHost::state_names() const {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_ / "state", none)) {
    auto name = entry.path().filename().string();
    if (is_state_name(name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<HostLock> HostLock::take(const EmulatedHost& host) {
  const fs::path file = host.folder() / ".lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(system_error(file.string()));
  while (flock(descriptor, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    auto error = system_error(file.string());
    close(descriptor);
    return fail(std::move(error));
  }
  return HostLock(descriptor);
}

HostLock::HostLock(HostLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

HostLock::~HostLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace anchoko::lab
