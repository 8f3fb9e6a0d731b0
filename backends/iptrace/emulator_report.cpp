#include "backends/iptrace/emulator_report.h"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>

#include "backends/iptrace/emulator_log.h"
#include "core/base/byte_cursor.h"
#include "core/base/hex.h"

namespace anchoko::iptrace::emulated {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t magic_size = 11;

struct Format {
  bool numbers = false, prefixes = false, hexadecimal = false;
  std::uint64_t hexadecimal_limit = UINT64_MAX, first = 1, count = UINT64_MAX;
};

unsigned octet(Bytes bytes, std::size_t at) {
  return std::to_integer<unsigned>(bytes[at]);
}

std::string dotted(Bytes bytes) {
  std::string text;
  for (const auto one : bytes.first(4))
    text += (text.empty() ? "" : ".") + std::to_string(std::to_integer<int>(one));
  return text;
}

std::string clock_text(std::int64_t time) {
  const auto seconds = static_cast<std::time_t>(time / second);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%09d", parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(time % second));
  return text;
}

class Report {
 public:
  explicit Report(const Format& format) : format_(format) {}

  void print(const LoggedPacket& packet, std::uint64_t number) const;

 private:
  void line(const char* protocol, const std::string& text) const {
    if (format_.prefixes)
      std::printf("%-5s%s\n", (std::string(protocol) + ":").c_str(), text.c_str());
    else
      std::printf("%s\n", text.c_str());
  }
  void print_ip(Bytes ip) const;
  void print_ports(unsigned protocol, Bytes transport) const;
  void print_data(Bytes data) const;

  const Format& format_;
};

void Report::print(const LoggedPacket& packet, std::uint64_t number) const {
  if (format_.numbers) std::printf("Packet Number %llu\n", static_cast<unsigned long long>(number));
  const std::string where = packet.interface.empty() ? "" : " on interface " + packet.interface;
  line("ETH", "====( " + std::to_string(packet.original) + " bytes " +
                  (packet.sent ? "transmitted" : "received") + where + " )==== " + clock_text(packet.time));
  Bytes data = packet.data;
  unsigned type = 0x800;
  if (packet.type == type_ethernet || packet.type == type_802_3) {
    constexpr std::size_t header = 14;
    if (data.size() < header) return print_data(data);
    type = load_be16(data.data() + 12);
    char text[16];
    std::snprintf(text, sizeof text, "%x", type);
    line("ETH", "[ " + hex(data.subspan(6, 6), ":") + " -> " + hex(data.first(6), ":") + " ]  type " + text);
    data = data.subspan(header);
  }
  if (type == 0x800)
    print_ip(data);
  else
    print_data(data);
  std::puts("");
}

void Report::print_ip(Bytes ip) const {
  constexpr std::size_t smallest = 20;
  if (ip.size() < smallest || octet(ip, 0) >> 4 != 4) return print_data(ip);
  const std::size_t header = (octet(ip, 0) & 15) * 4;
  line("IP", "< SRC = " + dotted(ip.subspan(12)) + " >");
  line("IP", "< DST = " + dotted(ip.subspan(16)) + " >");
  const auto field = [&](std::size_t at) { return std::to_string(load_be16(ip.data() + at)); };
  const auto name = protocol_name(static_cast<std::uint8_t>(octet(ip, 9)));
  line("IP", "ip_v=4, ip_hl=" + std::to_string(header) + ", ip_tos=" + std::to_string(octet(ip, 1)) +
                 ", ip_len=" + field(2) + ", ip_id=" + field(4) + ", ip_off=" + field(6));
  line("IP", "ip_ttl=" + std::to_string(octet(ip, 8)) + ", ip_sum=" + hex(ip.subspan(10, 2)) +
                 ", ip_p = " + std::to_string(octet(ip, 9)) + " (" + std::string(name) + ")");
  if (header < smallest || header > ip.size()) return;
  print_ports(octet(ip, 9), ip.subspan(header));
}

void Report::print_ports(unsigned protocol, Bytes transport) const {
  constexpr unsigned tcp = 6, udp = 17;
  const char* name = protocol == tcp ? "TCP" : "UDP";
  if ((protocol == tcp || protocol == udp) && transport.size() >= 4)
    line(name, "<source port=" + std::to_string(load_be16(transport.data())) +
                   ", destination port=" + std::to_string(load_be16(transport.data() + 2)) + " >");
  print_data(transport);
}

void Report::print_data(Bytes data) const {
  if (!format_.hexadecimal) return;
  data =
      data.first(static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), format_.hexadecimal_limit)));
  for (std::size_t at = 0; at < data.size(); at += 16)
    std::printf("%08zx  %s\n", at,
                hex(data.subspan(at, std::min<std::size_t>(16, data.size() - at)), " ").c_str());
}

}  // namespace

std::optional<std::vector<std::byte>> whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return std::vector<std::byte>(first, first + text.size());
}

