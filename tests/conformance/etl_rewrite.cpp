// Writes an event trace log file with the lab's writer from what etl_events.py found in a real one.
//   etl_rewrite RECIPE OUTPUT
// RECIPE is JSON: the session, and its events in the order of time.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/formats/etl/lab_payload.h"
#include "core/formats/etl/lab_writer.h"

namespace anchoko::formats::etl::lab {
namespace {

using Bytes = std::vector<std::byte>;

const Json& member(const Json& json, std::string_view name) {
  const Json* found = json.find(name);
  if (found == nullptr) throw std::runtime_error("the recipe has no " + std::string(name));
  return *found;
}

template <typename T>
T number(const Json& json) {
  if (const auto* value = std::get_if<std::int64_t>(&json.value())) return static_cast<T>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&json.value())) return static_cast<T>(*value);
  if (const auto* value = std::get_if<bool>(&json.value())) return static_cast<T>(*value);
  throw std::runtime_error("the recipe has " + json.dump() + " for a number");
}
template <typename T>
void read(const Json& json, std::string_view name, T& value) {
  value = number<T>(member(json, name));
}
const std::string& text(const Json& json, std::string_view name) {
  const std::string* found = member(json, name).as_string();
  if (found == nullptr) throw std::runtime_error("the recipe has no text for " + std::string(name));
  return *found;
}
const Json::Array& list(const Json& json, std::string_view name) {
  const Json::Array* found = member(json, name).as_array();
  if (found == nullptr) throw std::runtime_error("the recipe has no list for " + std::string(name));
  return *found;
}

Bytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return bytes;
}
Bytes hex(const Json& json, std::string_view name) {
  return from_hex(text(json, name));
}
Guid guid(const Json& json, std::string_view name) {
  const Bytes bytes = hex(json, name);
  if (bytes.size() != 16) throw std::runtime_error("a GUID has 16 bytes");
  return load_guid(bytes.data());
}
template <std::size_t size>
std::array<std::byte, size> fixed(const Json& json, std::string_view name) {
  std::array<std::byte, size> value{};
  const Bytes bytes = hex(json, name);
  std::copy_n(bytes.begin(), std::min(size, bytes.size()), value.begin());
  return value;
}

LoggerInfo logger_of(const Json& json) {
  LoggerInfo logger;
  read(json, "relogged", logger.relogged);
  read(json, "compressed", logger.compressed);
  read(json, "circular", logger.circular);
  read(json, "buffer_size", logger.buffer_size);
  read(json, "max_file_size", logger.max_file_size);
  read(json, "os_major", logger.os_major);
  read(json, "os_minor", logger.os_minor);
  read(json, "build", logger.build);
  read(json, "processors", logger.processors);
  read(json, "pointer_size", logger.pointer_size);
  read(json, "cpu_mhz", logger.cpu_mhz);
  read(json, "timer_resolution", logger.timer_resolution);
  read(json, "bias", logger.time_zone.bias);
  logger.time_zone.standard_name = text(json, "standard_name");
  logger.time_zone.standard_date = fixed<16>(json, "standard_date");
  read(json, "standard_bias", logger.time_zone.standard_bias);
  logger.time_zone.daylight_name = text(json, "daylight_name");
  logger.time_zone.daylight_date = fixed<16>(json, "daylight_date");
  read(json, "daylight_bias", logger.time_zone.daylight_bias);
  read(json, "boot_time", logger.boot_time);
  read(json, "start_time", logger.start_time);
  read(json, "relog_time", logger.relog_time);
  read(json, "start_stamp", logger.start_stamp);
  read(json, "frequency", logger.frequency);
  read(json, "clock_type", logger.clock_type);
  logger.session_name = text(json, "session_name");
  logger.file_name = text(json, "file_name");
  read(json, "process", logger.process);
  read(json, "thread", logger.thread);
  read(json, "cpu_times", logger.cpu_times);
  const auto events = [&](std::string_view name) {
    std::vector<Bytes> all;
    for (const Json& entry : list(json, name)) {
      all.push_back(*entry.as_string() == "partition" ? partition_event(logger)
                                                      : from_hex(*entry.as_string()));
    }
    return all;
  };
  logger.header_events = events("header_events");
  logger.first_events = events("first_events");
  return logger;
}

