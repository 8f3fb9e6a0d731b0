// A small model of netsh's capture filter, written from its documented rules alone (backends/netsh/README.md,
// "How the filter works"): keys are ANDed, a key may stand once, a list is an OR, a key judges frames that
// have its header. Every rule that is not documented is a switch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "backends/netsh/netsh.h"
#include "core/filter/parser.h"

namespace anchoko::testing {

// true: as in the best reading. Not documented, each.
struct NetshSwitches {
  bool protocol_judges_ipv6 = false;
  bool protocol_looks_behind = false;   // extension headers; only with the one before
  bool other_keys_pass_frames = false;  // keys but IPv4 addresses pass frames without their header
  bool negated_keys_pass_frames = false;
};

inline std::vector<NetshSwitches> netsh_switches_under(const std::vector<std::string>& assume) {
  const auto assumed = [&](const char* fact) { return std::ranges::find(assume, fact) != assume.end(); };
  std::vector<NetshSwitches> result;
  for (unsigned bits = 0; bits < 16; ++bits) {
    const NetshSwitches s{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    if (s.protocol_looks_behind && !s.protocol_judges_ipv6) continue;
    if (assumed(netsh::fact::protocol_ipv6) && !s.protocol_judges_ipv6) continue;
    if (assumed(netsh::fact::extension_headers) && !s.protocol_looks_behind) continue;
    if (assumed(netsh::fact::pass_other_frames) && !(s.other_keys_pass_frames && s.negated_keys_pass_frames))
      continue;
    result.push_back(s);
  }
  return result;
}

class NetshModel {
 public:
  using Bytes = std::span<const std::byte>;  // a frame; what a short one lacks reads as zero

  // Empty: netsh would not take these words.
  static std::optional<NetshModel> parse(const std::vector<std::string>& words) {
    NetshModel model;
    for (const auto& word : words) {
      const auto equals = word.find('=');
      if (equals == std::string::npos) return std::nullopt;
      const auto rule = parse_rule(word.substr(0, equals), word.substr(equals + 1));
      if (!rule || !model.rules_.emplace(word.substr(0, equals), *rule).second) return std::nullopt;
    }
    return model;
  }

  bool passes(Bytes frame, const NetshSwitches& switches) const {
    return std::ranges::all_of(rules_, [&](const auto& entry) {
      const auto& [key, rule] = entry;
      const auto values = values_of(frame, key, switches);
      if (values.empty()) {
        if (rule.negated) return switches.negated_keys_pass_frames;
        if (key == "Ethernet.Type") return false;  // "to exclude the rest", says the help
        return switches.other_keys_pass_frames || key.starts_with("IPv4.");
      }
      const bool found =
          std::ranges::any_of(values, [&](const auto& value) { return rule.values.contains(value); });
      return found != rule.negated;
    });
  }

 private:
  struct Rule {
    std::set<std::string> values;  // as bytes of the field
    bool negated = false;
  };

  static std::uint32_t get(Bytes frame, std::size_t at, std::size_t width) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + width; ++i)
      value = value << 8 | (i < frame.size() ? std::to_integer<std::uint32_t>(frame[i]) : 0);
    return value;
  }
  static std::string text_of(Bytes frame, std::size_t at, std::size_t width) {
    std::string text(width, '\0');
    for (std::size_t i = 0; i < width && at + i < frame.size(); ++i)
      text[i] = static_cast<char>(frame[at + i]);
    return text;
  }

  static std::string bytes_of(std::uint32_t value, std::size_t width) {
    std::string bytes;
    for (std::size_t i = width; i-- > 0;) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
  }

  static std::optional<std::string> number(const std::string& text,
                                           const std::map<std::string, std::uint32_t>& names,
                                           std::size_t width) {
    if (const auto known = names.find(text); known != names.end()) return bytes_of(known->second, width);
    std::size_t used = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const unsigned long value = std::stoul(text, &used, 0);
    if (used != text.size() || value >= 1UL << (8 * width)) return std::nullopt;
    return bytes_of(static_cast<std::uint32_t>(value), width);
  }