Result<LoggedPackets> read_iptrace(Bytes bytes) {
  LoggedPackets result;
  const bool is_1 = bytes.size() >= magic_size && std::memcmp(bytes.data(), "iptrace 1.0", magic_size) == 0;
  const bool is_2 = bytes.size() >= magic_size && std::memcmp(bytes.data(), "iptrace 2.0", magic_size) == 0;
  if (!is_1 && !is_2) return fail(ErrorKind::failed, "not an iptrace file");
  result.version = is_1 ? "1.0" : "2.0";
  const std::size_t fixed = is_1 ? 22 : 32;
  constexpr std::size_t prefix = 8;
  for (std::size_t at = magic_size; at < bytes.size();) {
    const Bytes rest = bytes.subspan(at);
    const std::size_t body = rest.size() >= prefix ? load_be32(rest.data()) : 0;
    result.cut = body < fixed || body > rest.size() - prefix;
    if (result.cut) break;
    LoggedPacket packet;
    const auto* letters = reinterpret_cast<const char*>(rest.data()) + 12;
    packet.interface = std::string(letters, strnlen(letters, 4)) + std::to_string(octet(rest, 11));
    packet.type = static_cast<std::uint8_t>(octet(rest, 28));
    packet.sent = octet(rest, 29) != 0;
    packet.time = (is_1 ? load_be32(rest.data() + 4) : load_be32(rest.data() + 32)) * second;
    if (is_2) packet.time += load_be32(rest.data() + 36);
    packet.data = rest.subspan(prefix + fixed, body - fixed);
    packet.original = static_cast<std::uint32_t>(packet.data.size());
    result.packets.push_back(packet);
    at += prefix + body;
  }
  return result;
}

Result<LoggedPackets> read_tcpdump(Bytes bytes) {
  LoggedPackets result;
  constexpr std::size_t header = 24, fixed = 16;
  if (bytes.size() < header || load_be32(bytes.data()) != 0xa1b2c3d4)
    return fail(ErrorKind::failed, "not a tcpdump file");
  const bool look_alike = load_be16(bytes.data() + 6) < 3;
  const std::uint32_t link = load_be32(bytes.data() + 20);
  const std::uint32_t ethernet = look_alike ? type_ethernet : 1;
  for (std::size_t at = header; at < bytes.size();) {
    const Bytes rest = bytes.subspan(at);
    const std::size_t held = rest.size() >= fixed ? load_be32(rest.data() + (look_alike ? 12 : 8)) : 0;
    result.cut = rest.size() < fixed || held > rest.size() - fixed;
    if (result.cut) break;
    LoggedPacket packet;
    packet.type = link == ethernet ? type_ethernet : type_loopback;
    packet.time =
        load_be32(rest.data()) * second + load_be32(rest.data() + 4) * std::int64_t{look_alike ? 1 : 1000};
    packet.original = load_be32(rest.data() + (look_alike ? 8 : 12));
    packet.data = rest.subspan(fixed, held);
    result.packets.push_back(packet);
    at += fixed + held;
  }
  return result;
}

int run_ipreport(lab::EmulatedHost&, std::span<const std::string> words) {
  const auto refuse = [](const std::string& text) {
    std::fprintf(stderr, "%susage: ipreport [-CenrsSvxN1T] [-c count] [-j pktnum] [-X bytes] LogFile\n",
                 text.empty() ? "" : ("ipreport: " + text + "\n").c_str());
    return 1;
  };
  const auto split = split_words(words.subspan(1), "CenrsSvxN1Tc:j:X:");
  if (!split) return refuse(split.error().message);
  if (split->operands.size() != 1) return refuse("");
  Format format;
  bool is_tcpdump = false;
  for (const auto& [letter, value] : split->options) {
    const auto number = decimal(value, 1ull << 32);
    if ((letter == 'c' || letter == 'j' || letter == 'X') && !number) return refuse("bad number " + value);
    if (letter == 'n') format.numbers = true;
    if (letter == 's') format.prefixes = true;
    if (letter == 'x' || letter == 'X') format.hexadecimal = true;
    if (letter == 'X') format.hexadecimal_limit = *number;
    if (letter == 'c') format.count = *number;
    if (letter == 'j') format.first = *number;
    if (letter == 'T') is_tcpdump = true;
  }
  const auto& path = split->operands[0];
  const auto bytes = whole_file(path);
  const auto log = !bytes       ? fail(ErrorKind::failed, "cannot be opened")
                   : is_tcpdump ? read_tcpdump(*bytes)
                                : read_iptrace(*bytes);
  if (!log) {
    std::fprintf(stderr, "ipreport: %s: %s\n", path.c_str(), log.error().message.c_str());
    return 1;
  }
  if (!is_tcpdump) std::printf("IPTRACE version: %s\n\n", log->version.c_str());
  const Report report(format);
  std::uint64_t number = 0, printed = 0;
  for (const auto& packet : log->packets)
    if (++number >= format.first && printed++ < format.count) report.print(packet, number);
  if (log->cut) std::fprintf(stderr, "ipreport: %s: the last record is incomplete\n", path.c_str());
  return log->cut ? 1 : 0;
}

}  // namespace anchoko::iptrace::emulated