std::span<const std::byte> ndis_data(Payload& to, const Json& json, Event& event) {
  const Bytes bytes = hex(json, "bytes");
  NdisFragment fragment;
  read(json, "miniport", fragment.miniport);
  read(json, "layer", fragment.layer);
  fragment.bytes = bytes;
  if (const Json* gft = json.find("gft")) {
    fragment.has_gft = true;
    fragment.gft_flow = number<std::uint64_t>(gft->as_array()->at(0));
    fragment.gft_offload = number<std::uint64_t>(gft->as_array()->at(1));
  }
  event.keyword =
      ndis_keyword(number<LinkType>(member(json, "link")), number<PacketDirection>(member(json, "direction")),
                   number<bool>(member(json, "first")), number<bool>(member(json, "last")));
  return fill(to, fragment);
}

std::span<const std::byte> packet_data(Payload& to, const Json& json) {
  const Bytes bytes = hex(json, "bytes");
  PktmonPacket packet;
  read(json, "group", packet.group);
  read(json, "number", packet.number);
  read(json, "appearance", packet.appearance);
  read(json, "direction", packet.direction);
  read(json, "type", packet.type);
  read(json, "pktmon_component", packet.component);
  read(json, "edge", packet.edge);
  read(json, "filter", packet.filter);
  read(json, "drop_reason", packet.drop_reason);
  read(json, "drop_location", packet.drop_location);
  read(json, "original_size", packet.original_size);
  packet.bytes = bytes;
  return fill(to, packet);
}

PktmonCount count(const Json& json, std::string_view name) {
  const Json::Array& values = list(json, name);
  return {number<std::uint16_t>(values.at(0)), number<std::uint64_t>(values.at(1)),
          number<std::uint64_t>(values.at(2))};
}

std::span<const std::byte> filter_data(Payload& to, const Json& json) {
  const Bytes address1 = hex(json, "address1");
  const Bytes address2 = hex(json, "address2");
  PktmonFilter filter;
  read(json, "filter", filter.id);
  filter.name = text(json, "name");
  filter.mac1 = fixed<6>(json, "mac1");
  filter.mac2 = fixed<6>(json, "mac2");
  read(json, "ethertype", filter.ethertype);
  read(json, "vlan", filter.vlan);
  filter.address1 = address1;
  filter.address2 = address2;
  read(json, "protocol", filter.protocol);
  read(json, "port1", filter.port1);
  read(json, "port2", filter.port2);
  read(json, "tcp_flags", filter.tcp_flags);
  return fill(to, filter);
}

std::span<const std::byte> property_data(Payload& to, const Json& json, std::uint16_t id,
                                         std::uint16_t component) {
  const auto kind = number<std::uint16_t>(member(json, "property"));
  const auto value = [&]<typename T>(T) { return number<T>(member(json, "value")); };
  switch (id) {
    case pktmon::number_property:
    case pktmon::number_property2:
      return fill(to, PktmonNumber{component, kind, value(std::uint32_t{})});
    case pktmon::medium_property:
    case pktmon::ethertype_property:
      return fill(to, PktmonWord{component, kind, value(std::uint16_t{})});
    case pktmon::guid_property:
      return fill(to, PktmonGuid{component, kind, guid(json, "bytes")});
    case pktmon::ipv4_property:
    case pktmon::ipv6_property:
      return fill(to, PktmonAddress{component, kind, hex(json, "bytes")});
    case pktmon::mac_property:
      return fill(to, PktmonMac{component, kind, hex(json, "bytes")});
    case pktmon::text_property:
      return fill(to,
                  PktmonText{component, kind, text(json, "value"), number<bool>(member(json, "terminated"))});
    default:
      throw std::runtime_error("the recipe has an unknown event");
  }
}

