#include "cli/target_option.h"

#include <cstdlib>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/option_values.h"

namespace anchoko::cli {

std::unique_ptr<CommandRunner> make_runner(const SshTarget& target) {
  if (target.destination.empty()) return make_local_runner();
  const char* program = std::getenv("ANCHOKO_SSH");
  return make_ssh_runner(target, program == nullptr || *program == '\0' ? "ssh" : program);
}

void tell_target(CapturePlan& plan, const SshTarget& target, bool include_control) {
  if (target.destination.empty()) return;
  plan.host = target.destination;
  for (auto& step : plan.steps) {
    if (step.kind != StepKind::collect) continue;
    step.note =
        "First the native file is brought here over ssh, its size and its checksum (cksum) compared on "
        "both sides; it is deleted there when the result here has been verified. " +
        std::string(include_control ? "Packets of the ssh connection stay in the result."
                                    : "Packets of the ssh connection are left out and counted.");
  }
}

void TargetOption::add_options(CLI::App& app) {
  const char* group = "Where";
  app.add_option_function<std::string>(
         "--on",
         [this](const std::string& text) {
           destination_ = text;
           given_ = true;
         },
         "another machine, over your own ssh: user@host, or a name of ~/.ssh/config")
      ->type_name("HOST")
      ->group(group);
  suggest(app.add_option("--become", become_,
                         "how commands there get the superuser's rights: sudo, doas, pfexec or none")
              ->type_name("HOW")
              ->group(group),
          {"sudo", "doas", "pfexec", "none"});
}

Result<SshTarget> TargetOption::target() const {
  if (!given_) {
    if (become_.empty()) return SshTarget{};
    return fail(ErrorKind::usage, "--become is for another machine", "name it with --on");
  }
  if (auto valid = check_destination(destination_); !valid) return fail(valid.error());
  const auto become = become_named(become_.empty() ? "none" : become_);
  if (!become)
    return fail(ErrorKind::usage, "`" + become_ + "` is no way to the superuser's rights",
                "sudo, doas, pfexec or none");
  return SshTarget{destination_, *become};
}

}  // namespace anchoko::cli
