#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "core/exec/ssh_runner.h"
#include "core/exec/ssh_script.h"
#include "tests/tools/temporary_folder.h"

using namespace anchoko;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A real sshd on this machine.
class Server {
 public:
  explicit Server(const std::string& login_shell = {}) {
    const auto output =
        local_->run({tool, "start", folder_.path().string(), login_shell}, 60s * ANCHOKO_TEST_PATIENCE);
    started_ = output && output->exit_status == 0;
    if (output && output->exit_status == 77) {
      std::printf("SKIP %s", output->out.c_str());
    } else {
      REQUIRE(started_);
    }
  }
  ~Server() {
    if (started_) act("stop");
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  bool absent() const { return !started_; }
  void cut() { act("cut"); }
  std::string program(const std::string& name) const { return folder_ / ("bin/" + name); }
  std::string ssh() const { return folder_ / "ssh"; }
  std::string home() const { return folder_ / "home"; }
  std::unique_ptr<CommandRunner> runner(const std::string& host = "target", Become become = Become::none) {
    return make_ssh_runner({host, become}, folder_ / "ssh");
  }
  // Of the connections that it let in.
  std::size_t logins() const {
    std::ifstream log(folder_ / "sshd.log");
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);) {
      if (line.starts_with("Accepted publickey")) ++count;
    }
    return count;
  }

 private:
  void act(const char* what) {
    const auto done = local_->run({tool, what, folder_.path().string()}, 30s);
    CHECK((done && done->exit_status == 0));
  }

  static constexpr const char* tool = ANCHOKO_SOURCE_DIR "/tests/tools/sshd_for_tests";
  testing::TemporaryFolder folder_;
  std::unique_ptr<CommandRunner> local_ = make_local_runner();
  bool started_ = false;
};

CommandLine odd_words() {
  CommandLine words{"printf", "%s\\0", ""};
  for (int byte = 1; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    words.push_back(one);
    words.push_back("x" + one + one);
  }
  for (const char* word : {"a b", "$HOME", "~root", "-n", "--", "a=b", "if", "!!", "{1,2}", "日本語", "\n\n"})
    words.emplace_back(word);
  return words;
}
std::string odd_output() {
  const CommandLine words = odd_words();
  std::string expected;
  for (std::size_t i = 2; i < words.size(); ++i) expected += words[i] + '\0';
  return expected;
}

// A folder for temporary files that no other test uses at the same time.
class OwnTemporaryFolder {
 public:
  OwnTemporaryFolder() {
    const char* before = std::getenv("TMPDIR");
    if (before != nullptr) before_ = before;
    ::setenv("TMPDIR", folder_.path().c_str(), 1);
  }
  ~OwnTemporaryFolder() {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }
  OwnTemporaryFolder(const OwnTemporaryFolder&) = delete;
  OwnTemporaryFolder& operator=(const OwnTemporaryFolder&) = delete;

 private:
  testing::TemporaryFolder folder_;
  std::optional<std::string> before_;
};

std::size_t socket_folders() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path()))
    count += entry.path().filename().string().starts_with("anchoko-ssh.") ? 1U : 0U;
  return count;
}

}  // namespace

TEST_CASE("ssh: what is no host for ssh is refused") {
  for (const char* bad :
       {"", "-oProxyCommand=id", "user@", "@host", "user@-oProxyCommand=id", "a b", "a\nb"}) {
    const auto checked = check_destination(bad);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().kind == ErrorKind::usage);
  }
  for (const char* good : {"web1", "root@192.0.2.1", "ssh://root@web1:2222", "a@b@web1", "2001:db8::1"})
    CHECK(check_destination(good).has_value());
  CHECK(become_named("doas") == Become::doas);
  CHECK_FALSE(become_named("su").has_value());
}