  static std::optional<std::string> value_bytes(const std::string& key, const std::string& text) {
    if (key == "Ethernet.Type") return number(text, {{"IPv4", 0x0800}, {"IPv6", 0x86dd}}, 2);
    if (key == "Protocol") return number(text, {{"TCP", 6}, {"UDP", 17}}, 1);
    const std::string family = key.substr(0, key.find('.'));
    const std::string end = key.substr(std::min(key.size(), family.size() + 1));
    if (end != "Address" && end != "SourceAddress" && end != "DestinationAddress") return std::nullopt;
    const auto address = filter::parse("host " + text);
    if (!address || text.find_first_not_of("0123456789abcdef.:") != std::string::npos) return std::nullopt;
    const auto& p = (*address)->primitive;
    if (p.kind != filter::PrimitiveKind::host || family != (p.is_ipv6 ? "IPv6" : "IPv4")) return std::nullopt;
    if (!p.is_ipv6) return bytes_of(p.ipv4, 4);
    return std::string(p.ipv6.begin(), p.ipv6.end());
  }

  // VALUE, (VALUE,...) or !(VALUE,...). No address ranges and no networks: nobody knows them to work.
  static std::optional<Rule> parse_rule(const std::string& key, std::string text) {
    Rule rule;
    if (text.starts_with('!')) {
      rule.negated = true;
      text.erase(0, 1);
      if (!text.starts_with('(') || key.ends_with(".Address"))
        return std::nullopt;  // "not either end": not documented
    }
    if (text.starts_with('(')) {
      if (!text.ends_with(')')) return std::nullopt;
      text = text.substr(1, text.size() - 2);
    }
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      const auto value = value_bytes(key, text.substr(at, end - at));
      if (!value) return std::nullopt;
      rule.values.insert(*value);
      at = end + 1;
    }
    return rule;
  }

  // The values that a key sees in a frame; none: the frame has no such header.
  static std::vector<std::string> values_of(Bytes frame, const std::string& key,
                                            const NetshSwitches& switches) {
    const std::uint32_t type = get(frame, 12, 2);
    const bool ipv4 = type == 0x0800;
    const bool ipv6 = type == 0x86dd;
    if (key == "Ethernet.Type") {
      return type < 0x600 ? std::vector<std::string>{} : std::vector{text_of(frame, 12, 2)};
    }
    if (key == "Protocol") {
      if (ipv4) return {text_of(frame, 23, 1)};
      if (!ipv6 || !switches.protocol_judges_ipv6) return {};
      return {bytes_of(ipv6_protocol(frame, switches.protocol_looks_behind), 1)};
    }
    const bool is_ipv4_key = key.starts_with("IPv4.");
    if (is_ipv4_key ? !ipv4 : !ipv6) return {};
    const std::size_t width = is_ipv4_key ? 4 : 16;
    const std::string source = text_of(frame, is_ipv4_key ? 26 : 22, width);
    const std::string destination = text_of(frame, is_ipv4_key ? 30 : 38, width);
    if (key.ends_with(".SourceAddress")) return {source};
    if (key.ends_with(".DestinationAddress")) return {destination};
    return {source, destination};
  }

  static std::uint32_t ipv6_protocol(Bytes frame, bool look_behind) {
    std::uint32_t header = get(frame, 20, 1);
    std::size_t at = 54;
    while (look_behind && (header == 0 || header == 43 || header == 44 || header == 60)) {
      const std::size_t length = header == 44 ? 8 : 8 + 8 * get(frame, at + 1, 1);
      header = get(frame, at, 1);
      at += length;
    }
    return header;
  }

  std::map<std::string, Rule> rules_;
};

}  // namespace anchoko::testing
