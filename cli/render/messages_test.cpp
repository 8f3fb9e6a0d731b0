#include "cli/render/messages.h"

#include <doctest/doctest.h>

using namespace anchoko;

TEST_CASE("an error is one line and its hints") {
  const Error error =
      make_error(ErrorKind::unavailable, "the right is missing", "become root\nor: sudo setcap x");
  CHECK(cli::render(error, false) ==
        "anchoko: error: the right is missing\n  = become root\n  = or: sudo setcap x\n");
  CHECK(cli::render(error, true).starts_with("anchoko: \033[1;31merror:\033[0m the right"));
}

TEST_CASE("an error never prints what could drive the terminal") {
  CHECK(cli::render(make_error(ErrorKind::failed, "no file '\x1b]0;x\x07'"), false) ==
        "anchoko: error: no file '?]0;x?'\n");
}

TEST_CASE("an error without words still says what kind it is") {
  CHECK(cli::render(Error{ErrorKind::interrupted, {}, {}, {}}, false) == "anchoko: error: interrupted\n");
}

TEST_CASE("located mistakes are all printed, without an empty line for the message") {
  Error error;
  error.kind = ErrorKind::usage;
  error.diagnostics.push_back(
      {Severity::error, "p.toml", 3, 1, 3, "abc = 1", "unknown key", "did you mean 'abd'?"});
  error.diagnostics.push_back({Severity::error, "p.toml", 4, 7, 1, "size = 2", "too small", ""});
  CHECK(cli::render(error, false) ==
        "p.toml:3:1: error: unknown key\n"
        "  | abc = 1\n"
        "  | ^~~\n"
        "  = did you mean 'abd'?\n"
        "p.toml:4:7: error: too small\n"
        "  | size = 2\n"
        "  |       ^\n");
}

TEST_CASE("an error as JSON has kind, place and exit status") {
  Error error;
  error.kind = ErrorKind::usage;
  error.diagnostics.push_back({Severity::error, "p.toml", 3, 1, 3, "abc = 1", "unknown key", "look"});
  CHECK(
      cli::to_json(error).dump(-1) ==
      R"({"error":{"kind":"usage","message":"","hint":"","diagnostics":[{"severity":"error","source":"p.toml",)"
      R"("line":3,"column":1,"message":"unknown key","hint":"look"}]},"exit_status":2})");
}
