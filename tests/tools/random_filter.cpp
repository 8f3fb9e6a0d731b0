#include "tests/tools/random_filter.h"

#include <cctype>
#include <cstdio>
#include <set>

namespace anchoko::testing {
namespace {

using Words = std::vector<std::string>;

const Words hosts_v4 = {"192.0.2.1", "192.0.2.2", "198.51.100.7",   "203.0.113.9",
                        "10.1.2.3",  "10.2.3.4",  "198.51.101.130", "192.0.2.255"};
const Words hosts_v6 = {"2001:db8::1", "2001:DB8:0:0::2", "2001:db8:1::7",    "2001:db8:ffff:2:0::9",
                        "fe80::1",     "ff02::1",         "::ffff:192.0.2.1", "2001:db8::ffff:192.0.2.1"};
const Words nets = {"192.0.2.0/24",
                    "192.0.2.0/31",
                    "198.51.100",
                    "198.51.100.0/23",
                    "10",
                    "10.1",
                    "10.0.0.0/8",
                    "192",
                    "0.0.0.0/0",
                    "203.0.113.8/29",
                    "128.0.0.0/1",
                    "2001:db8::/32",
                    "2001:db8::/64",
                    "2001:db8:1::/48",
                    "fe80::/10",
                    "::/0",
                    "2001:db8::1/128",
                    "192.0.2.1/32",
                    "192.0.2.0 mask 255.255.255.0",
                    "0.0.0.1 mask 0.0.0.255"};
const Words ports = {"80",   "443",  "53",    "123",  "22",   "0",   "65535",  "1000", "1500",
                     "2000", "2001", "50000", "8080", "0x50", "065", "domain", "http", "https"};
const Words ranges = {"1000-2000", "2000-1000",   "0-65535", "53-80", "443-443",
                      "79-81",     "domain-http", "1-1023",  "80"};
const Words protocols = {"ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6"};
const Words numbers = {"1",   "4", "6",   "17",   "41",    "44",    "47",     "50",    "58",
                       "132", "0", "255", "0x11", "\\tcp", "\\udp", "\\sctp", "\\icmp"};
const Words macs = {"00:00:5e:00:53:01", "00:00:5e:00:53:02", "00:00:5e:00:53:aa", "01:00:5e:00:00:01",
                    "ff:ff:ff:ff:ff:ff", "0:0:5e:0:53:3",     "33-33-00-00-00-01", "00.00.5e.00.53.01",
                    "0000.5e00.5302",    "00:00:00:00:00:00", "01005e000001"};
const Words labels = {"", "", " 5", " 100", " 7", " 0", " 1048575"};
const Words ids = {"", "", "", " 5", " 7", " 100", " 0", " 9", " 4095"};
const Words directions = {
    "", "", "", "src ", "dst ", "src or dst ", "dst or src ", "src and dst ", "dst and src "};

const Words ands = {" and ", " && ", "&&", "  and\t"};
const Words ors = {" or ", " || ", "||", " or  "};

std::string join(Random& random, const std::string& left, const std::string& right) {
  return left + (random.one_in(2) ? random.pick(ands) : random.pick(ors)) + right;
}

// One value, or several of the same kind in the shorthand that repeats the qualifiers of the first.
std::string values(Random& random, const Words& pool) {
  std::string out = random.pick(pool);
  if (!random.one_in(4)) return out;
  const std::uint64_t more = 1 + random.below(3);
  for (std::uint64_t i = 0; i < more; ++i) {
    out = join(random, out, (random.one_in(6) ? "not " : "") + random.pick(pool));
  }
  if (random.one_in(2)) out = "(" + out + ")";
  return out;
}

std::string random_host(Random& random) {
  const bool six = random.one_in(3);
  static const Words heads4 = {"", "", "", "ip ", "ip ", "arp ", "rarp "};
  static const Words heads6 = {"", "", "ip6 "};
  const std::string direction = random.pick(directions);
  const std::string head = six ? random.pick(heads6) : random.pick(heads4);
  const std::string type = direction.empty() || random.one_in(2) ? "host " : "";
  return head + direction + type + values(random, six ? hosts_v6 : hosts_v4);
}

std::string random_number(Random& random) {
  static const Words telling = {
      "0",      "1",      "2",     "3",          "4",          "5",          "6",          "8",
      "9",      "12",     "13",    "14",         "16",         "17",         "20",         "31",
      "32",     "40",     "53",    "64",         "80",         "100",        "255",        "256",
      "443",    "1500",   "0x45",  "0x60",       "0x0f",       "0xf0",       "0xff",       "0x800",
      "0xffff", "0x1fff", "65535", "0x80000000", "0xffffffff", "2147483647", "4294967295", "017"};
  static const Words named = {
      "tcp-fin",      "tcp-syn",       "tcp-rst",    "tcp-push",        "tcp-ack",
      "tcp-urg",      "tcp-ece",       "tcp-cwr",    "icmp-echo",       "icmp-echoreply",
      "icmp-unreach", "icmp-timxceed", "icmp6-echo", "icmp6-echoreply", "icmp6-neighborsolicit",
      "icmptype",     "icmpcode",      "tcpflags",   "icmp6type"};
  return random.one_in(9) ? random.pick(named) : random.pick(telling);
}

std::string random_arithmetic(Random& random, unsigned depth);

std::string random_load(Random& random, unsigned depth) {
  static const Words protos = {"ether", "ip",  "ip",   "ip6",  "ip6",   "arp",  "rarp", "tcp", "tcp",
                               "udp",   "udp", "sctp", "icmp", "icmp6", "igmp", "pim",  "vrrp"};
  static const Words near = {"0",  "0",  "1",  "2",  "4",  "6",  "8",  "9",
                             "12", "13", "16", "20", "36", "40", "60", "1500"};
  const std::string proto = random.pick(protos);
  std::string offset = random.pick(near);
  if (proto == "tcp" && random.one_in(3)) offset = "tcpflags";
  if (proto == "icmp" && random.one_in(3)) offset = random.one_in(2) ? "icmptype" : "icmpcode";
  if (proto == "icmp6" && random.one_in(3)) offset = random.one_in(2) ? "icmp6type" : "icmp6code";
  if (depth > 0 && random.one_in(4)) offset = random_arithmetic(random, depth - 1);
  static const Words sizes = {"", "", ":1", ":2", ":2", ":4", ":4", " : 2"};
  return proto + (random.one_in(8) ? " [ " : "[") + offset + random.pick(sizes) + "]";
}

std::string random_arithmetic(Random& random, unsigned depth) {
  static const Words operators = {"+", "-", "*",  "/",  "%",   "&",   "&",
                                  "|", "^", "<<", ">>", " + ", " & ", " >> "};
  if (depth == 0 || random.one_in(3)) {
    if (random.one_in(8)) return "len";
    return random.one_in(3) ? random_number(random) : random_load(random, depth > 0 ? depth - 1 : 0);
  }
  switch (random.below(8)) {
    case 0:
      return "(" + random_arithmetic(random, depth - 1) + ")";
    case 1:
      return (random.one_in(2) ? "-" : "- ") + random_arithmetic(random, depth - 1);
    case 2:
    case 3:
      return random_load(random, depth - 1) + random.pick(operators) + random_number(random);
    default:
      return random_arithmetic(random, depth - 1) + random.pick(operators) +
             random_arithmetic(random, depth - 1);
  }
}

std::string random_relation(Random& random) {
  static const Words relations = {"=", "==", "!=", ">", ">=", "<", "<=", " = ", " != ", " > "};
  switch (random.below(4)) {
    case 0:
      return random_load(random, 1) + random.pick(relations) + random_number(random);
    case 1:
      return random_load(random, 0) + " & " + random_number(random) + random.pick(relations) +
             random_number(random);
    default:
      return random_arithmetic(random, 2) + random.pick(relations) + random_arithmetic(random, 1);
  }
}

// What is in the language beside addresses, ports and protocols.
std::string random_other(Random& random) {
  static const Words plain = {"igmp",
                              "esp",
                              "ah",
                              "pim",
                              "vrrp",
                              "ether broadcast",
                              "ether multicast",
                              "broadcast",
                              "multicast",
                              "ip multicast",
                              "ip6 multicast",
                              "inbound",
                              "outbound"};
  static const Words lengths = {"40", "41",  "60", "61", "64",   "70",
                                "80", "100", "0",  "1",  "0x50", "4294967295"};
  static const Words saps = {"0x42",   "0xe0",   "0xf0",   "0xfe",   "0x06",   "0xaa",
                             "0xff",   "1500",   "1501",   "0x5dc",  "0x8137", "0x809b",
                             "0x80f3", "0x8847", "0x8848", "0x9100", "0x88a8", "33024"};
  switch (random.below(10)) {
    case 0:
    case 1:
      return random.pick(plain);
    case 2:
      return "ether " +
             random.pick(
                 Words{"host ", "src ", "dst ", "src host ", "dst host ", "src or dst ", "src and dst "}) +
             random.pick(macs);
    case 3:
      return random.pick(Words{"less ", "greater "}) + random.pick(lengths);
    case 4:
      return "ether proto " + random.pick(saps);
    case 5:
      return "mpls" + random.pick(labels);
    case 6:
      return "mpls" + random.pick(labels) + " and mpls" + random.pick(labels);
    case 7:
      return "vlan" + random.pick(ids) + " and mpls" + random.pick(labels);
    case 8:
      return random.pick(Words{"ether host ", "ether src ", "ether dst "}) + values(random, macs);
    default:
      return "len" + random.pick(Words{" > ", " <= ", " = ", "!="}) + random.pick(lengths);
  }
}

std::string random_primitive(Random& random) {
  if (random.one_in(3)) return random.one_in(2) ? random_relation(random) : random_other(random);
  static const Words transports = {"", "", "tcp ", "udp ", "sctp "};
  static const Words types = {"0x800", "0x806", "0x86dd", "0x8100", "34525", "0x88cc", "\\ip", "\\arp"};
  switch (random.below(13)) {
    case 0:
    case 1:
    case 2:
      return random.pick(protocols);
    case 3:
    case 4:
      return random_host(random);
    case 5:
      return random.pick(directions) + "net " + values(random, nets);
    case 6:
      return random.pick(Words{"ip ", "arp ", "ip6 ", "rarp "}) + random.pick(directions) + "net " +
             random.pick(nets);
    case 7:
    case 8:
      return random.pick(transports) + random.pick(directions) + "port " + values(random, ports);
    case 9:
      return random.pick(transports) + random.pick(directions) + "portrange " + values(random, ranges);
    case 10:
      return random.pick(Words{"", "ip ", "ip6 "}) + "proto " + values(random, numbers);
    case 11:
      return "ether proto " + values(random, types);
    default:
      return random.one_in(2) ? "vlan" + random.pick(ids) : random.pick(protocols);
  }
}

std::string expression(Random& random, unsigned depth) {
  if (depth == 0 || random.one_in(4)) return random_primitive(random);
  switch (random.below(8)) {
    case 0:
      return "not " + expression(random, depth - 1);
    case 1:
      return "!(" + expression(random, depth - 1) + ")";
    case 2:
      return "( " + expression(random, depth - 1) + " )";
    case 3:
      return join(random, "(" + expression(random, depth - 1) + ")", expression(random, depth - 1));
    default:
      return join(random, expression(random, depth - 1), expression(random, depth - 1));
  }
}

bool is_keyword(const std::string& word) {
  static const std::set<std::string> keywords = {"host",
                                                 "net",
                                                 "port",
                                                 "portrange",
                                                 "proto",
                                                 "ip",
                                                 "ip6",
                                                 "arp",
                                                 "rarp",
                                                 "tcp",
                                                 "udp",
                                                 "sctp",
                                                 "icmp",
                                                 "icmp6",
                                                 "vlan",
                                                 "src",
                                                 "dst",
                                                 "and",
                                                 "or",
                                                 "not",
                                                 "&&",
                                                 "||",
                                                 "!",
                                                 "(",
                                                 ")",
                                                 "mask",
                                                 "igmp",
                                                 "esp",
                                                 "ah",
                                                 "pim",
                                                 "vrrp",
                                                 "ether",
                                                 "broadcast",
                                                 "multicast",
                                                 "mpls",
                                                 "less",
                                                 "greater",
                                                 "len",
                                                 "inbound",
                                                 "outbound",
                                                 "[",
                                                 "]",
                                                 ":",
                                                 "+",
                                                 "-",
                                                 "*",
                                                 "/",
                                                 "%",
                                                 "&",
                                                 "|",
                                                 "^",
                                                 "<<",
                                                 ">>",
                                                 "=",
                                                 "==",
                                                 "!=",
                                                 ">",
                                                 ">=",
                                                 "<",
                                                 "<=",
                                                 "tcpflags",
                                                 "tcp-syn",
                                                 "tcp-fin",
                                                 "tcp-rst",
                                                 "icmptype",
                                                 "icmp-echo",
                                                 "icmp6type",
                                                 "icmp6code",
                                                 "00:00:5e:00:53:01",
                                                 "ff:ff:ff:ff:ff:ff"};
  return keywords.contains(word);
}

bool is_number(const std::string& word) {
  for (const char c : word) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) return false;
  }
  return !word.empty() && word.size() < 7;
}

