// Words of snoop's own filter language (reference: README.md, "The filter").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/filter/ast.h"

namespace anchoko::snoop {

struct FilterToken {
  enum class Kind {
    word,       // a keyword, or a name of a host
    field,      // a word with `[` behind it at once
    number,     // with 0 in front octal, with 0x hex
    ipv4,       // a.b.c.d
    appletalk,  // a.b
    ipv6,
    mac,
    sign,     // an operator, a parenthesis, a bracket
    unknown,  // what snoop cannot read
    end,
  };
  Kind kind = Kind::end;
  std::string text;
  std::uint32_t number = 0;  // number, ipv4
  filter::Ipv6Bytes ipv6{};
  filter::MacBytes mac{};
  std::size_t begin = 0;
  std::size_t finish = 0;  // one behind its last byte
};

// The last is an `end`.
std::vector<FilterToken> filter_tokens(const std::string& text);

}  // namespace anchoko::snoop
