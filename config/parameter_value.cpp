#include "config/parameter_value.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/schema.h"
#include "config/session_checks.h"
#include "config/words.h"
#include "core/filter/address.h"
#include "core/filter/names.h"

namespace anchoko::config {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";
constexpr std::size_t longest_word = 64;

struct Wrong {
  std::string hint;
};
using Canonical = std::expected<std::string, Wrong>;

std::unexpected<Wrong> wrong(std::string hint = {}) {
  return std::unexpected(Wrong{std::move(hint)});
}

bool consists_of(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

// Decimal without leading zeros, which libpcap would read as octal.
std::optional<std::uint64_t> decimal(std::string_view text, std::uint64_t most) {
  if (!consists_of(text, digits) || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || number > most) return std::nullopt;
  return number;
}

bool leading_zero(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool starts_number = i == 0 || digits.find(text[i - 1]) == std::string_view::npos;
    if (starts_number && text[i] == '0' && digits.find(text[i + 1]) != std::string_view::npos) return true;
  }
  return false;
}

// --- addresses and networks
// ------------------------------------------------------------------------------------

std::optional<std::uint32_t> ipv4(std::string_view text) {
  const auto address = filter::parse_partial_ipv4(text);
  if (!address || address->bits != 32 || leading_zero(text)) return std::nullopt;
  return address->value;
}

std::string address_hint(std::string_view text) {
  if (text.empty()) return "for example 192.0.2.10 or 2001:db8::10";
  if (text.find_first_of(" \t\n\r") != std::string_view::npos)
    return "one address and nothing else; what more is wanted belongs in the filter of the profile";
  if (text.find('/') != std::string_view::npos) return "one address, without a prefix length";
  if (text.find('%') != std::string_view::npos) return "without the zone, which no packet carries";
  if (consists_of(text, "0123456789."))
    return leading_zero(text) ? "without leading zeros" : "four numbers up to 255, such as 192.0.2.10";
  if (text.find(':') == std::string_view::npos)
    return "names are not looked up: give the address, such as 192.0.2.10 or 2001:db8::10";
  return "for example 192.0.2.10 or 2001:db8::10";
}

Canonical address(const std::string& text) {
  if (const auto v4 = ipv4(text)) return filter::print_ipv4(*v4);
  if (const auto v6 = filter::parse_ipv6(text)) return filter::print_ipv6(*v6);
  return wrong(address_hint(text));
}

std::string network_text(const std::string& address, std::uint64_t prefix) {
  return address + "/" + std::to_string(prefix);
}

Canonical network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string head = text.substr(0, slash);
  const auto v4 = ipv4(head);
  const auto v6 = v4 ? std::nullopt : filter::parse_ipv6(head);
  if (!v4 && !v6) return wrong("for example 192.0.2.0/24 or 2001:db8::/32");
  const unsigned width = v4 ? 32 : 128;
  if (slash == std::string::npos) {
    return wrong("add the prefix length; for this one address: " + network_text(head, width));
  }
  const auto prefix = decimal(std::string_view(text).substr(slash + 1), width);
  if (!prefix) return wrong("the prefix length is a number up to " + std::to_string(width));
  const auto bits = static_cast<unsigned>(*prefix);
  std::string base;
  bool clean = true;
  if (v4) {
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    clean = (*v4 & ~mask) == 0;
    base = filter::print_ipv4(*v4 & mask);
  } else {
    filter::Ipv6Bytes bytes = *v6;
    for (unsigned bit = bits; bit < 128; ++bit) {
      const auto one = static_cast<std::uint8_t>(0x80U >> (bit % 8));
      clean = clean && (bytes[bit / 8] & one) == 0;
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~one);
    }
    base = filter::print_ipv6(bytes);
  }
  if (!clean)
    return wrong("bits are set behind the prefix; did you mean " + network_text(base, *prefix) + "?");
  return network_text(base, *prefix);
}

