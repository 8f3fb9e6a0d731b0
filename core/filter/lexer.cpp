#include "core/filter/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/filter/address.h"

namespace anchoko::filter {
namespace {

constexpr auto supported_words = std::to_array<std::string_view>(
    {"ah",        "and",   "arp",       "broadcast", "dst", "esp", "ether",    "greater", "host",
     "icmp",      "icmp6", "igmp",      "inbound",   "ip",  "ip6", "len",      "length",  "less",
     "mask",      "mpls",  "multicast", "net",       "not", "or",  "outbound", "pim",     "port",
     "portrange", "proto", "rarp",      "sctp",      "src", "tcp", "udp",      "vlan",    "vrrp"});

// pcap-filter(7) of libpcap 1.10, the words above left out; sorted.
constexpr auto other_reserved_words = std::to_array<std::string_view>(
    {"aarp",     "action",   "addr1",   "addr2",      "addr3",      "addr4",       "address1", "address2",
     "address3", "address4", "atalk",   "bcc",        "byte",       "carp",        "clnp",     "connectmsg",
     "csnp",     "decnet",   "dir",     "direction",  "dpc",        "es-is",       "esis",     "fddi",
     "fisu",     "gateway",  "geneve",  "hdpc",       "hfisu",      "hlssu",       "hmsu",     "hopc",
     "hsio",     "hsls",     "ifindex", "ifname",     "igrp",       "iih",         "ilmic",    "ipx",
     "is-is",    "isis",     "iso",     "l1",         "l2",         "lane",        "lat",      "link",
     "llc",      "lsp",      "lssu",    "lsu",        "metac",      "metaconnect", "mopdl",    "moprc",
     "msu",      "netbeui",  "oam",     "oamf4",      "oamf4ec",    "oamf4sc",     "on",       "opc",
     "ppp",      "pppoed",   "pppoes",  "protochain", "psnp",       "ra",          "radio",    "reason",
     "rnr",      "rset",     "rulenum", "ruleset",    "sc",         "sca",         "sio",      "slip",
     "sls",      "snp",      "srnr",    "stp",        "subrulenum", "subtype",     "ta",       "tr",
     "type",     "vci",      "vpi",     "wlan"});

// Named offsets and values of pcap-filter(7).
constexpr auto named_numbers =
    std::to_array<std::pair<std::string_view, std::uint32_t>>({{"icmptype", 0},
                                                               {"icmpcode", 1},
                                                               {"icmp-echoreply", 0},
                                                               {"icmp-unreach", 3},
                                                               {"icmp-sourcequench", 4},
                                                               {"icmp-redirect", 5},
                                                               {"icmp-echo", 8},
                                                               {"icmp-routeradvert", 9},
                                                               {"icmp-routersolicit", 10},
                                                               {"icmp-timxceed", 11},
                                                               {"icmp-paramprob", 12},
                                                               {"icmp-tstamp", 13},
                                                               {"icmp-tstampreply", 14},
                                                               {"icmp-ireq", 15},
                                                               {"icmp-ireqreply", 16},
                                                               {"icmp-maskreq", 17},
                                                               {"icmp-maskreply", 18},
                                                               {"icmp6type", 0},
                                                               {"icmp6code", 1},
                                                               {"icmp6-destinationunreach", 1},
                                                               {"icmp6-packettoobig", 2},
                                                               {"icmp6-timeexceeded", 3},
                                                               {"icmp6-parameterproblem", 4},
                                                               {"icmp6-echo", 128},
                                                               {"icmp6-echoreply", 129},
                                                               {"icmp6-multicastlistenerquery", 130},
                                                               {"icmp6-multicastlistenerreportv1", 131},
                                                               {"icmp6-multicastlistenerdone", 132},
                                                               {"icmp6-routersolicit", 133},
                                                               {"icmp6-routeradvert", 134},
                                                               {"icmp6-neighborsolicit", 135},
                                                               {"icmp6-neighboradvert", 136},
                                                               {"icmp6-redirect", 137},
                                                               {"icmp6-routerrenum", 138},
                                                               {"icmp6-nodeinformationquery", 139},
                                                               {"icmp6-nodeinformationresponse", 140},
                                                               {"icmp6-ineighbordiscoverysolicit", 141},
                                                               {"icmp6-ineighbordiscoveryadvert", 142},
                                                               {"icmp6-multicastlistenerreportv2", 143},
                                                               {"icmp6-homeagentdiscoveryrequest", 144},
                                                               {"icmp6-homeagentdiscoveryreply", 145},
                                                               {"icmp6-mobileprefixsolicit", 146},
                                                               {"icmp6-mobileprefixadvert", 147},
                                                               {"icmp6-certpathsolicit", 148},
                                                               {"icmp6-certpathadvert", 149},
                                                               {"icmp6-multicastrouteradvert", 151},
                                                               {"icmp6-multicastroutersolicit", 152},
                                                               {"icmp6-multicastrouterterm", 153},
                                                               {"tcpflags", 13},
                                                               {"tcp-fin", 1},
                                                               {"tcp-syn", 2},
                                                               {"tcp-rst", 4},
                                                               {"tcp-push", 8},
                                                               {"tcp-ack", 16},
                                                               {"tcp-urg", 32},
                                                               {"tcp-ece", 64},
                                                               {"tcp-cwr", 128}});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Letters, digits, '.', and '-' or '_' inside.
std::size_t match_word(std::string_view s) {
  if (s.empty() || !is_alnum(s[0])) return 0;
  std::size_t end = 1;
  for (std::size_t i = 1; i < s.size() && (is_alnum(s[i]) || s[i] == '.' || s[i] == '-' || s[i] == '_');
       ++i) {
    if (is_alnum(s[i]) || s[i] == '.') end = i + 1;
  }
  return end;
}

std::size_t match_number(std::string_view s) {
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && is_hex(s[2])) {
    std::size_t end = 3;
    while (end < s.size() && is_hex(s[end])) ++end;
    return end;
  }
  std::size_t end = 0;
  while (end < s.size() && is_digit(s[end])) ++end;
  return end;
}

// Two to four numbers, hexadecimal ones too (they are refused later, as libpcap does).
std::size_t match_ipv4(std::string_view s) {
  std::size_t end = match_number(s);
  if (end == 0) return 0;
  std::size_t matched = 0;
  for (int numbers = 1; numbers < 4 && end < s.size() && s[end] == '.'; ++numbers) {
    const std::size_t next = match_number(s.substr(end + 1));
    if (next == 0) break;
    end += 1 + next;
    matched = end;
  }
  return matched;
}

std::size_t match_ipv6(std::string_view s) {
  constexpr std::size_t longest = 45;  // "xxxx:…:255.255.255.255"
  std::size_t run = 0;
  while (run < s.size() && run < longest && (is_hex(s[run]) || s[run] == ':' || s[run] == '.')) ++run;
  for (; run >= 2; --run) {
    const auto candidate = s.substr(0, run);
    if (candidate.find(':') == std::string_view::npos) return 0;
    if (parse_ipv6(candidate)) return run;
  }
  return 0;
}

// aa:bb:cc:dd:ee:ff, also with - or ., aabb.ccdd.eeff, aabbccddeeff.
std::size_t match_mac(std::string_view s) {
  std::size_t run = 0;
  while (run < s.size() && run < 12 && is_hex(s[run])) ++run;
  std::size_t best = run == 12 ? 12 : 0;
  if (s.size() >= 14 && run == 4 && s[4] == '.' && s[9] == '.') {
    bool all = true;
    for (const std::size_t i : {5U, 6U, 7U, 8U, 10U, 11U, 12U, 13U}) all = all && is_hex(s[i]);
    if (all) best = std::max<std::size_t>(best, 14);
  }
  for (const char separator : {':', '-', '.'}) {
    std::size_t at = 0;
    int bytes = 0;
    while (bytes < 6 && at < s.size() && is_hex(s[at])) {
      at += at + 1 < s.size() && is_hex(s[at + 1]) ? 2U : 1U;
      ++bytes;
      if (bytes < 6) {
        if (at >= s.size() || s[at] != separator) break;
        ++at;
      }
    }
    if (bytes == 6) best = std::max(best, at);
  }
  return best;
}

std::size_t match_symbol(std::string_view s) {
  for (const std::string_view two : {"&&", "||", ">=", "<=", "!=", "==", "<<", ">>"}) {
    if (s.starts_with(two)) return 2;
  }
  return std::string_view("+-*/%:[]!<>()&|^=").find(s[0]) != std::string_view::npos ? 1 : 0;
}

// Decimal, octal with a leading 0, hexadecimal with 0x; as in libpcap 1.10.2 and later.
bool parse_number(std::string_view text, std::uint32_t& value, std::string& problem) {
  const bool hex = text.size() > 2 && (text[1] == 'x' || text[1] == 'X');
  const unsigned base = hex ? 16 : text.size() > 1 && text[0] == '0' ? 8 : 10;
  std::uint64_t result = 0;
  for (const char c : text.substr(hex ? 2 : 0)) {
    const auto digit = static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    if (digit >= base) {
      problem =
          "number " + std::string(text) + " starts with 0, so it is octal, and holds a digit that is not";
      return false;
    }
    result = result * base + digit;
    if (result > 0xffffffffULL) {
      problem = "number " + std::string(text) + " does not fit in 32 bits";
      return false;
    }
  }
  value = static_cast<std::uint32_t>(result);
  return true;
}

struct Match {
  TokenKind kind = TokenKind::end;
  std::size_t length = 0;
};

// The longest match; where two are equally long the more special one.
Match match_at(std::string_view rest) {
  Match best{TokenKind::symbol, match_symbol(rest)};
  const auto offer = [&best](TokenKind kind, std::size_t length) {
    if (length > best.length) best = {kind, length};
  };
  const std::size_t word = match_word(rest);
  if (word > 0 && is_reserved_word(rest.substr(0, word))) offer(TokenKind::keyword, word);
  offer(TokenKind::mac, match_mac(rest));
  offer(TokenKind::number, match_number(rest));
  offer(TokenKind::ipv4, match_ipv4(rest));
  offer(TokenKind::ipv6, match_ipv6(rest));
  offer(TokenKind::word, word);
  if (rest[0] == '\\') {
    std::size_t end = 1;
    while (end < rest.size() && std::string_view(" !()\n\t").find(rest[end]) == std::string_view::npos) ++end;
    if (end > 1) best = {TokenKind::escaped, end};
  }
  return best;
}

}  // namespace

