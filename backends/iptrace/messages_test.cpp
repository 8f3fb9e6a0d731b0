#include "backends/iptrace/messages.h"

#include <doctest/doctest.h>

using namespace anchoko;
using iptrace::read_messages;

TEST_CASE("iptrace messages: it captures when the keeper's functions say so") {
  const auto said =
      read_messages("[5112]\nanchoko: iptrace captures, process 5112\niptrace: unload success!\n");
  CHECK(said.started);
  CHECK(said.complaints.empty());
  CHECK_FALSE(said.failure);
  CHECK_FALSE(read_messages("anchoko: iptrace captures, process 5112").started);  // half a line
}

TEST_CASE("iptrace messages: of what SRC says only the number counts") {
  const auto active = read_messages("0513-029 iptrace サブシステムは既に活動中です。\n");
  CHECK(active.failure == ErrorKind::refused);
  REQUIRE(active.complaints.size() == 1);
  CHECK(read_messages("0513-085 The iptrace Subsystem is not on file.\n").failure == ErrorKind::unavailable);
}

TEST_CASE("iptrace messages: what was refused is told without our mark") {
  const auto said = read_messages(
      "anchoko: refused: an iptrace is active already, process 7340170, and a machine runs one\n");
  CHECK_FALSE(said.started);
  CHECK(said.failure == ErrorKind::refused);
  REQUIRE(said.complaints.size() == 1);
  CHECK(said.complaints[0] == "an iptrace is active already, process 7340170, and a machine runs one");
  CHECK(said.hint.find("lssrc") != std::string::npos);
}

TEST_CASE("iptrace messages: an unknown line is a complaint, and no more") {
  const auto said = read_messages("iptrace: something else\n");
  CHECK_FALSE(said.failure);
  CHECK(said.complaints == std::vector<std::string>{"iptrace: something else"});
}
