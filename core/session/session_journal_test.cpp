#include "core/session/session_journal.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace anchoko;
using session::SessionJournal;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    static int count = 0;
    path = fs::temp_directory_path() /
           ("anchoko-journal-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    fs::create_directory(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

void write(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "{}";
}

}  // namespace

TEST_CASE("journal: what a cut-off session left is pruned, and nothing else") {
  const Folder folder;
  const SessionJournal journal(folder.path);
  write(folder.path / "1aaa-0001" / "lock");
  write(folder.path / "1aaa-0001" / ".anchoko-0123.part");
  write(folder.path / "1aaa-0002" / "session.json");
  write(folder.path / "1aaa-0002" / "lock");
  write(folder.path / "Not a session" / "lock");
  write(folder.path / "file");
  auto held = journal.lock("1aaa-0003");
  REQUIRE(held.has_value());
  journal.prune();
  CHECK_FALSE(fs::exists(folder.path / "1aaa-0001"));
  CHECK(fs::exists(folder.path / "1aaa-0002" / "session.json"));
  CHECK(fs::exists(folder.path / "Not a session" / "lock"));
  CHECK(fs::exists(folder.path / "file"));
  CHECK(fs::exists(folder.path / "1aaa-0003"));
  held->reset();
  journal.prune();
  CHECK_FALSE(fs::exists(folder.path / "1aaa-0003"));
}

TEST_CASE("journal: a lock holds against pruning that runs meanwhile") {
  const Folder folder;
  const SessionJournal journal(folder.path);
  std::jthread pruning([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) journal.prune();
  });
  for (int round = 0; round < 200; ++round) {
    const std::string id = "1aaa-" + std::to_string(round);
    const auto held = journal.lock(id);
    REQUIRE(held.has_value());
    CHECK(fs::exists(folder.path / id));
  }
}

TEST_CASE("journal: one process at a time") {
  const Folder folder;
  const SessionJournal journal(folder.path);
  write(folder.path / "1aaa-0001" / "session.json");
  const auto first = journal.lock("1aaa-0001");
  REQUIRE(first.has_value());
  const auto second = journal.lock("1aaa-0001");
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message.find("at work on session 1aaa-0001") != std::string::npos);
  CHECK_FALSE(second.error().hint.empty());
}

TEST_CASE("journal: a further entry neither brings back a session nor an earlier state of it") {
  const Folder folder;
  const SessionJournal journal(folder.path);
  session::SessionRecord record;
  record.plan.session_id = "1aaa-0001";
  record.state = session::State::stopped;
  const auto to = [](session::State state) {
    return [state](session::SessionRecord& stored) { stored.state = state; };
  };
  CHECK(journal.update("1aaa-0001", to(session::State::converted)) == false);
  CHECK_FALSE(fs::exists(folder.path / "1aaa-0001"));
  REQUIRE(journal.write(record).has_value());
  CHECK(journal.update("1aaa-0001", to(session::State::stopping)) == false);
  CHECK(journal.read("1aaa-0001")->state == session::State::stopped);
  CHECK(journal.update("1aaa-0001", to(session::State::converted)) == true);
  CHECK(journal.read("1aaa-0001")->state == session::State::converted);
  REQUIRE(journal.remove("1aaa-0001").has_value());
  CHECK_FALSE(fs::exists(folder.path / "1aaa-0001"));
}