TEST_CASE("ssh: words, input, outputs and status go to the other side and back unchanged") {
  Server server;
  if (server.absent()) return;
  const auto runner = server.runner();
  CHECK(runner->target() == "target");
  const auto words = runner->run(odd_words(), 10s);
  REQUIRE(words.has_value());
  CHECK(words->out == odd_output());
  CHECK(words->err.empty());

  std::string input;
  for (int i = 0; i < 20000; ++i) input += "line " + std::to_string(i) + " $HOME `id` \\ 'end-of\xc3\xa4\n";
  input += "nd-anchoko\neof\n";
  const auto copied = runner->run({"cat"}, 20s, input);
  REQUIRE(copied.has_value());
  CHECK((copied->out == input));
  CHECK(runner->run({"cat"}, 10s).value().out.empty());
  CHECK(runner->run({"cat"}, 10s, std::string("a\0b", 3)).error().kind == ErrorKind::failed);

  for (const int status : {0, 1, 7, 126, 253, 254, 255}) {
    const auto output =
        runner->run({"sh", "-c", "echo out; echo err >&2; exit " + std::to_string(status)}, 10s);
    REQUIRE(output.has_value());
    CHECK(output->exit_status == status);
    CHECK(output->out == "out\n");
    CHECK(output->err == "err\n");
  }
  CHECK(runner->run({"sh", "-c", "kill -9 $$"}, 10s).value().exit_status == 137);
  CHECK(runner->run({"sh", "-c", "printf 'no line end' >&2; exit 255"}, 10s).value().err == "no line end");
  CHECK(runner->run({"sh", "-c", "echo $LC_ALL"}, 10s).value().out == "C\n");
  CHECK(runner->run({"sh", "-s"}, 10s, "echo from a script\nexit 3\n").value().exit_status == 3);
}

TEST_CASE("ssh: programs that are not there") {
  Server server;
  if (server.absent()) return;
  const auto runner = server.runner();
  const auto absent = runner->run({"anchoko-no-such-program", "x"}, 10s);
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().kind == ErrorKind::unavailable);
  CHECK(absent.error().message.find("on target") != std::string::npos);
  CHECK(runner->find_program("env") == make_local_runner()->find_program("env"));
  CHECK(runner->find_program("anchoko-no-such-program").empty());
  CHECK(runner->find_program("").empty());
}

TEST_CASE("ssh: one connection for all commands, made again when it has gone, and taken down") {
  Server server;
  if (server.absent()) return;
  const OwnTemporaryFolder own;
  const std::size_t folders = socket_folders();
  {
    const auto runner = server.runner();
    for (int i = 0; i < 5; ++i) REQUIRE(runner->run({"true"}, 10s).has_value());
    CHECK(server.logins() == 1);
    REQUIRE(runner->connections().size() == 1);
    CHECK(runner->connections()[0].starts_with("127.0.0.1 "));
    server.cut();
    REQUIRE(runner->run({"true"}, 10s).has_value());
    CHECK(server.logins() == 2);
    CHECK(runner->connections().size() == 2);
    CHECK(runner->connections()[0] != runner->connections()[1]);
    CHECK(socket_folders() == folders + 1);
  }
  CHECK(socket_folders() == folders);
}

TEST_CASE("ssh: a connection that the user holds open is used, and left open") {
  Server server;
  if (server.absent()) return;
  const auto own = [&](const CommandLine& words) {
    CommandLine command{server.ssh()};
    command.insert(command.end(), words.begin(), words.end());
    return make_local_runner()->run(command, 20s).value().exit_status;
  };
  REQUIRE(own({"shared", "true"}) == 0);
  const OwnTemporaryFolder temporary;
  const std::size_t folders = socket_folders();
  {
    const auto runner = server.runner("shared");
    CHECK(runner->run({"echo", "x"}, 10s).value().out == "x\n");
    CHECK(runner->connections().size() == 1);
    CHECK(socket_folders() == folders);
  }
  CHECK(server.logins() == 1);
  CHECK(own({"-O", "check", "shared"}) == 0);
  CHECK(own({"-O", "exit", "shared"}) == 0);
}

TEST_CASE("ssh: a connection that is lost in the middle is told from a command's own failure") {
  Server server;
  if (server.absent()) return;
  const auto runner = server.runner();
  REQUIRE(runner->run({"true"}, 10s).has_value());
  std::thread cutter([&] {
    std::this_thread::sleep_for(1s);
    server.cut();
  });
  const auto lost = runner->run({"sleep", "30"}, 40s);
  cutter.join();
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().kind == ErrorKind::unavailable);
  CHECK(lost.error().message == "the connection to target was lost");
  CHECK(runner->run({"echo", "again"}, 10s).value().out == "again\n");
}

