#include "core/exec/ssh_runner.h"

#include <algorithm>
#include <array>
#include <random>

#include "core/exec/ssh_script.h"
#include "core/exec/ssh_sockets.h"

namespace anchoko {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<const char*, 4> become_names{"none", "sudo", "doas", "pfexec"};
constexpr std::array<const char*, 4> become_words{"", "sudo -n ", "doas -n ", "pfexec "};

// What ssh may take besides the command: to connect, and then for the way there and back.
constexpr seconds connect_allowance{40};
constexpr seconds way_allowance{15};
constexpr seconds control_limit{5};

std::string fresh_mark() {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::string mark = "anchoko-";
  for (int i = 0; i < 4; ++i) {
    for (unsigned bits = random(), count = 0; count < 8; ++count, bits >>= 4) mark += digits[bits & 15];
  }
  return mark;
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const auto at = text.rfind('\n');
  return at == std::string::npos ? text : text.substr(at + 1);
}

std::string hint_for(const std::string& words, const std::string& destination) {
  const auto says = [&](const char* text) { return words.find(text) != std::string::npos; };
  const std::string by_hand = "'ssh " + destination + " true'";
  if (says("Host key verification failed"))
    return "connect once by hand, and compare the key: ssh " + destination;
  if (says("Permission denied"))
    return "ssh is not let ask for a password: load a key (ssh-add) until " + by_hand + " asks nothing";
  if (says("Could not resolve"))
    return "the name must be one that " + by_hand + " knows, of the network or of ~/.ssh/config";
  return by_hand + " shows whether it can be reached";
}

class SshRunner final : public CommandRunner {
 public:
  SshRunner(SshTarget target, std::string program, std::string shell)
      : target_(std::move(target)), program_(std::move(program)), shell_(std::move(shell)) {}
  ~SshRunner() override {
    leave();
    remove_socket_folder(folder_);
  }
  SshRunner(const SshRunner&) = delete;
  SshRunner& operator=(const SshRunner&) = delete;

  Result<CommandOutput> run(const CommandLine& command, milliseconds time_limit,
                            std::string_view input) override {
    const std::string mark = fresh_mark();
    const auto script = ssh::command_script(command, input, mark);
    if (!script) return fail(script.error());
    return execute(command.front(), *script, mark, time_limit, nullptr);
  }

  Result<CommandOutput> stream(const CommandLine& command, milliseconds patience, std::string_view input,
                               const OutputSink& sink) override {
    const std::string mark = fresh_mark();
    const auto script = ssh::command_script(command, input, mark);
    if (!script) return fail(script.error());
    return execute(command.front(), *script, mark, patience, &sink);
  }

  std::string find_program(const std::string& name) override {
    if (name.empty() || name.find('\0') != std::string::npos) return {};
    const std::string mark = fresh_mark();
    const auto found = execute("search", ssh::search_script(name, mark), mark, seconds(10), nullptr);
    if (!found || found->exit_status != 0) return {};
    return found->out.substr(0, found->out.find('\n'));
  }

  std::string target() const override { return target_.destination; }
  std::vector<std::string> connections() const override { return connections_; }

 private:
  CommandLine words(const CommandLine& more, const std::string& remote) const {
    CommandLine options{"BatchMode=yes",          "LogLevel=ERROR",        "ConnectTimeout=20",
                        "ServerAliveInterval=15", "ServerAliveCountMax=3", "ClearAllForwardings=yes",
                        "RemoteCommand=none"};
    if (!folder_.empty())
      options.insert(options.end(),
                     {"ControlMaster=auto", "ControlPersist=60", "ControlPath=" + folder_ + "/s"});
    CommandLine all{program_, "-T", "-x"};
    for (auto& option : options) {
      all.emplace_back("-o");
      all.push_back(std::move(option));
    }
    all.insert(all.end(), more.begin(), more.end());
    all.emplace_back("--");
    all.push_back(target_.destination);
    if (!remote.empty()) all.push_back(remote);
    return all;
  }
  std::string remote_words(Become become) const {
    return become_words[static_cast<std::size_t>(become)] + shell_ + " -s";
  }

  // Of a connection that the user's own ssh holds open, perhaps by a password or a token, use is made.
  void prepare() {
    if (prepared_) return;
    prepared_ = true;
    if (master() == 0) folder_ = make_socket_folder();
  }
  // Process number of the ssh that holds the connection; 0: none.
  long master() {
    const auto answer = local_->run(words({"-O", "check"}, {}), control_limit);
    if (!answer || answer->exit_status != 0) return 0;
    const std::string text = answer->err + answer->out;
    const auto at = text.find("pid=");
    return at == std::string::npos ? 0 : std::strtol(text.c_str() + at + 4, nullptr, 10);
  }
  void leave() {
    if (connected_ && !folder_.empty()) (void)local_->run(words({"-O", "exit"}, {}), control_limit);
    connected_ = false;
  }

