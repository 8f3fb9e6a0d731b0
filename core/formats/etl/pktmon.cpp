#include "core/formats/etl/pktmon.h"

#include <algorithm>
#include <tuple>

#include "core/base/hex.h"
#include "core/formats/etl/rule_text.h"

namespace anchoko::formats::etl {
namespace {

constexpr std::size_t component_ids = 65536;
constexpr std::size_t max_texts = 64;
constexpr std::size_t max_addresses = 64;
// Of all components with their texts; a host has a few hundred, of some hundred bytes. More is a sign of
// damage.
constexpr std::size_t table_budget = std::size_t{4} * 1024 * 1024;
// What a tree adds to an element.
constexpr std::size_t tree_node = 48;

namespace property {
constexpr std::uint16_t if_index = 1;
constexpr std::uint16_t miniport_index = 2;
constexpr std::uint16_t medium = 5;
constexpr std::uint16_t mac = 6;
constexpr std::uint16_t switch_name = 10;
constexpr std::uint16_t stack_index = 14;  // observed: of the L3/L4 components of newer builds
}  // namespace property

namespace packet_type {
constexpr std::uint16_t ethernet = 1;
constexpr std::uint16_t wifi = 2;
constexpr std::uint16_t ip = 3;
}  // namespace packet_type

PacketDirection direction_of(std::uint16_t tag) {
  switch (tag) {
    case 1:  // in
    case 3:  // received
    case 5:  // ingress
      return PacketDirection::inbound;
    case 2:
    case 4:
    case 6:
      return PacketDirection::outbound;
    default:
      return PacketDirection::unknown;
  }
}

// Bytes that are no frame (HTTP, a TCP segment, …): for them there is no link type.
constexpr auto other_payload = static_cast<LinkType>(147);  // LINKTYPE_USER0

const std::vector<std::array<std::byte, 4>> no_ipv4;
const std::vector<std::array<std::byte, 16>> no_ipv6;

}  // namespace

bool is_adapter(const Component& component) {
  switch (component.type) {
    case 2:   // miniport
    case 6:   // switch miniport
    case 7:   // external miniport
    case 9:   // NetVSC miniport
    case 14:  // adapter driver of the newer kind
      return true;
    default:
      return false;
  }
}

const char* component_kind(std::uint16_t type) {
  static constexpr std::array kinds{"",
                                    "NDIS",
                                    "miniport",
                                    "filter",
                                    "protocol",
                                    "virtual machine's adapter",
                                    "virtual switch",
                                    "external miniport of a virtual switch",
                                    "protocol adapter of a virtual switch",
                                    "NetVSC miniport",
                                    "HTTP",
                                    "TCP/IP layers 3 and 4",
                                    "",
                                    "IPsec",
                                    "adapter driver",
                                    "HTTP message"};
  return type < kinds.size() ? kinds[type] : "";
}

bool read_packet_header(const Event& event, PacketHeader& header) {
  if (event.data_size() < pktmon::packet_header_size) return false;
  const std::byte* at = event.data();
  const auto word = [&](std::size_t offset) { return load<std::uint16_t>(at + offset, little); };
  header.group = load<std::uint64_t>(at + pktmon::group, little);
  header.number = word(pktmon::number);
  header.appearance = word(pktmon::appearance);
  header.direction = word(pktmon::direction);
  header.packet_type = word(pktmon::packet_type);
  header.component = word(pktmon::component_id);
  header.filter = word(pktmon::filter);
  header.drop_reason = load_le32(at + pktmon::drop_reason);
  header.drop_location = load_le32(at + pktmon::drop_location);
  header.original_size = word(pktmon::original_size);
  header.logged_size = word(pktmon::logged_size);
  return header.logged_size <= event.data_size() - pktmon::packet_header_size;
}

void PktmonFacts::take(const Event& event, PacketKind kind) {
  any_ = true;
  if (kind != PacketKind::none) return take_packet(event, kind);
  switch (event.id()) {
    case pktmon::component:
      return take_component(event);
    case pktmon::number_property:
    case pktmon::number_property2:
    case pktmon::medium_property:
    case pktmon::ipv4_property:
    case pktmon::ipv6_property:
    case pktmon::mac_property:
    case pktmon::text_property:
      return take_property(event);
    case pktmon::filter_ipv4:
    case pktmon::filter_ipv6:
      return take_filter(event);
    default:
      // 120 to 150, and 200 to 230 of newer builds: headers only.
      if (event.id() < pktmon::first_about_packets) return;
      if (event.id() == pktmon::packet2) {
        ++unclear_;
        return;
      }
      ++(event.id() == pktmon::buffer_lists || event.id() == pktmon::buffer_lists2 ? others_ : headers_only_);
  }
}

void PktmonFacts::take_packet(const Event& event, PacketKind kind) {
  PacketHeader header;
  if (!read_packet_header(event, header)) return;
  logged_most_ = std::max<std::uint32_t>(logged_most_, header.logged_size);
  if (header.logged_size < header.original_size) {
    cut_least_ = std::min<std::uint32_t>(cut_least_, header.logged_size);
    cut_most_ = std::max<std::uint32_t>(cut_most_, header.logged_size);
  }
  if (kind == PacketKind::drop) {
    ++drops_;
    return;
  }
  ++packets_;
  if (seen_.empty()) seen_.resize(component_ids);
  seen_[header.component] = true;
  if (header.appearance != 0 && appearances_.size() < max_appearances)
    appearances_.push_back({header.group, header.number, header.appearance, header.component, 0});
}

bool PktmonFacts::pay(std::size_t bytes) {
  if (bytes > table_budget - table_bytes_) return false;
  table_bytes_ += bytes;
  return true;
}

Component* PktmonFacts::entry_of(std::uint16_t id) {
  const auto found = components_.find(id);
  if (found != components_.end()) return &found->second;
  return pay(sizeof(Component) + tree_node) ? &components_[id] : nullptr;
}

// Of texts that come again the first ones are as good.
void PktmonFacts::set_text(std::string& to, std::string text) {
  if (to.empty() && pay(text.size())) to = std::move(text);
}

PktmonFacts::Addresses* PktmonFacts::addresses_of(std::uint16_t id) {
  const auto found = component_addresses_.find(id);
  if (found != component_addresses_.end()) return &found->second;
  return pay(sizeof(Addresses) + tree_node) ? &component_addresses_[id] : nullptr;
}

void PktmonFacts::take_address(const Event& event, std::uint16_t id, std::span<const std::byte> value) {
  Addresses* addresses = addresses_of(id);
  if (addresses == nullptr) return;
  // Twice: by component, and by interface later.
  const auto add = [&]<std::size_t size>(std::vector<std::array<std::byte, size>>& list) {
    if (value.size() >= size && list.size() < max_addresses && pay(4 * size))
      std::copy_n(value.begin(), size, list.emplace_back().begin());
  };
  event.id() == pktmon::ipv4_property ? add(addresses->ipv4) : add(addresses->ipv6);
}

void PktmonFacts::take_component(const Event& event) {
  const std::span<const std::byte> data{event.data(), event.data_size()};
  if (data.size() < 4) return;
  Component* component = entry_of(load<std::uint16_t>(data.data(), little));
  if (component == nullptr) return;
  component->type = load<std::uint16_t>(data.data() + 2, little);
  component->described = true;
  any_described_ = true;
  std::size_t used = 0;
  set_text(component->name, name_text(data.subspan(4), used));
  set_text(component->description, name_text(data.subspan(4 + used), used));
}

void PktmonFacts::take_property(const Event& event) {
  const std::span<const std::byte> data{event.data(), event.data_size()};
  if (data.size() < 6) return;
  const auto id = load<std::uint16_t>(data.data(), little);
  const auto kind = load<std::uint16_t>(data.data() + 2, little);
  const auto value = data.subspan(4);
  std::size_t used = 0;
  switch (event.id()) {
    case pktmon::medium_property:
      if (Component* component = entry_of(id)) component->medium = load<std::uint16_t>(value.data(), little);
      return;
    case pktmon::text_property:
      if (Component* component = kind == property::switch_name ? entry_of(id) : nullptr)
        set_text(component->switch_name, name_text(value, used));
      return;
    case pktmon::ipv4_property:
    case pktmon::ipv6_property:
      return take_address(event, id, value);
    case pktmon::mac_property: {
      constexpr std::size_t mac_size = 6;
      if (kind != property::mac || value.size() < 4 + mac_size || load_le32(value.data()) != mac_size) return;
      Component* component = entry_of(id);
      if (component == nullptr) return;
      std::copy_n(value.begin() + 4, mac_size, component->mac.begin());
      component->has_mac = true;
      return;
    }
    default:
      break;
  }
  if (value.size() < 4) return;
  const auto number = load_le32(value.data());
  Component* component = entry_of(id);
  if (component == nullptr) return;
  if (kind == property::if_index) component->if_index = number;
  if (kind == property::medium) component->medium = number;
  if (kind == property::miniport_index || kind == property::stack_index) component->link = number;
}

// u16 id, UTF-16Z name, two MAC addresses, u16 ethertype, u16 VLAN, two addresses, u8 protocol, two u16
// ports, u8 TCP flags. Zero: any.
void PktmonFacts::take_filter(const Event& event) {
  ByteCursor cursor({event.data(), event.data_size()}, little);
  std::uint16_t id = 0;
  if (filters_.size() >= max_texts || !cursor.read(id)) return;
  std::size_t used = 0;
  const std::string name = name_text(cursor.rest(), used);
  std::span<const std::byte> bytes;
  cursor.take(used, bytes);
  std::string text = "filter " + std::to_string(id);
  if (!name.empty()) text += " '" + name + "'";
  const auto is_set = [](std::span<const std::byte> value) {
    return std::any_of(value.begin(), value.end(), [](std::byte byte) { return byte != std::byte{0}; });
  };
  const auto add_number = [&]<typename T>(const char* what, T) {
    T number = 0;
    if (cursor.read(number) && number != 0) text += std::string(", ") + what + " " + std::to_string(number);
  };
  for (int i = 0; i < 2; ++i) {
    if (cursor.take(6, bytes) && is_set(bytes)) text += ", MAC " + hex(bytes, ":");
  }
  std::uint16_t ethertype = 0;
  if (cursor.read(ethertype) && ethertype != 0) text += ", ethertype 0x" + hex_number(ethertype);
  add_number("VLAN", std::uint16_t{});
  const std::size_t address_size = event.id() == pktmon::filter_ipv4 ? 4 : 16;
  for (int i = 0; i < 2; ++i) {
    if (cursor.take(address_size, bytes) && is_set(bytes)) text += ", address " + ip_text(bytes);
  }
  add_number("protocol", std::uint8_t{});
  add_number("port", std::uint16_t{});
  add_number("port", std::uint16_t{});
  std::uint8_t flags = 0;
  if (cursor.read(flags) && flags != 0) text += ", TCP flags 0x" + hex_number(flags);
  filters_.push_back(std::move(text));
}

void PktmonFacts::conclude() {
  is_copy_.assign(component_ids, false);
  if (seen_.empty()) seen_.resize(component_ids);
  // Of a component that the table does not name, or only by a property, nothing is known: its packets stay.
  for (const auto& [id, component] : components_) {
    is_copy_[id] = component.described && !is_adapter(component);
    if (is_adapter(component) && seen_[id]) selects_ = true;
  }
  choose();
  for (const auto& [id, addresses] : component_addresses_) {
    // Most are told of the stack above an adapter, which names the adapter's index.
    const Component* own = component(id);
    if (own == nullptr || (!own->link && !own->if_index)) continue;
    Addresses& all = addresses_[own->link ? *own->link : *own->if_index];
    const auto add = [](auto& to, const auto& from) {
      for (const auto& one : from) {
        if (to.size() < max_addresses && std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
      }
    };
    add(all.ipv4, addresses.ipv4);
    add(all.ipv6, addresses.ipv6);
  }
}

std::uint16_t PktmonFacts::distance_of(std::uint16_t id) const {
  const Component* known = component(id);
  if (known == nullptr || !known->described) return 1;
  return is_adapter(*known) ? 0 : 2;
}

void PktmonFacts::choose() {
  if (!selects_) appearances_.clear();
  for (auto& one : appearances_) one.distance = distance_of(one.component);
  std::sort(appearances_.begin(), appearances_.end(), [](const Appearance& left, const Appearance& right) {
    return std::tie(left.group, left.number, left.distance, left.count) <
           std::tie(right.group, right.number, right.distance, right.count);
  });
  // A packet that met no adapter, as between virtual machines, is counted; what was an adapter's record with
  // damaged numbers would come twice.
  auto end = appearances_.begin();
  for (auto at = appearances_.begin(); at != appearances_.end();) {
    const auto next = std::find_if(at, appearances_.end(), [&](const Appearance& other) {
      return other.group != at->group || other.number != at->number;
    });
    if (at->distance <= 1) {
      *end++ = *at;
    } else {
      ++packets_elsewhere_;
    }
    at = next;
  }
  appearances_.erase(end, appearances_.end());
  appearances_.shrink_to_fit();
}

// Another record with the same distance and count is no copy, whatever its numbers say.
std::optional<bool> PktmonFacts::is_chosen(const PacketHeader& header) const {
  if (header.appearance == 0) return std::nullopt;
  const auto found = std::lower_bound(
      appearances_.begin(), appearances_.end(), header, [](const Appearance& one, const PacketHeader& than) {
        return std::tie(one.group, one.number) < std::tie(than.group, than.number);
      });
  if (found == appearances_.end() || found->group != header.group || found->number != header.number)
    return std::nullopt;
  return found->count == header.appearance && found->distance == distance_of(header.component);
}

std::uint64_t PktmonFacts::undescribed_with_packets() const {
  std::uint64_t count = 0;
  for (std::size_t id = 0; id < seen_.size(); ++id) {
    if (seen_[id] && distance_of(static_cast<std::uint16_t>(id)) == 1) ++count;
  }
  return count;
}

const Component* PktmonFacts::component(std::uint16_t id) const {
  const auto found = components_.find(id);
  return found == components_.end() ? nullptr : &found->second;
}

const std::vector<std::array<std::byte, 4>>& PktmonFacts::ipv4_of(std::uint32_t if_index) const {
  const auto found = addresses_.find(if_index);
  return found == addresses_.end() ? no_ipv4 : found->second.ipv4;
}

const std::vector<std::array<std::byte, 16>>& PktmonFacts::ipv6_of(std::uint32_t if_index) const {
  const auto found = addresses_.find(if_index);
  return found == addresses_.end() ? no_ipv6 : found->second.ipv6;
}

std::uint32_t PktmonFacts::snaplen() const {
  return cut_most_ != 0 && cut_least_ == cut_most_ && logged_most_ == cut_most_ ? cut_most_ : 0;
}

PktmonDecoder::PktmonDecoder(const PktmonFacts& facts, const Options& options)
    : facts_(facts), options_(options) {
  if (!options.all_components) seen_.resize(seen_count);
}

// Older builds number packets and count where each one appeared; newer ones leave the count zero, and no
// number comes twice.
bool PktmonDecoder::is_repeated(const PacketHeader& header) {
  if (header.appearance == 0 || !facts_.selects()) return false;
  const std::uint64_t hash = (header.group + header.number) * 0x9e3779b97f4a7c15;
  Seen& seen = seen_[hash >> 50];
  static_assert(seen_count == std::size_t{1} << (64 - 50));
  if (seen.used && seen.group == header.group && seen.number == header.number) return true;
  seen = {header.group, header.number, header.component, true};
  return false;
}

bool PktmonDecoder::is_left_out(const PacketHeader& header) {
  if (const auto chosen = facts_.is_chosen(header)) return !*chosen;
  return facts_.is_copy(header.component) || is_repeated(header);
}

LinkType PktmonDecoder::link_type_of(const PacketHeader& header, PacketKind kind,
                                     std::span<const std::byte> data) const {
  switch (header.packet_type) {
    case packet_type::ethernet:
      return LinkType::ethernet;
    case packet_type::ip:
      return LinkType::raw;
    case packet_type::wifi: {
      // True at the adapter; above the Wi-Fi filter, and where an adapter drops, the frame is an Ethernet
      // one.
      const Component* component = facts_.component(header.component);
      const bool sure = kind == PacketKind::flow && component != nullptr && is_adapter(*component);
      return !sure && looks_like_ethernet(data) ? LinkType::ethernet : LinkType::ieee802_11;
    }
    case 0:
      if (looks_like_ethernet(data)) return LinkType::ethernet;
      return looks_like_ip(data) ? LinkType::raw : LinkType::ethernet;
    default:
      return other_payload;
  }
}

PktmonDecoder::Outcome PktmonDecoder::take(const Event& event, PacketKind kind, Frame& frame,
                                           RecordComment& comment) {
  PacketHeader header;
  if (!read_packet_header(event, header)) return Outcome::lost;
  if (kind == PacketKind::drop) {
    if (!options_.drops) return Outcome::drop_left_out;
  } else if (!options_.all_components && is_left_out(header)) {
    return header.appearance == 0 ? Outcome::uncounted_left_out : Outcome::copy_left_out;
  }
  frame = {};
  frame.data = {event.data() + pktmon::packet_header_size, header.logged_size};
  frame.original_length = std::max(header.original_size, header.logged_size);
  frame.direction = direction_of(header.direction);
  frame.source.tool = Source::Tool::component;
  frame.source.miniport = header.component;
  frame.source.link_type = link_type_of(header, kind, frame.data);
  if (frame.source.link_type == LinkType::ieee802_11 && !options_.all_components)
    frame.data = without_protected_bit(frame.data, scratch_);
  if (options_.all_components && header.appearance != 0 && kind == PacketKind::flow)
    comment.set_id(header.group * 0x9e3779b97f4a7c15 + header.number);
  if (kind == PacketKind::drop) {
    comment.part().add("dropped, reason ").add(header.drop_reason);
    comment.add(" at 0x").add(header.drop_location, 16);
    if (header.filter != 0) comment.add(", filter ").add(header.filter);
  }
  return Outcome::frame;
}

}  // namespace anchoko::formats::etl