TEST_CASE("ssh: what ssh itself cannot do is said in its own words") {
  Server server;
  if (server.absent()) return;
  struct Row {
    const char* host;
    const char* message;
    const char* hint;
  };
  for (const Row& row : {Row{"nobody", "Connection refused", "'ssh nobody true' shows"},
                         Row{"denied", "Permission denied", "ssh-add"},
                         Row{"stranger", "Host key verification failed", "compare the key: ssh stranger"}}) {
    const auto output = server.runner(row.host)->run({"true"}, 10s);
    REQUIRE_FALSE(output.has_value());
    CHECK(output.error().kind == ErrorKind::unavailable);
    CHECK(output.error().message.find(row.message) != std::string::npos);
    CHECK(output.error().hint.find(row.hint) != std::string::npos);
  }
  const auto missing = make_ssh_runner({"target", Become::none}, "anchoko-no-ssh")->run({"true"}, 1s);
  CHECK(missing.error().kind == ErrorKind::unavailable);
  // pfexec is Solaris's.
  const auto become = server.runner("target", Become::pfexec)->run({"true"}, 10s);
  REQUIRE_FALSE(become.has_value());
  CHECK(become.error().kind == ErrorKind::unavailable);
  CHECK(become.error().message.find("'pfexec /bin/sh -s' does not start on target") != std::string::npos);
}

TEST_CASE("ssh: rights by another program, which hides the connection") {
  Server server;
  if (server.absent()) return;
  std::ofstream(server.program("doas")) << "#!/bin/sh\n[ \"$1\" = -n ] || exit 9\nshift\n"
                                        << "exec env -i PATH=/usr/bin:/bin BECAME=doas \"$@\"\n";
  fs::permissions(server.program("doas"), fs::perms::owner_all);
  const auto runner = server.runner("target", Become::doas);
  CHECK(runner->run({"sh", "-c", "echo $BECAME$SSH_CONNECTION"}, 10s).value().out == "doas\n");
  REQUIRE(runner->connections().size() == 1);
  CHECK(runner->connections()[0].starts_with("127.0.0.1 "));
  server.cut();
  CHECK(runner->run({"true"}, 10s).has_value());
  CHECK(runner->connections().size() == 2);
  CHECK(server.logins() == 2);
  std::ofstream(server.program("sudo")) << "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n";
  fs::permissions(server.program("sudo"), fs::perms::owner_all);
  const auto refused = server.runner("target", Become::sudo)->run({"true"}, 10s);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().message.ends_with("sudo: a password is required"));
}

TEST_CASE("ssh: time limits") {
  Server server;
  if (server.absent()) return;
  const auto runner = server.runner();
  REQUIRE(runner->run({"true"}, 10s).has_value());
  const auto before = std::chrono::steady_clock::now();
  const auto slow = runner->run({"sleep", "60"}, 100ms);
  REQUIRE_FALSE(slow.has_value());
  CHECK(slow.error().kind == ErrorKind::failed);
  CHECK(slow.error().message.starts_with("on target: "));
  CHECK(std::chrono::steady_clock::now() - before < 25s);
  CHECK(runner->run({"echo", "again"}, 10s).value().out == "again\n");
}

TEST_CASE("ssh: output beyond 1 MiB is cut, and streamed whole") {
  Server server;
  if (server.absent()) return;
  const auto runner = server.runner();
  const std::string script = "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; exit 3";
  const auto cut = runner->run({"sh", "-c", script}, 30s);
  REQUIRE(cut.has_value());
  CHECK(cut->exit_status == 3);
  CHECK(cut->out.size() > 1'000'000);
  CHECK(cut->out.size() <= CommandRunner::output_cap);

  std::size_t count = 0;
  const auto whole = runner->stream({"head", "-c", "50000000", "/dev/zero"}, 10s, {}, [&](auto piece) {
    count += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\0'));
    return Result<void>();
  });
  REQUIRE(whole.has_value());
  CHECK(count == 50'000'000);
  CHECK(whole->out.empty());

  const auto full = runner->stream({"head", "-c", "50000000", "/dev/zero"}, 10s, {}, [&](auto) {
    return Result<void>(fail(ErrorKind::failed, "the disk is full"));
  });
  REQUIRE_FALSE(full.has_value());
  CHECK(full.error().message.find("the disk is full") != std::string::npos);
  CHECK(runner->run({"echo", "again"}, 10s).value().out == "again\n");
}

