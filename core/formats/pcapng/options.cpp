#include "core/formats/pcapng/options.h"

#include <algorithm>

#include "core/formats/pcapng/blocks.h"

namespace anchoko::formats::pcapng {

bool OptionList::next(Option& option) {
  const std::size_t left = bytes_.size() - position_;
  if (left < 4) {
    damaged_ = left != 0;
    return false;
  }
  const std::byte* at = bytes_.data() + position_;
  option.code = load<std::uint16_t>(at, order_);
  const std::size_t length = load<std::uint16_t>(at + 2, order_);
  if (option.code == option::end) return false;
  if (length > left - 4) {
    damaged_ = true;
    return false;
  }
  option.value = bytes_.subspan(position_ + 4, length);
  position_ += std::min(left, 4 + padded(length));
  return true;
}

std::string option_text(std::span<const std::byte> value) {
  const auto end = std::find(value.begin(), value.end(), std::byte{0});
  return {reinterpret_cast<const char*>(value.data()), static_cast<std::size_t>(end - value.begin())};
}

void append_option(std::vector<std::byte>& list, std::uint16_t code, std::span<const std::byte> value) {
  const std::size_t start = list.size();
  list.resize(start + 4 + padded(value.size()));
  store<std::uint16_t>(list.data() + start, code, ByteOrder::little);
  store<std::uint16_t>(list.data() + start + 2, static_cast<std::uint16_t>(value.size()), ByteOrder::little);
  std::copy(value.begin(), value.end(), list.begin() + static_cast<std::ptrdiff_t>(start) + 4);
}

void append_option(std::vector<std::byte>& list, std::uint16_t code, std::string_view value) {
  append_option(list, code, std::as_bytes(std::span(value)));
}

namespace {

std::optional<ValueKind> common_value_kind(std::uint16_t code) {
  switch (code) {
    case option::comment:
      return ValueKind::bytes;
    case option::custom_text:
    case option::custom_bytes:
      return ValueKind::custom;
    default:
      return std::nullopt;
  }
}

}  // namespace

ValueKind packet_value_kind(std::uint16_t code) {
  switch (code) {
    case option::packet_hash:
      return ValueKind::bytes;
    case option::packet_flags:
    case option::packet_drop_count:
    case option::packet_id:
    case option::packet_queue:
      return ValueKind::number;
    case option::packet_verdict:
      return ValueKind::verdict;
    default:
      return common_value_kind(code).value_or(ValueKind::unknown);
  }
}

ValueKind interface_value_kind(std::uint16_t code) {
  switch (code) {
    case option::interface_ipv4:
    case option::interface_ipv6:
    case option::interface_mac:
    case option::interface_eui:
    case option::interface_fcs_length:
      return ValueKind::bytes;
    case option::interface_speed:
    case option::interface_time_zone:
    case option::interface_send_speed:
    case option::interface_receive_speed:
      return ValueKind::number;
    default:
      return common_value_kind(code).value_or(ValueKind::unknown);
  }
}

namespace {

bool custom_sound(const Option& option) {
  const bool custom = option.code == option::custom_text || option.code == option::custom_bytes ||
                      option.code == option::custom_text_not_to_be_copied ||
                      option.code == option::custom_bytes_not_to_be_copied;
  return !custom || option.value.size() >= 4;
}

}  // namespace

bool packet_option_sound(const Option& option) {
  const std::size_t size = option.value.size();
  switch (option.code) {
    case option::packet_flags:
    case option::packet_queue:
      return size == 4;
    case option::packet_drop_count:
    case option::packet_id:
      return size == 8;
    case option::packet_hash:
    case option::packet_verdict:
      return size >= 1;
    default:
      return custom_sound(option);
  }
}

bool interface_option_sound(const Option& option) {
  const std::size_t size = option.value.size();
  switch (option.code) {
    case option::interface_ipv4:
    case option::interface_eui:
    case option::interface_speed:
    case option::interface_send_speed:
    case option::interface_receive_speed:
      return size == 8;
    case option::interface_ipv6:
      return size == 17;
    case option::interface_mac:
      return size == 6;
    case option::interface_time_zone:
      return size == 4;
    case option::interface_fcs_length:
      return size == 1;
    case option::interface_filter:
      return size >= 1;
    default:
      return custom_sound(option);
  }
}

bool append_converted(std::vector<std::byte>& list, const Option& option, ByteOrder order, ValueKind kind) {
  // Those that ask not to be copied by a program that does not know them.
  if (option.code == option::custom_text_not_to_be_copied ||
      option.code == option::custom_bytes_not_to_be_copied) {
    return false;
  }
  if (order == ByteOrder::little || kind == ValueKind::bytes) {
    append_option(list, option.code, option.value);
    return true;
  }
  std::size_t from = 0;
  std::size_t to = option.value.size();
  switch (kind) {
    case ValueKind::number:
      if (to != 2 && to != 4 && to != 8) return false;
      break;
    case ValueKind::custom:  // an enterprise number, then bytes of unknown make
      if (to < 4) return false;
      to = 4;
      break;
    case ValueKind::verdict:  // a type byte; Linux verdicts (1, 2) are a 64-bit number
      if (to == 0) return false;
      if (option.value[0] == std::byte{0}) {
        to = 0;
      } else if (to == 9 && option.value[0] <= std::byte{2}) {
        from = 1;
      } else {
        return false;
      }
      break;
    default:
      return false;
  }
  append_option(list, option.code, option.value);
  const auto start = list.end() - static_cast<std::ptrdiff_t>(padded(option.value.size()));
  std::reverse(start + static_cast<std::ptrdiff_t>(from), start + static_cast<std::ptrdiff_t>(to));
  return true;
}

PacketOptions convert_packet_options(std::span<const std::byte> bytes, ByteOrder order,
                                     std::vector<std::byte>& scratch) {
  PacketOptions result;
  Option option;
  // Most lists can be handed on as they are.
  OptionList look(bytes, order);
  bool as_is = order == ByteOrder::little;
  while (as_is && look.next(option)) {
    as_is = packet_option_sound(option) && option.code != option::packet_flags &&
            option.code != option::custom_text_not_to_be_copied &&
            option.code != option::custom_bytes_not_to_be_copied;
  }
  if (as_is && !look.damaged() && look.walked() % 4 == 0) {
    result.options = bytes.first(look.walked());
    return result;
  }
  scratch.clear();
  OptionList list(bytes, order);
  while (list.next(option)) {
    if (!packet_option_sound(option)) {
      ++result.skipped;
    } else if (option.code == option::packet_flags) {
      const auto flags = load<std::uint32_t>(option.value.data(), order);
      result.direction = flags & flags_direction_mask;
      const std::uint32_t others = flags & ~flags_direction_mask;
      if (others == 0) continue;
      std::byte value[4];
      store<std::uint32_t>(value, others, ByteOrder::little);
      append_option(scratch, option::packet_flags, std::span<const std::byte>(value));
    } else if (!append_converted(scratch, option, order, packet_value_kind(option.code))) {
      ++result.skipped;
    }
  }
  if (list.damaged()) ++result.skipped;
  result.options = scratch;
  return result;
}

}  // namespace anchoko::formats::pcapng