// Words of a text, with parentheses and operators apart. A word that could be a name makes the text unusable.
bool split(const std::string& text, Words& out) {
  std::string spaced;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool unequal = c == '!' && i + 1 < text.size() && text[i + 1] == '=';
    if (c == '(' || c == ')' || c == '[' || c == ']' || (c == '!' && !unequal)) {
      spaced += ' ';
      spaced += c;
      spaced += ' ';
    } else {
      spaced += c;
    }
  }
  std::string word;
  for (const char c : spaced + " ") {
    if (c != ' ' && c != '\t') {
      word += c;
      continue;
    }
    if (word.empty()) continue;
    const bool is_address = std::set<std::string>(hosts_v4.begin(), hosts_v4.end()).contains(word) ||
                            word.find("::") != std::string::npos;
    if (!is_keyword(word) && !is_number(word) && !is_address) return false;
    out.push_back(word);
    word.clear();
  }
  return !out.empty();
}

}  // namespace

std::string random_filter(Random& random, unsigned depth) {
  return expression(random, depth);
}

WordMixer::WordMixer(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    Words words;
    if (!split(text, words)) continue;
    words_.insert(words_.end(), words.begin(), words.end());
    texts_.push_back(std::move(words));
  }
}

std::string WordMixer::mixed(Random& random) const {
  Words words = random.pick(texts_);
  const std::uint64_t rounds = 1 + random.below(3);
  for (std::uint64_t round = 0; round < rounds && !words.empty(); ++round) {
    const auto place = static_cast<std::size_t>(random.below(words.size()));
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(place);
    switch (random.below(5)) {
      case 0:
        words.erase(at);
        break;
      case 1:
        words.insert(at, random.pick(words_));
        break;
      case 2:
        words[place] = random.pick(words_);
        break;
      case 3:
        std::swap(words[place], words[static_cast<std::size_t>(random.below(words.size()))]);
        break;
      default: {
        words.push_back(random.one_in(2) ? "and" : "or");
        const Words& more = random.pick(texts_);
        words.insert(words.end(), more.begin(), more.end());
      }
    }
  }
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace anchoko::testing
