#include "core/formats/pcapng/attachments.h"

#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::formats::pcapng {
namespace {

void append_number16(std::vector<std::byte>& out, std::uint16_t value) {
  out.resize(out.size() + 2);
  store<std::uint16_t>(out.data() + out.size() - 2, value, ByteOrder::little);
}
void append_number32(std::vector<std::byte>& out, std::uint32_t value) {
  out.resize(out.size() + 4);
  store<std::uint32_t>(out.data() + out.size() - 4, value, ByteOrder::little);
}
void append_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// Every option of these blocks is text or an address: bytes in network order.
bool append_options(std::vector<std::byte>& out, std::span<const std::byte> bytes, ByteOrder order) {
  if (bytes.empty()) return true;
  OptionList list(bytes, order);
  Option option;
  while (list.next(option)) {
    const bool custom = option.code == option::custom_text || option.code == option::custom_bytes;
    if (custom && option.value.size() < 4) return false;
    if (option.code == option::custom_text_not_to_be_copied ||
        option.code == option::custom_bytes_not_to_be_copied)
      continue;
    if (!append_converted(out, option, order, custom ? ValueKind::custom : ValueKind::bytes)) return false;
  }
  append_number32(out, 0);
  return !list.damaged();
}

// An address, then names that end with a zero byte.
bool name_record_sound(std::uint16_t type, std::span<const std::byte> value) {
  std::size_t address = 0;
  switch (type) {
    case 1:
      address = 4;
      break;
    case 2:
      address = 16;
      break;
    case 3:
      address = 6;
      break;
    case 4:
      address = 8;
      break;
    default:
      return true;
  }
  return value.size() == address || (value.size() > address && value.back() == std::byte{0});
}

bool convert_names(ByteCursor body, ByteOrder order, std::vector<std::byte>& out) {
  while (true) {
    std::uint16_t type = 0;
    std::uint16_t length = 0;
    if (!body.read(type) || !body.read(length)) return false;
    append_number16(out, type);
    append_number16(out, length);
    if (type == 0) return append_options(out, body.rest(), order);
    std::span<const std::byte> value;
    if (!body.take(padded(length), value) || !name_record_sound(type, value.first(length))) return false;
    append_bytes(out, value);  // addresses in network order and names
  }
}

bool convert_secrets(ByteCursor body, ByteOrder order, std::vector<std::byte>& out) {
  std::uint32_t type = 0;
  std::uint32_t length = 0;
  std::span<const std::byte> secrets;
  if (!body.read(type) || !body.read(length) || !body.take(padded(length), secrets)) return false;
  append_number32(out, type);
  append_number32(out, length);
  append_bytes(out, secrets);
  return append_options(out, body.rest(), order);
}

}  // namespace

bool is_attachment(std::uint32_t block_type) {
  return block_type == block::name_resolution || block_type == block::decryption_secrets ||
         block_type == block::systemd_journal || block_type == block::custom;
}

bool convert_attachment(std::uint32_t block_type, std::span<const std::byte> body, ByteOrder order,
                        std::vector<std::byte>& out) {
  out.clear();
  const ByteCursor cursor(body, order);
  switch (block_type) {
    case block::name_resolution:
      return convert_names(cursor, order, out);
    case block::decryption_secrets:
      return convert_secrets(cursor, order, out);
    case block::systemd_journal:
      append_bytes(out, body);  // text; an entry without its time is none
      return body.size() > sizeof "__REALTIME_TIMESTAMP=";
    // Where its data end and its options begin is known to its owner alone.
    case block::custom:
      if (order != ByteOrder::little || body.size() < 4) return false;
      append_bytes(out, body);
      return true;
    default:
      return false;
  }
}

}  // namespace anchoko::formats::pcapng