// --- ports and numbers
// -----------------------------------------------------------------------------------------

std::string port_hint(const std::string& text) {
  if (leading_zero(text) && consists_of(text, digits)) return "without leading zeros";
  if (text.empty() || consists_of(text, digits)) return "a number up to 65535, or the name of a service";
  const std::string near = text.size() <= longest_word ? did_you_mean(text, filter::service_names()) : "";
  return near.empty() ? "a number up to 65535, or the name of a service" : "did you mean \"" + near + "\"?";
}

std::optional<std::uint64_t> port_number(const std::string& text) {
  if (const auto number = decimal(text, 65535)) return number;
  const auto service = text.size() <= longest_word ? filter::find_service(text) : std::nullopt;
  if (!service) return std::nullopt;
  return service->port;
}

Canonical port(const std::string& text) {
  const auto number = port_number(text);
  if (!number) return wrong(port_hint(text));
  return std::to_string(*number);
}

// Names hold dashes too: they are for single ports.
Canonical portrange(const std::string& text) {
  if (const auto single = port_number(text)) return std::to_string(*single) + "-" + std::to_string(*single);
  const std::size_t dash = text.find('-');
  const auto low = decimal(std::string_view(text).substr(0, dash), 65535);
  const auto high =
      dash == std::string::npos ? std::nullopt : decimal(std::string_view(text).substr(dash + 1), 65535);
  if (!low || !high) return wrong("two numbers up to 65535 with a dash, such as 8000-8080");
  const std::string reversed = std::to_string(*high) + "-" + std::to_string(*low);
  if (*low > *high) return wrong("did you mean " + reversed + "?");
  return std::to_string(*low) + "-" + std::to_string(*high);
}

Canonical number(const std::string& text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (!hex) {
    if (const auto value = decimal(text, UINT32_MAX)) return std::to_string(*value);
    return wrong(leading_zero(text) && consists_of(text, digits)
                     ? "without leading zeros"
                     : "a whole number up to 4294967295, or 0x and hexadecimal digits");
  }
  std::uint32_t value = 0;
  const std::string_view tail = std::string_view(text).substr(2);
  const auto [end, problem] = std::from_chars(tail.data(), tail.data() + tail.size(), value, 16);
  if (!consists_of(tail, hex_digits) || problem != std::errc{} || end != tail.data() + tail.size())
    return wrong("at most 0xffffffff");
  return std::to_string(value);
}

// --- MAC addresses
// ---------------------------------------------------------------------------------------------

// Twelve digits out of the spellings in use; empty: it is none.
std::string mac_digits(std::string_view text) {
  if (text.size() == 12 && consists_of(text, hex_digits)) return std::string(text);
  if (text.size() == 14 && text[4] == '.' && text[9] == '.') {
    const std::string all = std::string(text.substr(0, 4)).append(text.substr(5, 4)).append(text.substr(10));
    return consists_of(all, hex_digits) ? all : "";
  }
  const char separator = text.find(':') != std::string_view::npos ? ':' : '-';
  std::string all;
  for (int byte = 0; byte < 6; ++byte) {
    const std::size_t end = text.find(separator);
    if ((end == std::string_view::npos) != (byte == 5)) return "";
    const std::string_view pair = text.substr(0, end);
    if (pair.size() > 2 || !consists_of(pair, hex_digits)) return "";
    all += pair.size() == 1 ? "0" : "";
    all += pair;
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return all;
}

Canonical mac(const std::string& text) {
  const std::string all = mac_digits(text);
  if (all.empty()) return wrong("six bytes, such as 00:00:5e:00:53:01");
  std::string result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && i % 2 == 0) result += ':';
    result += all[i] >= 'A' && all[i] <= 'F' ? static_cast<char>(all[i] - 'A' + 'a') : all[i];
  }
  return result;
}

Canonical interface_name(const std::string& text) {
  if (const auto checked = check_interfaces({text}); !checked) return wrong(checked.error().message);
  return text;
}

