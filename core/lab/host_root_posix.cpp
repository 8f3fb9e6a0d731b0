#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "core/lab/host_world.h"
#include "core/lab/utilities.h"

namespace anchoko::lab {
namespace {

namespace fs = std::filesystem;

// Makes what a host's root consists of, and keeps the first thing that went wrong.
class RootMaker {
 public:
  explicit RootMaker(fs::path root) : root_(std::move(root)) {}

  void folder(const std::string& path, fs::perms mode = fs::perms(0755)) {
    std::error_code problem;
    if (fs::is_directory(root_ / path, problem)) return;
    fs::create_directories(root_ / path, problem);
    if (!problem) fs::permissions(root_ / path, mode, problem);
    note(path, problem);
  }
  void link(const std::string& path, const fs::path& to) {
    std::error_code problem;
    if (fs::is_symlink(root_ / path, problem)) {
      // A later anchoko may stand elsewhere.
      if (fs::read_symlink(root_ / path, problem) == to) return;
      fs::remove(root_ / path, problem);
    }
    folder(fs::path(path).parent_path().string());
    fs::create_symlink(to, root_ / path, problem);
    note(path, problem);
  }
  void file(const std::string& path, const std::string& text) {
    std::error_code problem;
    if (fs::exists(root_ / path, problem)) return;
    folder(fs::path(path).parent_path().string());
    std::ofstream out(root_ / path, std::ios::binary);
    out << text;
    if (!out.flush()) note(path, std::make_error_code(std::errc::io_error));
  }
  Result<void> result() const {
    return failure_.empty() ? Result<void>() : Result<void>(fail(ErrorKind::failed, failure_));
  }

 private:
  void note(const std::string& path, const std::error_code& problem) {
    if (problem && failure_.empty()) failure_ = (root_ / path).string() + ": " + problem.message();
  }

  fs::path root_;
  std::string failure_;
};

fs::path inner_system(const fs::path& path) {
  return fs::path(inner_folder) / "system" / path.relative_path();
}

// A program of this machine, links followed: within the host's root they would lead elsewhere. Empty: none.
fs::path system_program(std::string_view name) {
  for (const char* folder : {"/usr/bin", "/bin", "/usr/local/bin"}) {
    std::error_code problem;
    const fs::path path = fs::canonical(fs::path(folder) / name, problem);
    if (!problem && access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

fs::path first_program(std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (auto path = system_program(name); !path.empty()) return path;
  }
  return {};
}

// Korn shells where the system's are, a plain POSIX one on Solaris.
Result<void> make_shells(RootMaker& maker, Family family) {
  const fs::path korn = first_program({"ksh93", "ksh", "mksh", "dash", "sh"});
  const fs::path plain = first_program({"dash", "yash", "sh", "ksh93"});
  if (korn.empty() || plain.empty())
    return fail(ErrorKind::unavailable, "this machine has no shell that a host of the lab could use",
                "install ksh93 or dash");
  const bool solaris = family == Family::solaris10 || family == Family::solaris11;
  maker.link("usr/bin/ksh", inner_system(korn));
  maker.link("usr/bin/sh", inner_system(solaris ? plain : korn));
  maker.link("sbin/sh", inner_system(solaris ? plain : korn));
  if (solaris) maker.link("usr/xpg4/bin/sh", inner_system(plain));
  if (family == Family::aix) maker.link("usr/bin/ksh93", inner_system(korn));
  return {};
}

void make_utilities(RootMaker& maker, Family family) {
  static constexpr std::string_view own[] = {"df", "hostname", "pfexec", "ps", "uname"};
  for (const auto& path : utility_paths(family)) {
    const std::string name = fs::path(path).filename();
    if (std::ranges::find(own, name) == std::end(own)) {
      const fs::path program = system_program(name);
      if (program.empty()) continue;
      maker.link(".lab/bin/" + name, inner_system(program));
    }
    maker.link(path, fs::path(inner_folder) / "program");
  }
}

// What the programs of this machine need to run at all, and its tables of names.
void make_system_parts(RootMaker& maker) {
  for (const char* part :
       {"lib", "lib32", "lib64", "libx32", "usr/lib", "usr/lib32", "usr/lib64", "usr/libx32", "usr/share",
        "etc/ld.so.cache", "etc/services", "etc/protocols", "etc/localtime"}) {
    std::error_code problem;
    if (fs::exists(fs::path("/") / part, problem)) maker.link(part, inner_system(part));
  }
  maker.link("dev", inner_system("dev"));
}

bool belongs(const Tool& tool, const EmulatedHost& host) {
  return tool.os.empty() || tool.os == host.os();
}

}  // namespace

std::string login_shell(const EmulatedHost& host) {
  if (host.os() == "solaris") return "/usr/xpg4/bin/sh";
  return host.os() == "aix" ? "/usr/bin/ksh" : "/usr/bin/sh";
}

Result<void> make_root(const EmulatedHost& host, std::span<const Tool> tools, const fs::path& program) {
  const Family family = family_of(host);
  umask(022);
  RootMaker maker(host.folder() / "root");
  for (const char* path :
       {"usr/bin", "usr/sbin", "sbin", "etc", ".lab/bin", ".lab/system", ".lab/proc", ".lab/host", "var/adm"})
    maker.folder(path);
  // Everybody may write there, and delete only what is theirs.
  maker.folder("var/tmp", fs::perms(01777));
  maker.folder("tmp", fs::perms(01777));
  maker.link("bin", "usr/bin");
  maker.link(".lab/program", inner_system(program));
  make_system_parts(maker);
  if (auto made = make_shells(maker, family); !made) return made;
  make_utilities(maker, family);
  for (const auto& tool : tools) {
    if (belongs(tool, host))
      maker.link("usr/sbin/" + std::string(tool.name), fs::path(inner_folder) / "program");
  }
  // AIX keeps the SRC's commands and the like in /usr/bin.
  for (const std::string_view name : {"startsrc", "stopsrc", "lssrc", "oslevel", "genkex", "entstat"}) {
    if (host.os() == "aix") maker.link("usr/bin/" + std::string(name), fs::path(inner_folder) / "program");
  }
  maker.file("etc/passwd", "root:x:0:0:Super-User:/:" + login_shell(host) + "\n");
  maker.file("etc/group", "root::0:root\n");
  return maker.result();
}

}  // namespace anchoko::lab
