#include "backends/nettl/emulator_record.h"

#include <algorithm>
#include <cstdlib>

#include "backends/nettl/emulator_words.h"
#include "core/base/byte_cursor.h"

namespace anchoko::nettl::emulated {
namespace {

using Data = std::vector<std::byte>;

template <typename T>
void put(Data& out, T value) {
  out.resize(out.size() + sizeof value);
  store(out.data() + out.size() - sizeof value, value, ByteOrder::big);
}
void put_zeros(Data& out, std::size_t count) {
  out.resize(out.size() + count);
}
void put_text(Data& out, std::string_view text, std::size_t room) {
  const auto kept = text.substr(0, room - 1);  // a zero is left at the end
  for (const char c : kept) out.push_back(static_cast<std::byte>(c));
  put_zeros(out, room - kept.size());
}
void append(Data& out, Bytes more) {
  out.insert(out.end(), more.begin(), more.end());
}

constexpr std::int64_t second = 1'000'000'000;

// Reference section 8: values of the two dumps.
Data driver_subheader(const lab::Frame& frame, std::size_t kept, const Edition& edition) {
  const bool of_11 = edition.has_driver_subheader_of_11();
  const std::int64_t time = frame.time - (of_11 ? 9'000 : 7'500'000);
  Data out;
  put(out, std::uint32_t{of_11 ? 0x00000102U : 0x00020100U});
  constexpr std::size_t most = 0xffff;
  put(out, static_cast<std::uint16_t>(std::min(kept, most)));
  put(out, static_cast<std::uint16_t>(std::min<std::size_t>(frame.original, most)));
  put(out, std::uint32_t{0xffffffff});
  put(out, static_cast<std::uint32_t>(time / second));
  put(out, static_cast<std::uint32_t>(time % second / 1000));
  put(out, std::uint16_t{0x000b});
  if (of_11) put(out, std::uint16_t{0x0014});
  return out;
}

constexpr std::size_t ethernet_header = 14;

// The same packet on a ring: 802.2, with SNAP where Ethernet has a type.
Data as_ring_frame(Bytes frame, std::initializer_list<unsigned> control) {
  Data out;
  for (const unsigned one : control) out.push_back(static_cast<std::byte>(one));
  append(out, frame.first(12));
  const auto type = word_at(frame, 12);
  Bytes rest = frame.subspan(ethernet_header);
  if (type >= 0x05dd) {
    for (const unsigned one : {0xaaU, 0xaaU, 0x03U, 0U, 0U, 0U}) out.push_back(static_cast<std::byte>(one));
    put(out, type);
  } else {
    rest = rest.first(std::min<std::size_t>(type, rest.size()));
  }
  append(out, rest);
  return out;
}

struct Shaped {
  Data pad, packet;
  std::uint32_t original = 0;  // of the packet
};

Shaped hp_pb_fddi(Data packet, std::uint32_t original, bool sent) {
  Shaped shaped;
  if (sent) {
    // Reference section 8: 9 bytes and as many as the ninth says.
    shaped.pad.resize(12);
    shaped.pad[8] = std::byte{3};
  } else if (packet.size() > 15 && packet[13] == std::byte{0xaa}) {
    packet.insert(packet.begin() + 15, 3, std::byte{0});
    original += 3;
  }
  shaped.packet = std::move(packet);
  shaped.original = original;
  return shaped;
}

// What a driver notes of a frame; the sub-header of the generic one comes later, when it is known how much is
// kept.
Shaped shape_link(const lab::Frame& frame, Holds holds) {
  const bool ring = holds == Holds::fddi || holds == Holds::fddi_hp_pb || holds == Holds::token_ring;
  if (!ring || frame.bytes.size() < ethernet_header)
    return {{}, Data(frame.bytes.begin(), frame.bytes.end()), frame.original};
  Data packet = holds == Holds::token_ring ? as_ring_frame(frame.bytes, {0x10, 0x40})
                                           : as_ring_frame(frame.bytes, {0x50});
  const bool whole = frame.bytes.size() >= frame.original;
  const auto original = whole
                            ? static_cast<std::uint32_t>(packet.size())
                            : static_cast<std::uint32_t>(packet.size() + frame.original - frame.bytes.size());
  if (holds == Holds::fddi_hp_pb) return hp_pb_fddi(std::move(packet), original, frame.sent);
  return {holds == Holds::fddi ? Data(3) : Data(), std::move(packet), original};
}

class FrameRecords {
 public:
  FrameRecords(const lab::Frame& frame, const Tracing& tracing)
      : frame_(frame),
        tracing_(tracing),
        packet_(look_at_frame(frame.bytes, true)),
        seen_by_filters_(look_at_frame(frame.bytes, tracing.filter_reading.through_tags)) {}

  std::vector<Record> make();

 private:
  const Traced* traced(std::string_view name) const;
  bool is_for_us() const;
  bool passes(std::string_view name, const Packet& packet) const;
  bool passes_link(std::string_view driver) const;
  std::uint32_t number(bool link) const;
  void add(const Subsystem& subsystem, std::uint32_t kind, const Traced& how, Shaped shaped);
  void link(const Subsystem& driver);
  void layer(const Subsystem& subsystem, const Traced& how);
  std::optional<Shaped> shape_layer(Holds holds) const;
  std::uint32_t kind_for(std::uint32_t kinds) const;
  bool is_loopback() const { return !tracing_.drivers[frame_.interface]; }
  bool selects_card(const Traced& how) const;

  const lab::Frame& frame_;
  const Tracing& tracing_;
  Packet packet_, seen_by_filters_;
  std::vector<Record> records_;
};

const Traced* FrameRecords::traced(std::string_view name) const {
  const auto found = std::find_if(tracing_.traced.begin(), tracing_.traced.end(),
                                  [&](const auto& one) { return one.subsystem == name; });
  return found == tracing_.traced.end() ? nullptr : &*found;
}

bool FrameRecords::is_for_us() const {
  if (frame_.sent || frame_.bytes.size() < 6 || is_loopback()) return true;
  const bool group = (byte_at(frame_.bytes, 0) & 1) != 0;
  const auto& own = tracing_.addresses[frame_.interface];
  return group || std::equal(own.begin(), own.end(), frame_.bytes.begin(),
                             [](std::uint8_t a, std::byte b) { return a == static_cast<std::uint8_t>(b); });
}

bool FrameRecords::passes(std::string_view name, const Packet& packet) const {
  for (const auto& filter : tracing_.filters)
    if (filter.subsystem == name) return matches(filter, packet, tracing_.filter_reading);
  return true;
}

bool FrameRecords::passes_link(std::string_view driver) const {
  const auto has = [&](std::string_view name) {
    return std::any_of(tracing_.filters.begin(), tracing_.filters.end(),
                       [&](const auto& one) { return one.subsystem == name; });
  };
  if (!has(driver) || !has(linkall)) return passes(has(driver) ? driver : linkall, seen_by_filters_);
  if (tracing_.own_filter_wins) return passes(driver, seen_by_filters_);
  return passes(driver, seen_by_filters_) || passes(linkall, seen_by_filters_);
}

bool FrameRecords::selects_card(const Traced& how) const {
  const auto& name = tracing_.interfaces[frame_.interface];
  return how.cards.empty() || !tracing_.cards_select ||
         std::find(how.cards.begin(), how.cards.end(), name) != how.cards.end();
}

std::uint32_t FrameRecords::kind_for(std::uint32_t kinds) const {
  const std::uint32_t own = frame_.sent ? kind_pdu_out : kind_pdu_in;
  if (kinds & own) return own;
  return is_loopback() ? kinds & kind_loopback : 0;
}

void FrameRecords::add(const Subsystem& subsystem, std::uint32_t kind, const Traced& how, Shaped shaped) {
  const bool generic = subsystem.holds == Holds::generic_driver;
  const std::size_t pad = generic ? driver_subheader(frame_, 0, tracing_.edition).size() : shaped.pad.size();
  if (how.keep != 0) {
    std::size_t room = how.keep;
    if (tracing_.keep_counts_pad) room -= std::min(room, pad);
    if (shaped.packet.size() > room) shaped.packet.resize(room);
  }
  Record record;
  record.subsystem = subsystem.id;
  const auto device = interface_number(tracing_.interfaces[frame_.interface]);
  if (subsystem.is_link() && tracing_.device_is_number && device)
    record.device = static_cast<std::int32_t>(*device);
  record.kind = generic && !tracing_.kind_of_driver ? 0 : kind;
  record.time = frame_.time;
  if (!subsystem.is_link()) record.time += std::int64_t{tracing_.layer_delay} * 1000;
  record.original = static_cast<std::uint32_t>(pad) + shaped.original;
  record.data =
      generic ? driver_subheader(frame_, shaped.packet.size(), tracing_.edition) : std::move(shaped.pad);
  append(record.data, shaped.packet);
  records_.push_back(std::move(record));
}

void FrameRecords::link(const Subsystem& driver) {
  const Traced* how = traced(driver.name);
  if (!how || !selects_card(*how)) how = traced(linkall);
  if (!how || !selects_card(*how) || !passes_link(driver.name)) return;
  const std::uint32_t header = how->kinds & (frame_.sent ? kind_header_out : kind_header_in);
  if (header && tracing_.header_records) {
    Shaped shaped = shape_link(frame_, Holds::ethernet);
    if (shaped.packet.size() > ethernet_header) shaped.packet.resize(ethernet_header);
    shaped.original = ethernet_header;
    add(driver, header, *how, std::move(shaped));
  }
  const auto kind = kind_for(how->kinds);
  if (kind) add(driver, kind, *how, shape_link(frame_, driver.holds));
}

std::optional<Shaped> FrameRecords::shape_layer(Holds holds) const {
  constexpr std::uint8_t icmp = 1, igmp = 2, tcp = 6, udp = 17, icmpv6 = 58, sctp = 132;
  if (packet_.ip.empty()) return std::nullopt;
  const bool version4 = !packet_.version6;
  const auto from_ip = [&](Data pad) {
    // Of a frame that was cut before, the IP header knows the length.
    auto whole = version4 ? word_at(packet_.ip, 2) : static_cast<std::uint32_t>(word_at(packet_.ip, 4) + 40);
    whole = std::max(whole, static_cast<std::uint32_t>(packet_.ip.size()));
    return Shaped{std::move(pad), Data(packet_.ip.begin(), packet_.ip.end()), whole};
  };
  const auto from_transport = [&](Data pad, std::size_t skip) -> std::optional<Shaped> {
    if (packet_.transport.size() <= skip) return std::nullopt;
    const Shaped whole = from_ip({});
    const auto before = static_cast<std::uint32_t>(packet_.ip.size() - packet_.transport.size() + skip);
    const Bytes rest = packet_.transport.subspan(skip);
    return Shaped{std::move(pad), Data(rest.begin(), rest.end()), whole.original - before};
  };
  const auto is = [&](std::uint8_t protocol) { return packet_.protocol == protocol; };
  const bool transport = version4 || tracing_.transport_of_version6;
  constexpr std::size_t loopback_pad = 26;
  switch (holds) {
    case Holds::ipv4:
      return version4 ? std::optional(from_ip({})) : std::nullopt;
    case Holds::ipv6:
      return version4 ? std::nullopt : std::optional(from_ip({}));
    case Holds::tcp:
      return transport && is(tcp) ? std::optional(from_ip({})) : std::nullopt;
    case Holds::udp:
      return transport && is(udp) ? std::optional(from_ip({})) : std::nullopt;
    case Holds::loopback:
    case Holds::loopback6:
      if (!is_loopback() || version4 != (holds == Holds::loopback)) return std::nullopt;
      return from_ip(Data(loopback_pad));
    case Holds::icmp:
      return version4 && is(icmp) ? from_transport({}, 0) : std::nullopt;
    case Holds::icmpv6:
      return !version4 && is(icmpv6) ? from_transport({}, 0) : std::nullopt;
    case Holds::igmp:
      return tracing_.igmp && version4 && is(igmp) ? from_transport({}, 0) : std::nullopt;
    case Holds::telnet: {
      constexpr std::uint16_t port = 23;
      const bool ports = word_at(packet_.transport, 0) == port || word_at(packet_.transport, 2) == port;
      if (!is(tcp) || !ports) return std::nullopt;
      return from_transport({}, (byte_at(packet_.transport, 12) >> 4U) * std::size_t{4});
    }
    case Holds::sctp: {
      Data pad;
      put(pad, std::uint32_t{3});  // binary
      put(pad, std::uint32_t{frame_.sent ? 2U : 1U});
      return is(sctp) ? from_transport(std::move(pad), 0) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

void FrameRecords::layer(const Subsystem& subsystem, const Traced& how) {
  const auto kind = kind_for(how.kinds);
  if (!kind || !selects_card(how)) return;
  auto shaped = shape_layer(subsystem.holds);
  if (shaped && passes(subsystem.name, look_at_ip(packet_.ip))) add(subsystem, kind, how, std::move(*shaped));
}

std::vector<Record> FrameRecords::make() {
  if (!tracing_.promiscuous && !is_for_us()) return {};
  const auto& driver = tracing_.drivers[frame_.interface];
  // The way of a packet: up through the layers, or down.
  if (driver && !frame_.sent) link(*driver);
  for (const auto& how : tracing_.traced) {
    const auto* subsystem = find_subsystem(tracing_.subsystems, how.subsystem);
    if (subsystem && !subsystem->is_link()) layer(*subsystem, how);
  }
  if (driver && frame_.sent) link(*driver);
  return std::move(records_);
}

}  // namespace

std::vector<std::byte> encode(const Record& record, const Edition& edition) {
  const bool of_10 = edition.record_header == 64;
  const std::int32_t nobody = of_10 ? 0 : -1;  // as in the two dumps
  Data out;
  put(out, static_cast<std::uint16_t>(edition.record_header));
  put(out, record.subsystem);
  put(out, record.device);
  put(out, std::uint32_t{0});
  put(out, record.kind);
  put(out, std::uint32_t{0});
  put(out, std::uint32_t{0x0406});
  put_zeros(out, 8);
  put(out, static_cast<std::uint32_t>(record.data.size()));
  put(out, record.original);
  put(out, static_cast<std::uint32_t>(record.time / second));
  put(out, static_cast<std::uint32_t>(record.time % second / 1000));
  put(out, nobody);
  put_zeros(out, 8);
  put(out, nobody);
  put_zeros(out, edition.record_header - out.size());
  append(out, record.data);
  return out;
}

std::vector<std::byte> encode(const FileHeader& header) {
  Data out;
  put(out, std::uint32_t{0x54520064});
  put(out, std::uint32_t{0});
  put(out, static_cast<std::uint32_t>(file_header_size));
  put_text(out, header.file, 56);
  put_text(out, header.zone, 20);
  put_text(out, header.host, 9);
  put_text(out, header.release, 9);
  out.push_back(std::byte{0x55});
  put_zeros(out, 8);
  put_text(out, header.model, 11);
  put(out, std::uint16_t{0x0406});
  return out;
}

Tracing tracing_of(const lab::EmulatedHost& host, const Edition& edition) {
  Tracing tracing;
  tracing.edition = edition;
  tracing.subsystems = subsystems_of(host, edition);
  for (const auto& interface : host.interfaces()) {
    tracing.interfaces.push_back(interface.name);
    tracing.addresses.push_back(interface.mac);
  }
  tracing.drivers = drivers_of(host, edition);
  tracing.filter_reading = filter_reading(host);
  tracing.header_records = reads(host, "nettl-header-records", "separate");
  tracing.keep_counts_pad = reads(host, "nettl-m-covers", "record");
  tracing.device_is_number = reads(host, "nettl-device-id", "interface");
  const std::string driver_kind = reading(host, "nettl-driver-kind");
  tracing.kind_of_driver =
      driver_kind.empty() ? edition.release != Edition::Release::hpux10_20 : driver_kind == "set";
  tracing.promiscuous = reads(host, "nettl-promiscuous", "yes");
  tracing.cards_select = reads(host, "nettl-card-lan", "selects");
  tracing.own_filter_wins = reads(host, "nettl-filter-both", "driver");
  tracing.igmp = reads(host, "nettl-igmp", "message");
  tracing.transport_of_version6 = reads(host, "nettl-transport-ipv6", "yes");
  tracing.layer_delay = number_of(host, "nettl-layer-delay", 0);
  if (reads(host, "nettl-seconds", "local"))
    tracing.clock_offset =
        std::strtoll(host.setting("utc-offset").value_or("0").c_str(), nullptr, 10) * second;
  return tracing;
}

std::vector<Record> records_of(const lab::Frame& frame, const Tracing& tracing) {
  lab::Frame clocked = frame;
  clocked.time += tracing.clock_offset;
  return FrameRecords(clocked, tracing).make();
}

std::vector<Record> state_records(const Tracing& tracing, std::int64_t time) {
  std::vector<Record> records;
  for (const auto& how : tracing.traced) {
    const auto* subsystem = find_subsystem(tracing.subsystems, how.subsystem);
    if (!subsystem || !subsystem->is_link() || !(how.kinds & kind_state)) continue;
    Record record;
    record.subsystem = subsystem->id;
    record.kind = kind_state;
    record.time = time;
    put_text(record.data, "driver is online", 32);
    record.original = static_cast<std::uint32_t>(record.data.size());
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace anchoko::nettl::emulated