Canonical choice(const std::string& text, const std::vector<std::string>& allowed) {
  if (std::ranges::find(allowed, text) != allowed.end()) return text;
  const std::string near = text.size() <= longest_word ? did_you_mean(text, allowed) : "";
  return wrong(near.empty() ? "" : "did you mean \"" + near + "\"?");
}

Canonical canonical(ParameterType type, const std::vector<std::string>& allowed, const std::string& text) {
  switch (type) {
    case ParameterType::address:
      return address(text);
    case ParameterType::network:
      return network(text);
    case ParameterType::port:
      return port(text);
    case ParameterType::portrange:
      return portrange(text);
    case ParameterType::number:
      return number(text);
    case ParameterType::mac:
      return mac(text);
    case ParameterType::interface:
      return interface_name(text);
    case ParameterType::choice:
      return choice(text, allowed);
  }
  return wrong();
}

}  // namespace

const std::vector<std::string>& parameter_types() {
  static const std::vector<std::string> names{"address", "network", "port",      "portrange",
                                              "number",  "mac",     "interface", "choice"};
  return names;
}

const std::string& type_name(ParameterType type) {
  return parameter_types().at(static_cast<std::size_t>(type));
}

std::string expectation(ParameterType type, const std::vector<std::string>& allowed) {
  switch (type) {
    case ParameterType::address:
      return "an address";
    case ParameterType::network:
      return "a network";
    case ParameterType::port:
      return "a port";
    case ParameterType::portrange:
      return "a range of ports";
    case ParameterType::number:
      return "a number";
    case ParameterType::mac:
      return "a MAC address";
    case ParameterType::interface:
      return "an interface";
    case ParameterType::choice:
      return one_of(allowed);
  }
  return "";
}

std::string example_value(ParameterType type, const std::vector<std::string>& allowed, bool ipv6) {
  switch (type) {
    case ParameterType::address:
      return ipv6 ? "2001:db8::10" : "192.0.2.10";
    case ParameterType::network:
      return ipv6 ? "2001:db8::/32" : "192.0.2.0/24";
    case ParameterType::port:
      return "443";
    case ParameterType::portrange:
      return "8000-8080";
    case ParameterType::number:
      return "1";
    case ParameterType::mac:
      return "00:00:5e:00:53:01";
    case ParameterType::interface:
      return "eth0";
    case ParameterType::choice:
      return allowed.empty() ? "" : allowed.front();
  }
  return "";
}

bool is_parameter_name(std::string_view word) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (word.empty() || word.size() > 32 || letters.find(word[0]) == std::string_view::npos) return false;
  return std::ranges::all_of(word, [&](char c) {
    return c == '_' || digits.find(c) != std::string_view::npos || letters.find(c) != std::string_view::npos;
  });
}

Result<std::string> parse_value(const std::string& subject, ParameterType type,
                                const std::vector<std::string>& allowed, const std::string& text) {
  auto value = canonical(type, allowed, text);
  if (value) return std::move(*value);
  return fail(ErrorKind::usage,
              subject + " must be " + expectation(type, allowed) + ", not " + in_quotes(text),
              std::move(value.error().hint));
}

Result<void> check_choice_word(const std::string& word) {
  constexpr std::string_view edge = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const bool one_word = !word.empty() && word.size() <= longest_word &&
                        word.find_first_not_of(std::string(edge) + "._-") == std::string::npos &&
                        edge.find(word.front()) != std::string_view::npos &&
                        edge.find(word.back()) != std::string_view::npos;
  if (!one_word) {
    return fail(ErrorKind::usage, in_quotes(word) + " is not one word",
                "letters, digits, '.', '_' and '-', a letter or digit at both ends");
  }
  if (word == "and" || word == "or" || word == "not")
    return fail(ErrorKind::usage, in_quotes(word) + " would change how the filter is put together",
                "write it in the filter");
  return {};
}

}  // namespace anchoko::config