  Result<CommandOutput> execute(const std::string& name, const std::string& script, const std::string& mark,
                                milliseconds time_limit, const OutputSink* sink) {
    prepare();
    auto answer = ask(target_.become, script, mark, time_limit, sink);
    if (!answer) {
      Error error = answer.error();
      if (error.kind == ErrorKind::failed) error.message = "on " + target_.destination + ": " + error.message;
      return fail(std::move(error));
    }
    if (answer->absent)
      return fail(ErrorKind::unavailable,
                  "the program `" + name + "` was not found on " + target_.destination);
    note_connection(*answer);
    return CommandOutput{answer->exit_status, std::move(answer->out), std::move(answer->err)};
  }

  Result<ssh::Answer> ask(Become become, const std::string& script, const std::string& mark,
                          milliseconds time_limit, const OutputSink* sink) {
    const CommandLine command = words({}, remote_words(become));
    const milliseconds limit = time_limit + (connected_ ? way_allowance : connect_allowance);
    Result<CommandOutput> output;
    bool ended_by_sink = false;
    if (sink == nullptr) {
      output = local_->run(command, limit, script);
    } else {
      ssh::MarkedSink marked(*sink, mark);
      output = local_->stream(command, limit, script, [&](std::string_view piece) {
        auto taken = marked.take(piece);
        ended_by_sink = !taken;
        return taken;
      });
    }
    if (!output) {
      // It may hang with its connection.
      if (!ended_by_sink) leave();
      return fail(output.error());
    }
    const bool own = output->exit_status == ssh::own_failure;
    const std::string all_words = output->err;
    auto answer = ssh::read_answer(std::move(*output), mark);
    if (answer.begun && !own) {
      connected_ = true;
      return answer;
    }
    if (own) leave();
    if (!answer.begun && answer.other_shell != shell_ && !answer.other_shell.empty()) {
      connected_ = true;
      shell_ = answer.other_shell;
      return ask(become, script, mark, time_limit, sink);
    }
    if (answer.no_posix_shell)
      return fail(ErrorKind::unavailable,
                  target_.destination + " has no POSIX shell: `" + shell_ + "` is none",
                  "/usr/xpg4/bin/sh or /usr/bin/ksh there would do");
    return fail(failure(answer.begun, own, all_words));
  }

  Error failure(bool begun, bool own, const std::string& said) const {
    const std::string& name = target_.destination;
    const std::string words = last_line(said);
    if (begun)
      return make_error(ErrorKind::unavailable, "the connection to " + name + " was lost",
                        "what was started there goes on; " + hint_for({}, name));
    if (own)
      return make_error(ErrorKind::unavailable,
                        name + " cannot be reached: " + (words.empty() ? "ssh does not say why" : words),
                        hint_for(words, name));
    const std::string remote = remote_words(target_.become);
    return make_error(ErrorKind::unavailable,
                      "'" + remote + "' does not start on " + name + (words.empty() ? "" : ": " + words),
                      target_.become == Become::none ? "the login there must be able to run a POSIX shell"
                                                     : "it must start without a password being asked for");
  }

  // `become` may hide it: then the login itself is asked, once for each connection.
  void note_connection(const ssh::Answer& answer) {
    if (target_.become == Become::none) {
      note_connection(answer.connection);
      return;
    }
    const long now = master();
    if (now == 0 || now == asked_master_) return;
    const std::string mark = fresh_mark();
    const auto plain = ask(Become::none, ssh::search_script("sh", mark), mark, seconds(10), nullptr);
    if (!plain) return;
    asked_master_ = now;
    note_connection(plain->connection);
  }
  void note_connection(const std::string& text) {
    if (!text.empty() && std::find(connections_.begin(), connections_.end(), text) == connections_.end())
      connections_.push_back(text);
  }

  SshTarget target_;
  std::string program_;
  std::string shell_;
  std::string folder_;  // of the shared connection's socket; empty: none of ours
  bool prepared_ = false;
  bool connected_ = false;
  long asked_master_ = 0;
  std::vector<std::string> connections_;
  std::unique_ptr<CommandRunner> local_ = make_local_runner();
};

}  // namespace

const char* to_string(Become become) {
  return become_names[static_cast<std::size_t>(become)];
}

std::optional<Become> become_named(const std::string& name) {
  for (std::size_t i = 0; i < become_names.size(); ++i) {
    if (name == become_names[i]) return static_cast<Become>(i);
  }
  return std::nullopt;
}

Result<void> check_destination(const std::string& destination) {
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 127; };
  const std::string host = destination.substr(destination.rfind('@') + 1);
  if (!host.empty() && !destination.starts_with('-') && !host.starts_with('-') &&
      !destination.starts_with('@') && std::none_of(destination.begin(), destination.end(), odd))
    return {};
  return fail(ErrorKind::usage, "`" + destination + "` is not a host that ssh could reach",
              "user@host, or a name of ~/.ssh/config");
}

std::unique_ptr<CommandRunner> make_ssh_runner(SshTarget target, std::string program, std::string shell) {
  return std::make_unique<SshRunner>(std::move(target), std::move(program), std::move(shell));
}

}  // namespace anchoko
