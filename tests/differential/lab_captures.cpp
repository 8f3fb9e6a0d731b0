#include "tests/differential/lab_captures.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/formats/capture_format.h"

namespace anchoko::differential {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t first_second = 1'700'000'000;
constexpr std::int64_t nanoseconds = 1'000'000'000;
constexpr std::size_t filler_frames = 200;  // of 1514 bytes: several times what a chunk of bufmod holds
constexpr std::int64_t longest_wait = 60 * nanoseconds;

std::int64_t now() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void put(std::ofstream& out, std::uint32_t number) {
  out.write(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

Wire write_wire(const fs::path& file, const std::vector<testing::Octets>& frames) {
  std::ofstream out(file, std::ios::binary);
  // draft-ietf-opsawg-pcap, in this machine's byte order; the magic number tells which that is.
  for (const std::uint32_t number : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 262144U, 1U}) put(out, number);
  std::uint32_t at = 0;
  const auto add = [&](const testing::Octets& bytes) {
    put(out, static_cast<std::uint32_t>(first_second + at / 1000));
    put(out, at % 1000 * 1000);
    put(out, static_cast<std::uint32_t>(bytes.size()));
    put(out, static_cast<std::uint32_t>(bytes.size()));
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    ++at;
  };
  for (const auto& frame : frames) add(frame);
  // A second of silence tells the two apart, whatever a tool does to its times.
  at += 1000;
  Wire wire{file, (first_second + at / 1000) * nanoseconds + at % 1000 * 1'000'000 - nanoseconds / 2};
  const testing::Octets filler = testing::ethernet(0x88b5, testing::Octets(1500));  // IEEE local experimental
  for (std::size_t i = 0; i < filler_frames; ++i) add(filler);
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
  return wire;
}

LabHost::LabHost(fs::path folder, const std::string& conf, const Wire& wire)
    : folder_(std::move(folder)), wire_(wire) {
  fs::create_directory(folder_);
  std::ofstream(folder_ / "host.conf") << conf << "packets " << wire.file.string() << "\n";
}

LabHost::~LabHost() {
  if (!plan_) return;
  const int pid = is_daemon_ ? daemon_pid() : pid_;
  if (pid <= 0) return;
  kill(pid, SIGKILL);
  if (!is_daemon_) waitpid(pid, nullptr, 0);
}

int LabHost::spawn(const std::vector<std::string>& words) const {
  std::vector<std::string> all{ANCHOKO_LAB, fs::path(words.front()).filename().string()};
  all.insert(all.end(), words.begin() + 1, words.end());
  std::vector<char*> argv;
  for (auto& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string host = "ANCHOKO_LAB_HOST=" + folder_.string();
  char* environment[] = {host.data(), nullptr};
  const std::string messages = (folder_ / "messages").string();
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, ANCHOKO_LAB, &files, nullptr, argv.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : -1;
}

Result<void> LabHost::run(const std::vector<std::string>& words) const {
  const int pid = spawn(words);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return fail(complaint(words.front()));
  return {};
}

Error LabHost::complaint(const std::string& what) const {
  return make_error(ErrorKind::failed,
                    what + ": " + content(folder_ / "messages") + content(folder_ / "console"));
}

Result<void> LabHost::start(const CapturePlan& plan) {
  fs::create_directory(plan.folder);
  const auto words = plan.step(StepKind::start)->argv();
  is_daemon_ = words.front() == "startsrc";
  stopping_ = false;
  pid_ = 0;
  patience_ = now() + longest_wait;
  if (is_daemon_) {
    if (auto started = run(words); !started) return started;
  } else if (pid_ = spawn(words); pid_ < 0) {
    return fail(ErrorKind::failed, "cannot start " + words.front());
  }
  plan_ = plan;
  return {};
}

int LabHost::daemon_pid() const {
  return std::atoi(content(folder_ / "state" / "iptrace").c_str());
}

// By where the process stands in the file.
bool LabHost::has_read_all() const {
  const fs::path process = "/proc/" + std::to_string(pid_);
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(process / "fd", gone)) {
    if (fs::read_symlink(entry.path(), gone) != wire_.file) continue;
    std::istringstream info(content(process / "fdinfo" / entry.path().filename()));
    std::string name;
    std::uintmax_t position = 0;
    info >> name >> position;
    return name == "pos:" && position == fs::file_size(wire_.file);
  }
  return false;
}

Result<bool> LabHost::finished() {
  if (now() > patience_) return fail(complaint("no end after a minute"));
  if (is_daemon_) pid_ = daemon_pid();
  if (!stopping_) {
    int status = 0;
    if (!is_daemon_ && waitpid(pid_, &status, WNOHANG) == pid_) {
      plan_.reset();
      return fail(complaint("it ended by itself"));
    }
    if (pid_ <= 0 || !has_read_all()) return false;
    stopping_ = true;
    if (!is_daemon_) {
      kill(pid_, SIGTERM);
    } else if (auto stopped = run(plan_->step(StepKind::stop)->argv()); !stopped) {
      return fail(stopped.error());
    }
    return false;
  }
  if (is_daemon_) {
    if (pid_ > 0) return false;
  } else {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
    plan_.reset();
    if (status != 0) return fail(complaint("it ended with an error"));
  }
  plan_.reset();
  return true;
}

Result<std::vector<LabRecord>> read_records(const std::string& path, std::int64_t end) {
  auto opened = formats::open_capture(path);
  if (!opened) return fail(opened.error());
  std::vector<LabRecord> records;
  PacketRecord record;
  while (true) {
    const auto status = opened->reader->next(record);
    if (status == formats::ReadStatus::end) return records;
    if (status != formats::ReadStatus::record)
      return fail(ErrorKind::failed, path + ": damaged or not to be read");
    if (record.timestamp_ns >= end) continue;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(record.data.data());
    records.push_back(
        {record.timestamp_ns, record.original_length, record.direction, {bytes, bytes + record.data.size()}});
  }
}

}  // namespace anchoko::differential