TEST_CASE("ssh: login shells of every kind, with start-up files that talk") {
  auto local = make_local_runner();
  for (const char* name : {"sh", "bash", "zsh", "tcsh", "fish", "ksh93", "mksh"}) {
    const std::string shell = local->find_program(name);
    if (shell.empty()) continue;
    CAPTURE(shell);
    Server server(shell);
    if (server.absent()) return;
    // Of these some read the one, some the other, and some none.
    std::ofstream(server.home() + "/.tcshrc") << "echo 'Welcome to the machine'\n";
    std::ofstream(server.home() + "/.zshenv") << "echo 'Welcome to the machine'; echo 'mind the gap' >&2\n";
    fs::create_directories(server.home() + "/.config/fish");
    std::ofstream(server.home() + "/.config/fish/config.fish") << "echo 'Welcome to the machine'\n";
    const auto runner = server.runner();
    const auto words = runner->run(odd_words(), 20s);
    REQUIRE(words.has_value());
    CHECK(words->out == odd_output());
    CHECK(words->err.empty());
    CHECK(runner->run({"sh", "-c", "exit 255"}, 10s).value().exit_status == 255);
    std::string streamed;
    const auto bulk = runner->stream({"printf", "%s", "bulk"}, 10s, {}, [&](auto piece) {
      streamed += piece;
      return Result<void>();
    });
    REQUIRE(bulk.has_value());
    CHECK(streamed == "bulk");
  }
}

// A stand-in for /bin/sh of Solaris 10: runs what stands before the first $(…), and ends there with its
// complaint.
TEST_CASE("ssh: a shell that is no POSIX shell hands over to one that is") {
  Server server;
  if (server.absent()) return;
  const std::string bourne = server.program("bourne");
  std::ofstream(bourne) << R"x(#!/bin/sh
{
  cat <<'end'
question() { case $1 in *'$('*) echo 'syntax error: ( unexpected' >&2; exit 2 ;; esac; }
end
  awk '/\$\(/ && !/\(eval / { exit } { sub(/\(eval /, "(question "); print }'
  echo 'echo "syntax error: ( unexpected" >&2; exit 2'
} >"$0.$$"
/bin/sh "$0.$$"
status=$?
rm -f "$0.$$"
exit $status
)x";
  fs::permissions(bourne, fs::perms::owner_all);
  REQUIRE(make_local_runner()->run({bourne, "-s"}, 10s, "echo $(echo 1)\n").value().exit_status == 2);
  const bool other = fs::exists("/usr/xpg4/bin/sh") || fs::exists("/usr/bin/ksh");
  const auto runner = make_ssh_runner({"target", Become::none}, server.ssh(), bourne);
  const auto words = runner->run(odd_words(), 20s);
  if (!other) {
    REQUIRE_FALSE(words.has_value());
    CHECK(words.error().message == "target has no POSIX shell: `" + bourne + "` is none");
    return;
  }
  REQUIRE(words.has_value());
  CHECK(words->out == odd_output());
  CHECK(words->err.empty());
  // `sh` is then the other one, too.
  CHECK(runner->run({"sh", "-s"}, 10s, "echo $(echo 1)\n").value().out == "1\n");
  CHECK(runner->find_program("sh").ends_with(fs::exists("/usr/xpg4/bin/sh") ? "/usr/xpg4/bin/sh"
                                                                            : "/usr/bin/ksh"));
  CHECK(server.logins() == 1);
}

// No sshd: the script alone, which every POSIX shell has to understand alike.
TEST_CASE("ssh: the script is one for every shell") {
  auto local = make_local_runner();
  const std::string mark = "anchoko-0123456789abcdef";
  int shells = 0;
  // Not here: posh knows no -s, yash reads no bytes beyond ASCII in the C locale.
  for (const CommandLine& shell : {CommandLine{"dash", "-s"},
                                   {"bash", "-s"},
                                   {"mksh", "-s"},
                                   {"ksh93", "-s"},
                                   {"busybox", "sh", "-s"},
                                   {"sh", "-s"}}) {
    if (local->find_program(shell.front()).empty()) continue;
    CAPTURE(shell.front());
    ++shells;
    const auto script =
        ssh::command_script({"sh", "-c", "cat; echo err >&2; exit 254"}, "in \xc3\xa4\n", mark);
    REQUIRE(script.has_value());
    auto output = local->run(shell, 10s, *script);
    REQUIRE(output.has_value());
    CHECK(output->exit_status == ssh::marked);
    const auto answer = ssh::read_answer(*output, mark);
    CHECK(answer.begun);
    CHECK_FALSE(answer.absent);
    CHECK(answer.exit_status == 254);
    CHECK(answer.out == "in \xc3\xa4\n");
    CHECK(answer.err == "err\n");
    const auto killed = ssh::command_script({"sh", "-c", "kill -15 $$"}, {}, mark);
    CHECK(ssh::read_answer(local->run(shell, 10s, *killed).value(), mark).exit_status == 143);
    const auto gone = ssh::command_script({"anchoko-no-such-program"}, {}, mark);
    CHECK(ssh::read_answer(local->run(shell, 10s, *gone).value(), mark).absent);
  }
  CHECK(shells > 0);
}