bool is_supported_word(std::string_view word) {
  return std::find(supported_words.begin(), supported_words.end(), word) != supported_words.end();
}

bool is_reserved_word(std::string_view word) {
  return is_supported_word(word) ||
         std::binary_search(other_reserved_words.begin(), other_reserved_words.end(), word);
}

Diagnostic filter_diagnostic(std::string_view text, const TextOrigin& origin, std::uint32_t offset,
                             std::uint32_t length, std::string message, std::string hint) {
  // The excerpt is the line of the filter that holds the offset, or the source line the filter is part of.
  const std::size_t before = text.substr(0, offset).rfind('\n');
  const std::size_t line_start = before == std::string_view::npos ? 0 : before + 1;
  const auto lines_before = static_cast<std::uint32_t>(std::count(text.begin(), text.begin() + offset, '\n'));
  const auto in_line = static_cast<std::uint32_t>(offset - line_start);
  Diagnostic d;
  d.source = origin.source;
  d.line = origin.line + lines_before;
  d.column = lines_before == 0 ? origin.column + in_line : in_line + 1;
  d.length = std::max<std::uint32_t>(length, 1);
  if (lines_before == 0 && !origin.excerpt.empty()) {
    d.excerpt = origin.excerpt;
  } else {
    d.excerpt = std::string(text.substr(line_start, text.find('\n', line_start) - line_start));
  }
  d.message = std::move(message);
  d.hint = std::move(hint);
  return d;
}

