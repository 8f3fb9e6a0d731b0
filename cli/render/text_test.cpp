#include "cli/render/text.h"

#include <doctest/doctest.h>

using namespace anchoko::cli;

TEST_CASE("display width counts columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("é") == 1);
  CHECK(display_width("あんちょこ") == 10);
  CHECK(display_width("한글") == 4);
  CHECK(display_width("ｆ") == 2);         // full-width letter
  CHECK(display_width("ｶ") == 1);          // half-width katakana
  CHECK(display_width("e\xcc\x81") == 1);  // e and a combining accent
  CHECK(display_width("😀") == 2);
  CHECK(display_width("…") == 1);
  CHECK(display_width("\xff\xfe") == 2);  // not UTF-8: one each
  CHECK(display_width("") == 0);
}

TEST_CASE("nothing from outside drives the terminal") {
  CHECK(printable("a\x1b[31mb") == "a?[31mb");
  CHECK(printable("a\tb\nc") == "a b c");
  CHECK(printable("\xc2\x9b"
                  "31m") == "?31m");  // C1 control sequence introducer
  CHECK(printable("a\xe2\x80\xae"
                  "b") == "a?b");             // right-to-left override
  CHECK(printable("\xc0\xaf") == "??");       // overlong
  CHECK(printable("\xed\xa0\x80") == "???");  // surrogate
  CHECK(printable("\xe3\x81") == "??");       // cut short
  CHECK(printable("あ é ok") == "あ é ok");
}

TEST_CASE("padding and truncation") {
  CHECK(pad_right("あ", 4) == "あ  ");
  CHECK(pad_left("12", 4) == "  12");
  CHECK(pad_right("long", 2) == "long");
  CHECK(anchoko::cli::truncate("hello", 0) == "hello");
  CHECK(anchoko::cli::truncate("hello", 5) == "hello");
  CHECK(anchoko::cli::truncate("hello", 4) == "hel…");
  CHECK(anchoko::cli::truncate("あんちょこ", 5) == "あん…");
  CHECK(anchoko::cli::truncate("あんちょこ", 4) == "あ…");
  CHECK(anchoko::cli::truncate("hello", 1) == "…");
}

TEST_CASE("wrapping keeps every word and never exceeds the width") {
  CHECK(wrap("one two three", 8) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("one two three", 0) == std::vector<std::string>{"one two three"});
  CHECK(wrap("", 8) == std::vector<std::string>{""});
  CHECK(wrap("  ", 8) == std::vector<std::string>{""});
  CHECK(wrap("abcdefghij", 4) == std::vector<std::string>{"abcd", "efgh", "ij"});
  CHECK(wrap("ab abcdefgh ij", 4) == std::vector<std::string>{"ab", "abcd", "efgh", "ij"});
  CHECK(wrap("abcdefghi jk", 4) == std::vector<std::string>{"abcd", "efgh", "i jk"});
  CHECK(wrap("ああああ い", 5) == std::vector<std::string>{"ああ", "ああ", "い"});
  const std::string text = "the quick brown fox jumps over thelazydogthatwouldnotmove again";
  for (std::size_t width = 2; width < 70; ++width) {
    std::string together;
    for (const auto& line : wrap(text, width)) {
      CHECK(display_width(line) <= width);
      for (const char c : line) {
        if (c != ' ') together += c;
      }
    }
    CHECK(together == "thequickbrownfoxjumpsoverthelazydogthatwouldnotmoveagain");
  }
}

TEST_CASE("numbers are grouped") {
  CHECK(group_digits(0) == "0");
  CHECK(group_digits(999) == "999");
  CHECK(group_digits(1000) == "1,000");
  CHECK(group_digits(1234567) == "1,234,567");
  CHECK(group_digits(18446744073709551615U) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "packet") == "1 packet");
  CHECK(counted(0, "packet") == "0 packets");
  CHECK(counted(1234, "packet") == "1,234 packets");
}
