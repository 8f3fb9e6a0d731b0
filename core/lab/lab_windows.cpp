#include "core/lab/lab.h"

namespace anchoko::lab {
namespace {

Error not_here() {
  return make_error(ErrorKind::unavailable, "the lab needs Linux",
                    "its hosts are made of Linux namespaces; use it on a Linux machine, or in WSL");
}

}  // namespace

Result<std::filesystem::path> default_lab_folder() {
  return fail(not_here());
}

Result<std::vector<HostState>> bring_up(CommandRunner&, const UpRequest&) {
  return fail(not_here());
}

Result<std::vector<HostState>> lab_hosts(const std::filesystem::path&) {
  return fail(not_here());
}

Result<std::vector<std::string>> take_down(const std::filesystem::path&, const std::vector<std::string>&) {
  return fail(not_here());
}

std::filesystem::path lab_ssh(const std::filesystem::path& folder) {
  return folder / "ssh";
}

Error become_command(const std::filesystem::path&, const std::string&, const std::vector<std::string>&) {
  return not_here();
}

}  // namespace anchoko::lab