Result<std::vector<Token>> tokenize(std::string_view text, const TextOrigin& origin) {
  std::vector<Token> tokens;
  std::uint32_t at = 0;
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const std::string_view rest = text.substr(at);
    const Match match = match_at(rest);
    if (match.length == 0) {
      const bool colon_free = rest[0] != '"' && rest[0] != '\'';
      return fail(
          make_error(filter_diagnostic(text, origin, at, 1, "this character has no meaning in a filter",
                                       colon_free ? "" : "leave quotation marks out")));
    }
    Token token;
    token.kind = match.kind;
    token.offset = at;
    token.length = static_cast<std::uint32_t>(match.length);
    token.text = rest.substr(match.kind == TokenKind::escaped ? 1 : 0,
                             match.length - (match.kind == TokenKind::escaped ? 1 : 0));
    std::string problem;
    if (token.kind == TokenKind::word) {
      for (const auto& [name, value] : named_numbers) {
        if (name != token.text) continue;
        token.kind = TokenKind::number;
        token.number = value;
      }
    } else if (token.kind == TokenKind::number && !parse_number(token.text, token.number, problem)) {
      return fail(make_error(filter_diagnostic(text, origin, at, token.length, problem)));
    }
    tokens.push_back(token);
    at += token.length;
  }
  Token end;
  end.offset = static_cast<std::uint32_t>(text.size());
  tokens.push_back(end);
  return tokens;
}

}  // namespace anchoko::filter
