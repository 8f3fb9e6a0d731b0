#include "backends/nettl/emulator_filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>

#include "backends/nettl/emulator_services.h"

namespace anchoko::nettl::emulated {
namespace {

enum class Shape { mac, ethertype, address, byte, tcp_port, udp_port, flags };
enum class Layer { link, ip, tcp, udp, icmp };
struct Word {
  std::string_view name;
  Operand operand;
  Shape shape;
  Layer layer;
};
constexpr auto operands = std::to_array<Word>({
    {"mac_src", Operand::mac_src, Shape::mac, Layer::link},
    {"mac_dst", Operand::mac_dst, Shape::mac, Layer::link},
    {"mac_type", Operand::mac_type, Shape::ethertype, Layer::link},
    {"ip_src", Operand::ip_src, Shape::address, Layer::ip},
    {"ip_dst", Operand::ip_dst, Shape::address, Layer::ip},
    {"ip_p", Operand::ip_p, Shape::byte, Layer::ip},
    {"th_sport", Operand::th_sport, Shape::tcp_port, Layer::tcp},
    {"th_dport", Operand::th_dport, Shape::tcp_port, Layer::tcp},
    {"th_flags", Operand::th_flags, Shape::flags, Layer::tcp},
    {"uh_sport", Operand::uh_sport, Shape::udp_port, Layer::udp},
    {"uh_dport", Operand::uh_dport, Shape::udp_port, Layer::udp},
    {"icmp_type", Operand::icmp_type, Shape::byte, Layer::icmp},
    {"icmp_code", Operand::icmp_code, Shape::byte, Layer::icmp},
});
struct Sign {
  std::string_view text;
  Comparison comparison;
};
constexpr auto signs = std::to_array<Sign>({
    {"==", Comparison::equal},
    {"!=", Comparison::unequal},
    {"<=", Comparison::less_equal},
    {">=", Comparison::greater_equal},
    {"<", Comparison::less},
    {">", Comparison::greater},
});
constexpr std::uint8_t flag_fin = 1, flag_syn = 2, flag_reset = 4, flag_push = 8, flag_ack = 16,
                       flag_urgent = 32;

std::unexpected<Error> wrong(const std::string& text) {
  return fail(ErrorKind::usage, text);
}

// Decimal, octal or hexadecimal.
std::optional<std::uint64_t> number(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> dotted(std::string_view text) {
  std::uint64_t address = 0;
  for (int part = 0; part < 4; ++part) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value > 255) return std::nullopt;
    address = address << 8 | value;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) return text.empty() ? std::optional(address) : std::nullopt;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

// /etc/hosts of the lab's host has itself alone.
std::optional<std::uint64_t> address_of(const lab::EmulatedHost& host, std::string_view text) {
  if (auto address = dotted(text)) return address;
  if (text == "localhost") return 0x7f000001;
  if (text != host.name()) return std::nullopt;
  for (const auto& interface : host.interfaces())
    for (const auto& one : interface.addresses)
      if (auto address = dotted(one)) return address;
  return std::nullopt;
}

std::optional<std::uint64_t> port_of(std::string_view text, bool tcp) {
  if (auto port = number(text)) return port;
  return port_of_service(text, tcp);
}

std::optional<std::uint64_t> flags_of(std::string_view text) {
  std::uint64_t flags = 0;
  for (const char c : text) {
    constexpr std::string_view letters = "FSRPAU";  // in the order of the bits
    const auto bit = letters.find(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    if (bit == std::string_view::npos) return std::nullopt;
    flags |= std::uint64_t{1} << bit;
  }
  return text.empty() ? std::nullopt : std::optional(flags);
}

Result<std::uint64_t> value_of(const FilterMachine& machine, const Word& word, std::string_view text) {
  std::optional<std::uint64_t> value;
  std::uint64_t least = 0, most = 0xffffffff;
  switch (word.shape) {
    case Shape::mac:
      if (text.starts_with("0x") || text.starts_with("0X")) value = number(text);
      most = 0xffffffffffff;
      break;
    case Shape::ethertype:
      value = number(text);
      least = 0x05dd;
      most = 0xffff;
      break;
    case Shape::address:
      value = address_of(machine.host, text);
      break;
    case Shape::byte:
      value = number(text);
      most = 255;
      break;
    case Shape::tcp_port:
    case Shape::udp_port:
      value = port_of(text, word.shape == Shape::tcp_port);
      least = 1;
      most = 65535;
      break;
    case Shape::flags:
      value = flags_of(text);
      break;
  }
  if (!value || *value < least || *value > most)
    return wrong("invalid value \"" + std::string(text) + "\" for " + std::string(word.name));
  return *value;
}

bool takes(const FilterReading& reading, Shape shape, Comparison comparison) {
  if (comparison == Comparison::equal || comparison == Comparison::unequal) return true;
  switch (shape) {
    case Shape::mac:
      return reading.mac_order;
    case Shape::address:
      return reading.ip_order;
    case Shape::tcp_port:
    case Shape::udp_port:
      return reading.port_order;
    default:
      return false;
  }
}

bool sees(const Subsystem& subsystem, Layer layer) {
  switch (subsystem.holds) {
    case Holds::ipv4:
      return layer != Layer::link;
    case Holds::tcp:
      return layer == Layer::ip || layer == Layer::tcp;
    case Holds::udp:
      return layer == Layer::ip || layer == Layer::udp;
    case Holds::icmp:
      return layer == Layer::ip || layer == Layer::icmp;
    default:
      return true;
  }
}

std::vector<std::string> words_of(std::string_view line, bool blanks_needed) {
  std::string spaced;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::string_view rest = line.substr(i);
    std::size_t sign = 0;
    if (rest.starts_with("&&") || rest.starts_with("||")) sign = 2;
    for (const auto& one : signs)
      if (sign == 0 && rest.starts_with(one.text)) sign = one.text.size();
    if (sign != 0 && !blanks_needed) {
      spaced.append(" ").append(rest.substr(0, sign)).append(" ");
      i += sign - 1;
    } else {
      spaced += line[i];
    }
  }
  std::istringstream stream(spaced);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  return words;
}

Result<Term> parse_term(const FilterMachine& machine, const Subsystem& subsystem,
                        std::span<const std::string> words) {
  const auto word = std::find_if(operands.begin(), operands.end(),
                                 [&](const auto& one) { return same_word(one.name, words[0]); });
  if (word == operands.end()) return wrong("unknown operand \"" + words[0] + "\"");
  if (machine.reading.layers_checked && !sees(subsystem, word->layer))
    return wrong(words[0] + " is not supported by " + std::string(subsystem.name));
  if (words.size() < 3) return wrong("incomplete expression after \"" + words[0] + "\"");
  const auto sign =
      std::find_if(signs.begin(), signs.end(), [&](const auto& one) { return one.text == words[1]; });
  if (sign == signs.end()) return wrong("unknown operator \"" + words[1] + "\"");
  if (!takes(machine.reading, word->shape, sign->comparison))
    return wrong("operator " + words[1] + " is not supported for " + words[0]);
  auto value = value_of(machine, *word, words[2]);
  if (!value) return fail(std::move(value.error()));
  return Term{false, word->operand, sign->comparison, *value};
}

// ---- matching ----

std::optional<std::uint64_t> field_of(const Packet& packet, Operand operand, const FilterReading& reading) {
  // No operand for version 6 is described; whether ports are seen there is open.
  const bool inner = !packet.version6 || reading.ports_of_version6;
  const auto in = [&](std::uint8_t protocol, std::size_t size) {
    return inner && packet.protocol == protocol && packet.transport.size() >= size;
  };
  constexpr std::uint8_t icmp = 1, tcp = 6, udp = 17;
  switch (operand) {
    case Operand::mac_src:
      return packet.mac_source;
    case Operand::mac_dst:
      return packet.mac_destination;
    case Operand::mac_type:
      return packet.type;
    case Operand::ip_src:
      return packet.source;
    case Operand::ip_dst:
      return packet.destination;
    case Operand::ip_p:
      if (!packet.version6) return packet.protocol;
      break;
    case Operand::th_sport:
    case Operand::uh_sport:
      if (in(operand == Operand::th_sport ? tcp : udp, 4)) return word_at(packet.transport, 0);
      break;
    case Operand::th_dport:
    case Operand::uh_dport:
      if (in(operand == Operand::th_dport ? tcp : udp, 4)) return word_at(packet.transport, 2);
      break;
    case Operand::th_flags:
      if (in(tcp, 14)) return byte_at(packet.transport, 13) & 0x3fU;
      break;
    case Operand::icmp_type:
    case Operand::icmp_code:
      if (!packet.version6 && packet.protocol == icmp && packet.transport.size() >= 2)
        return byte_at(packet.transport, operand == Operand::icmp_type ? 0 : 1);
      break;
  }
  return std::nullopt;
}

// The manual's table (reference section 4): == SA takes packets with S, A or SA; == F and == P alone take
// none.
bool flags_match(std::uint64_t flags, std::uint64_t wanted, const FilterReading& reading) {
  static_assert(flag_fin + flag_syn + flag_reset + flag_push + flag_ack + flag_urgent == 0x3f);
  if (wanted == flag_fin || wanted == flag_push) return false;
  if ((flags & wanted) == 0) return false;
  return reading.any_flag || (flags & ~wanted) == 0;
}

bool holds(const Term& term, const Packet& packet, const FilterReading& reading) {
  const auto field = field_of(packet, term.operand, reading);
  if (!field) return term.comparison == Comparison::unequal && reading.absent_is_unequal;
  if (term.operand == Operand::th_flags)
    return flags_match(*field, term.value, reading) == (term.comparison == Comparison::equal);
  switch (term.comparison) {
    case Comparison::equal:
      return *field == term.value;
    case Comparison::unequal:
      return *field != term.value;
    case Comparison::less:
      return *field < term.value;
    case Comparison::less_equal:
      return *field <= term.value;
    case Comparison::greater:
      return *field > term.value;
    case Comparison::greater_equal:
      return *field >= term.value;
  }
  return false;
}

}  // namespace

FilterReading filter_reading(const lab::EmulatedHost& host) {
  const auto yes = [&](std::string_view fact) { return reads(host, fact, "yes"); };
  FilterReading reading;
  const std::string precedence = emulated::reading(host, "nettl-filter-precedence");
  if (precedence == "left-to-right") reading.precedence = FilterReading::Precedence::left_to_right;
  if (precedence == "or-first") reading.precedence = FilterReading::Precedence::or_first;
  reading.absent_is_unequal = reads(host, "nettl-filter-absent", "unequal");
  reading.through_tags = yes("nettl-filter-vlan");
  reading.ports_of_version6 = yes("nettl-filter-ipv6-ports");
  reading.any_flag = reads(host, "nettl-filter-th-flags", "any");
  reading.ip_order = yes("nettl-filter-ip-order");
  reading.mac_order = yes("nettl-filter-mac-order");
  reading.port_order = yes("nettl-filter-port-order");
  reading.blanks_needed = reads(host, "nettl-filter-blanks", "required");
  reading.comments = yes("nettl-filter-comments");
  reading.layers_checked = reads(host, "nettl-filter-layers", "checked");
  return reading;
}

bool matches(const Filter& filter, const Packet& packet, const FilterReading& reading) {
  using Precedence = FilterReading::Precedence;
  if (reading.precedence == Precedence::left_to_right) {
    bool result = true;
    for (const auto& term : filter.terms) {
      const bool one = holds(term, packet, reading);
      result = term.joined_by_or ? result || one : result && one;
    }
    return result;
  }
  // The tighter joint makes groups, the looser one joins them.
  const bool or_is_tight = reading.precedence == Precedence::or_first;
  bool result = or_is_tight;
  bool group = !or_is_tight;
  bool first = true;
  const auto close = [&] { result = or_is_tight ? result && group : result || group; };
  for (const auto& term : filter.terms) {
    const bool one = holds(term, packet, reading);
    if (first) {
      group = one;
    } else if (term.joined_by_or == or_is_tight) {
      group = or_is_tight ? group || one : group && one;
    } else {
      close();
      group = one;
    }
    first = false;
  }
  close();
  return result;
}

Result<Filter> parse_filter_line(const FilterMachine& machine, std::string_view line) {
  const auto words = words_of(line, machine.reading.blanks_needed);
  if (words.empty() || !same_word(words[0], "subsystem"))
    return wrong("the keyword \"subsystem\" is missing");
  if (words.size() < 2) return wrong("the subsystem name is missing");
  const auto* subsystem = find_subsystem(machine.subsystems, words[1]);
  if (!subsystem) return wrong("unknown subsystem \"" + words[1] + "\"");
  if (!takes_filters(words[1], machine.edition))
    return wrong("subsystem " + std::string(subsystem->name) + " does not support filters");
  Filter filter{std::string(subsystem->name), {}, {}};
  if (words.size() < 3) return wrong("the filter expression is missing");
  bool joined_by_or = false;
  for (std::size_t at = 2; at < words.size(); at += 4) {
    auto term = parse_term(machine, *subsystem, std::span(words).subspan(at));
    if (!term) return fail(std::move(term.error()));
    term->joined_by_or = joined_by_or;
    filter.terms.push_back(*term);
    if (at + 3 == words.size()) break;
    const auto& joint = words[at + 3];
    if (joint != "&&" && joint != "||") return wrong("unexpected \"" + joint + "\"");
    if (at + 4 == words.size()) return wrong("incomplete expression after \"" + joint + "\"");
    joined_by_or = joint == "||";
  }
  for (std::size_t i = 2; i < words.size(); ++i) filter.text += (i == 2 ? "" : " ") + words[i];
  return filter;
}

Result<std::vector<Filter>> parse_filter_file(const FilterMachine& machine, std::string_view text) {
  std::vector<Filter> all;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto start = line.find_first_not_of(" \t\r");
    if (start == std::string::npos || (machine.reading.comments && line[start] == '#')) continue;
    auto filter = parse_filter_line(machine, line);
    const auto at_line = [&](const std::string& why) {
      return wrong("line " + std::to_string(number) + ": " + why);
    };
    if (!filter) return at_line(filter.error().message);
    for (const auto& one : all)
      if (one.subsystem == filter->subsystem) return at_line("a second filter for " + one.subsystem);
    all.push_back(std::move(*filter));
  }
  if (all.empty()) return wrong("no filters");
  return all;
}

}  // namespace anchoko::nettl::emulated
