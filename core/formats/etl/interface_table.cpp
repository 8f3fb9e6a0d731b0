#include "core/formats/etl/interface_table.h"

#include "core/formats/etl/rule_text.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::formats::etl {
namespace {

// More are a sign of damage, and would cost memory.
constexpr std::size_t max_interfaces = 4096;
constexpr std::uint8_t time_digits = 7;  // 100 ns, as Windows has times

constexpr const char wifi_remark[] =
    "802.11 frames come decrypted: their Protected bit, which Windows may leave set, is cleared";
constexpr const char wifi_remark_as_logged[] =
    "802.11 frames come decrypted, as Windows logged them: where their Protected bit is set, it is not true";
constexpr const char tag_remark[] =
    "VLAN tags that travelled beside the frames are put back into them: 4 bytes at offset 12, counted in the "
    "original length";

std::uint8_t layer_of(const Component& component) {
  if (is_adapter(component)) return 0;
  switch (component.type) {
    case 1:
    case 3:
      return 1;  // filters
    case 4:
      return 2;  // protocols
    default:
      return 3;
  }
}

std::string link_text(LinkType type) {
  return type == LinkType::ieee802_11 ? " (802.11)" : type == LinkType::raw ? " (IP)" : "";
}

}  // namespace

std::optional<std::uint32_t> InterfaceTable::find(const Source& source, std::span<const std::byte> names) {
  if (!interfaces_.empty() && source == last_) [[likely]]
    return last_index_;
  auto found = places_.find(source);
  if (found == places_.end()) {
    if (interfaces_.size() >= max_interfaces) return std::nullopt;
    found = places_.emplace(source, static_cast<std::uint32_t>(interfaces_.size())).first;
    interfaces_.push_back(describe(source, names));
    tell_apart(source, interfaces_.back());
  }
  last_ = source;
  last_index_ = found->second;
  return last_index_;
}

// Two adapters of one model. One place with frames of two kinds keeps its name for both.
void InterfaceTable::tell_apart(Source source, InterfaceInfo& info) {
  source.link_type = LinkType::ethernet;
  if (names_.emplace(info.name, source).first->second != source)
    info.name += " [" + std::to_string(source.miniport) + "]";
}

InterfaceInfo InterfaceTable::describe(const Source& source, std::span<const std::byte> names) const {
  InterfaceInfo info;
  info.link_type = source.link_type;
  info.timestamp_digits = time_digits;
  info.os = system_;
  switch (source.tool) {
    case Source::Tool::adapter:
      describe_adapter(source, info);
      break;
    case Source::Tool::switch_port:
      describe_port(source, names, info);
      break;
    case Source::Tool::ras:
      info.name = "NdisWan";
      info.description = "connections of remote access (VPN, dial-up)";
      break;
    case Source::Tool::component:
      describe_component(source, info);
      break;
  }
  if (source.link_type == LinkType::ieee802_11)
    info.comments.emplace_back(as_logged_ ? wifi_remark_as_logged : wifi_remark);
  return info;
}

void InterfaceTable::describe_adapter(const Source& source, InterfaceInfo& info) const {
  const std::string index = std::to_string(source.miniport);
  info.name = ndis_.name_of(source.miniport);
  if (info.name.empty()) info.name = "ifindex " + index;
  info.description = "network adapter with interface index " + index;
  if (source.lower != source.miniport) {
    info.name += " layer " + std::to_string(source.lower);
    info.description += ", seen at the layer with index " + std::to_string(source.lower);
  }
  info.layer = ndis_.layer_of(source.miniport, source.lower);
  describe_cuts(info);
}

void InterfaceTable::describe_cuts(InterfaceInfo& info) const {
  if (!ndis_.cuts()) return;
  info.snaplen = ndis_.truncation().value_or(0);
  info.original_lengths_unknown = true;
  info.comments.emplace_back(
      "packets were cut while capturing, which does not keep their length: it is inferred from the IP header "
      "where there is one");
}

void InterfaceTable::describe_port(const Source& source, std::span<const std::byte> names,
                                   InterfaceInfo& info) const {
  std::size_t used = 0;
  const std::string port = name_text(names, used);
  names = names.subspan(used);
  const std::string adapter = name_text(names, used);
  const std::string kind = name_text(names.subspan(used), used);
  info.name = !adapter.empty() ? adapter : !port.empty() ? port : "switch port";
  info.name += " port " + std::to_string(source.port);
  info.description = "port " + std::to_string(source.port) + " of a virtual switch";
  if (!port.empty()) info.description += ", " + port;
  if (!kind.empty()) info.description += ", " + kind;
  info.description += ", interface index " + std::to_string(source.miniport);
  if (source.lower != source.miniport) info.description += ", layer " + std::to_string(source.lower);
  info.comments.emplace_back(tag_remark);
  describe_cuts(info);
}

void InterfaceTable::describe_component(const Source& source, InterfaceInfo& info) const {
  const auto id = static_cast<std::uint16_t>(source.miniport);
  const std::string number = std::to_string(id);
  info.snaplen = pktmon_.snaplen();
  const Component* component = pktmon_.component(id);
  if (component == nullptr) {
    info.name = "component " + number + link_text(source.link_type);
    info.description = "pktmon component that the file does not describe";
    return;
  }
  info.name = component->description.empty() ? component->name : component->description;
  if (!component->switch_name.empty() && info.name.empty()) info.name = component->switch_name;
  // Names of adapters are their own; others have many components of one name.
  if (!is_adapter(*component) || info.name.empty()) info.name += " [" + number + "]";
  info.layer = layer_of(*component);
  info.description = "pktmon component " + number;
  if (const char* kind = component_kind(component->type); *kind != 0)
    info.description += std::string(", ") + kind;
  if (!component->name.empty()) info.description += ", " + component->name;
  if (component->if_index) {
    info.description += ", interface index " + std::to_string(*component->if_index);
    std::string addresses;
    for (const auto& one : pktmon_.ipv4_of(*component->if_index)) addresses += " " + ip_text(one);
    for (const auto& one : pktmon_.ipv6_of(*component->if_index)) addresses += " " + ip_text(one);
    if (!addresses.empty()) info.comments.push_back("addresses:" + addresses);
  }
  if (component->has_mac)
    pcapng::append_option(info.other_options, pcapng::option::interface_mac,
                          std::span<const std::byte>(component->mac));
}

}  // namespace anchoko::formats::etl
