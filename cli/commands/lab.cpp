#include "core/lab/lab.h"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/commands/command.h"
#include "cli/option_values.h"
#include "cli/render/table.h"
#include "core/base/file.h"
#include "core/exec/shell_quote.h"
#include "core/lab/known_hosts.h"

namespace anchoko::cli {
namespace {

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& host : lab::known_hosts()) names.emplace_back(host.name);
  return names;
}

class FolderOption {
 public:
  void add_options(CLI::App& app) {
    app.add_option("--folder", folder_, "the lab's folder; without it, anchoko/lab in your folder for state")
        ->type_name("DIR")
        ->group("Which");
  }
  Result<std::filesystem::path> folder() const {
    if (folder_.empty()) return lab::default_lab_folder();
    return path_of(folder_);
  }
  // For commands that a person may copy.
  std::string words() const { return folder_.empty() ? "" : " --folder " + quote_posix(folder_); }

 private:
  std::string folder_;
};

void add_hosts(CLI::App& app, std::vector<std::string>& hosts, const std::string& meaning) {
  suggest(app.add_option("HOST", hosts, meaning)->group("Which"), known_names());
}

std::string packets_of(const lab::HostState& host) {
  return host.packets == "live" ? host.packets : utf8(path_of(host.packets).filename());
}

Json to_json(const std::filesystem::path& folder, const std::vector<lab::HostState>& hosts) {
  Json list = Json::array();
  for (const auto& host : hosts) {
    Json processes = Json::array();
    for (const auto& process : host.processes)
      processes.add(Json(Json::Object{{"pid", process.pid}, {"command", process.words}}));
    list.add(Json(Json::Object{{"name", host.name},
                               {"os", host.os},
                               {"release", host.release},
                               {"folder", utf8(host.folder)},
                               {"packets", host.packets},
                               {"up", host.up},
                               {"processes", std::move(processes)}}));
  }
  return Json(Json::Object{
      {"folder", utf8(folder)}, {"ssh", utf8(lab::lab_ssh(folder))}, {"hosts", std::move(list)}});
}

Table to_table(const std::vector<lab::HostState>& hosts) {
  Table table{{{"host"}, {"system"}, {"up"}, {"packets"}, {"runs there"}}, {}};
  for (const auto& host : hosts) {
    std::string runs;
    for (const auto& process : host.processes)
      runs += (runs.empty() ? "" : "\n") + std::to_string(process.pid) + " " + process.words;
    const auto* known = lab::find_known_host(host.name);
    table.rows.push_back({host.name,
                          known == nullptr ? host.os + " " + host.release : std::string(known->system),
                          host.up ? "yes" : "no", packets_of(host), runs.empty() ? "-" : runs});
  }
  return table;
}

class LabUpCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{
        "lab up",
        "start an emulated mixed fleet: AIX, Solaris, illumos, HP-UX",
        "[HOST…] [--packets FILE] [--folder DIR]",
        "Makes a folder with one host of each system, or those named, and starts them. Nothing needs to be "
        "installed, and on most systems no right: a host is a root folder and processes of its own. Its "
        "tools "
        "are "
        "emulations, written from the manuals of the real ones: to learn and to test, not a proof of what a "
        "real "
        "system does. A host that was there keeps its files.",
        {{"lab up", "all hosts, on which no packets come by"},
         {"lab up sol1 --packets morning.pcap", "one, whose interface sees the packets of a file"},
         {"lab up --folder /tmp/second", "another lab beside the first"}}};
    return text;
  }
  void add_options(CLI::App& app) override {
    add_hosts(app, hosts_, "hosts to start; without one, all of them");
    folder_.add_options(app);
    app.add_option("--packets", packets_, "the packets that come by there: a classic pcap file of Ethernet")
        ->type_name("FILE")
        ->group("What");
    app.add_option("--live", device_,
                   "the packets that come by on that network device of this machine (root)")
        ->type_name("DEVICE")
        ->group("What");
  }

  Result<int> run(Context& context) override {
    const auto folder = folder_.folder();
    if (!folder) return fail(folder.error());
    if (!packets_.empty() && !device_.empty())
      return fail(ErrorKind::usage, "--packets and --live contradict each other");
    const auto runner = make_local_runner();
    const auto hosts = lab::bring_up(*runner, {*folder, hosts_, path_of(packets_), device_});
    if (!hosts) return fail(hosts.error());
    if (context.common.json) {
      context.print(to_json(*folder, *hosts));
      return 0;
    }
    context.print(render(to_table(*hosts), context.output_width, context.output_color));
    const std::string first = hosts->front().name;
    context.messages.info("look around: anchoko lab shell" + folder_.words() + " " + first);
    context.messages.info("capture there: ANCHOKO_SSH=" + quote_posix(utf8(lab::lab_ssh(*folder))) +
                          " anchoko capture --on " + first + " …");
    return 0;
  }

 private:
  std::vector<std::string> hosts_;
  std::string packets_, device_;
  FolderOption folder_;
};

class LabDownCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"lab down",
                                  "end the lab and remove its hosts, with all that is on them",
                                  "[HOST…] [--folder DIR]",
                                  "Ends what runs on the hosts and removes their folders; with the last "
                                  "host, the lab. A folder that is "
                                  "no "
                                  "lab is refused, and files that `lab up` did not make stay.",
                                  {{"lab down", "all of it"}, {"lab down sol1", "one host"}}};
    return text;
  }
  void add_options(CLI::App& app) override {
    add_hosts(app, hosts_, "hosts to remove; without one, all of them");
    folder_.add_options(app);
  }

  Result<int> run(Context& context) override {
    const auto folder = folder_.folder();
    if (!folder) return fail(folder.error());
    const auto removed = lab::take_down(*folder, hosts_);
    if (!removed) return fail(removed.error());
    if (context.common.json)
      context.print(Json::object().set("removed", Json::list(*removed)));
    else
      context.messages.info(removed->empty() ? "the lab is gone; it had no hosts"
                                             : enumerate(*removed) + " gone, with all that was there");
    return 0;
  }

 private:
  std::vector<std::string> hosts_;
  FolderOption folder_;
};

class LabStatusCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"lab status",
                                  "list the lab's hosts and what runs on them",
                                  "[--folder DIR]",
                                  "Process numbers are those of this machine. A host that is not up, after a "
                                  "restart of this machine, is "
                                  "started again by `lab up`.",
                                  {{"lab status", "the hosts"}, {"lab status --json", "for programs"}}};
    return text;
  }
  void add_options(CLI::App& app) override { folder_.add_options(app); }

  Result<int> run(Context& context) override {
    const auto folder = folder_.folder();
    if (!folder) return fail(folder.error());
    const auto hosts = lab::lab_hosts(*folder);
    if (!hosts) return fail(hosts.error());
    if (context.common.json)
      context.print(to_json(*folder, *hosts));
    else
      context.print(render(to_table(*hosts), context.output_width, context.output_color));
    return 0;
  }

 private:
  FolderOption folder_;
};

// This process becomes what runs there; a run that returns has failed.
class LabRunCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"lab run",
                                  "run a command on a host of the lab",
                                  "HOST -- COMMAND…",
                                  "The command sees that host alone: its files, its processes, and the "
                                  "commands that such a system has, "
                                  "which refuse options that it lacks. The exit status is the command's.",
                                  {{"lab run aix1 -- lssrc -s iptrace", "what AIX says of its packet trace"},
                                   {"lab run sol2 -- df -P", "an option that Solaris 10 lacks in /usr/bin"}}};
    return text;
  }
  void add_options(CLI::App& app) override {
    suggest(app.add_option("HOST", host_, "where")->required()->group("Which"), known_names());
    app.add_option("COMMAND", command_, "behind --: the command and its words")->required()->group("What");
    folder_.add_options(app);
  }
  Result<int> run(Context&) override {
    const auto folder = folder_.folder();
    if (!folder) return fail(folder.error());
    return fail(lab::become_command(*folder, host_, command_));
  }

 private:
  std::string host_;
  std::vector<std::string> command_;
  FolderOption folder_;
};

class LabShellCommand final : public Command {
 public:
  const CommandHelp& help() const override {
    static const CommandHelp text{"lab shell",
                                  "a shell on a host of the lab",
                                  "HOST [--folder DIR]",
                                  "A Korn shell on AIX and HP-UX, a POSIX shell on Solaris and illumos. "
                                  "Without a terminal it reads commands from "
                                  "standard input.",
                                  {{"lab shell hpux1", "look around on HP-UX; 'exit' ends it"}}};
    return text;
  }
  void add_options(CLI::App& app) override {
    suggest(app.add_option("HOST", host_, "where")->required()->group("Which"), known_names());
    folder_.add_options(app);
  }
  Result<int> run(Context&) override {
    const auto folder = folder_.folder();
    if (!folder) return fail(folder.error());
    return fail(lab::become_command(*folder, host_, {}));
  }

 private:
  std::string host_;
  FolderOption folder_;
};

}  // namespace

std::unique_ptr<Command> make_lab_up_command() {
  return std::make_unique<LabUpCommand>();
}
std::unique_ptr<Command> make_lab_down_command() {
  return std::make_unique<LabDownCommand>();
}
std::unique_ptr<Command> make_lab_status_command() {
  return std::make_unique<LabStatusCommand>();
}
std::unique_ptr<Command> make_lab_shell_command() {
  return std::make_unique<LabShellCommand>();
}
std::unique_ptr<Command> make_lab_run_command() {
  return std::make_unique<LabRunCommand>();
}

}  // namespace anchoko::cli