std::span<const std::byte> pktmon_data(Payload& to, const Json& json, std::uint16_t id) {
  if (id == pktmon::packet || id == pktmon::drop) return packet_data(to, json);
  if (id == pktmon::filter_ipv4 || id == pktmon::filter_ipv6) return filter_data(to, json);
  const auto component = number<std::uint16_t>(member(json, "component"));
  if (id == pktmon::component) {
    const auto type = number<std::uint16_t>(member(json, "type"));
    return fill(to, PktmonComponent{component, type, text(json, "name"), text(json, "description")});
  }
  if (id == pktmon::drop_counters) {
    return fill(to, PktmonDrops{component, count(json, "first"), count(json, "second")});
  }
  if (id == pktmon::flow_counters) {
    const auto edge = number<std::uint16_t>(member(json, "edge"));
    return fill(
        to, PktmonFlows{component, text(json, "name"), edge, count(json, "first"), count(json, "second")});
  }
  return property_data(to, json, id, component);
}

bool write_event(EtlLabWriter& writer, const LoggerInfo& logger, Payload& scratch, const Json& json) {
  const auto processor = number<std::uint16_t>(member(json, "cpu"));
  const std::int64_t stamp = stamp_of(logger, number<std::int64_t>(member(json, "time")));
  if (json.find("raw") != nullptr) return writer.write_raw(processor, stamp, hex(json, "raw"));
  const auto id = number<std::uint16_t>(member(json, "id"));
  Event event;
  Bytes extended;
  Bytes payload;
  if (const Json* ndis = json.find("ndis")) {
    event = ndis_event(id);
    event.payload = ndis_data(scratch, *ndis, event);
  } else if (const Json* pktmon = json.find("pktmon")) {
    event = pktmon_event(id);
    event.payload = pktmon_data(scratch, *pktmon, id);
  } else {
    event.provider = guid(json, "provider");
    event.id = id;
    read(json, "property", event.property);
    read(json, "version", event.version);
    read(json, "channel", event.channel);
    read(json, "level", event.level);
    read(json, "opcode", event.opcode);
    read(json, "task", event.task);
    read(json, "keyword", event.keyword);
    read(json, "from_32_bit_process", event.from_32_bit_process);
    event.extended = extended = hex(json, "extended");
    event.payload = payload = hex(json, "payload");
  }
  event.processor = processor;
  event.stamp = stamp;
  read(json, "process", event.process);
  read(json, "thread", event.thread);
  read(json, "cpu_times", event.cpu_times);
  event.activity = guid(json, "activity");
  return writer.write(event);
}

std::string read_whole(const char* path) {
  auto input = open_input(path);
  if (!input) throw std::runtime_error(input.error().message);
  std::string all;
  std::vector<std::byte> block((*input)->block_size());
  while (true) {
    auto count = (*input)->read(block);
    if (!count) throw std::runtime_error(count.error().message);
    if (*count == 0) return all;
    std::transform(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(*count),
                   std::back_inserter(all), [](std::byte byte) { return static_cast<char>(byte); });
  }
}

void rewrite(const char* from, const char* to) {
  auto recipe = Json::parse(read_whole(from));
  if (!recipe) throw std::runtime_error(recipe.error().message);
  const LoggerInfo logger = logger_of(member(*recipe, "session"));
  auto output = create_output(to, Overwrite::yes);
  if (!output) throw std::runtime_error(output.error().message);
  auto writer = EtlLabWriter::create(std::move(*output), logger);
  if (!writer) throw std::runtime_error(writer.error().message);
  Payload scratch;
  for (const Json& event : list(*recipe, "events")) {
    if (!write_event(**writer, logger, scratch, event)) throw std::runtime_error((*writer)->error().message);
  }
  if (const auto lost = number<std::uint32_t>(member(*recipe, "events_lost")))
    (*writer)->lose_events(0, lost);
  (*writer)->lose_buffers(number<std::uint32_t>(member(*recipe, "buffers_lost")));
  if (auto done = (*writer)->finish(number<std::int64_t>(member(*recipe, "end_time"))); !done) {
    throw std::runtime_error(done.error().message);
  }
}

}  // namespace
}  // namespace anchoko::formats::etl::lab

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: etl_rewrite RECIPE OUTPUT\n");
    return 2;
  }
  try {
    anchoko::formats::etl::lab::rewrite(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "etl_rewrite: %s\n", error.what());
    return 1;
  }
  return 0;
}
