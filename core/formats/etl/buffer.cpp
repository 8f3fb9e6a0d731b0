#include "core/formats/etl/buffer.h"

namespace anchoko::formats::etl {

BufferHeader read_buffer_header(const std::byte* at) {
  BufferHeader header;
  header.size = load_le32(at + buffer::size);
  header.used = load_le32(at + buffer::used);
  header.flags = load<std::uint16_t>(at + buffer::flags, little);
  header.type = load<std::uint16_t>(at + buffer::type, little);
  const auto processor = load<std::uint16_t>(at + buffer::processor, little);
  // Before Windows 8 one byte, and the buffer's alignment in the other one.
  header.processor = (header.flags & buffer::flag_processor_index) != 0 ? processor & buffer::processor_mask
                                                                        : processor & 0xff;
  header.reference_count = load_le32(at + buffer::reference_count);
  header.state = load_le32(at + buffer::state);
  return header;
}

std::string impossible(const BufferHeader& header, std::uint64_t left, std::uint32_t most) {
  const auto text = [](std::uint64_t number) { return std::to_string(number); };
  if (header.size < buffer::header_size)
    return "a buffer says that it has " + text(header.size) + " bytes, its header alone has 72";
  if (header.used < buffer::header_size)
    return "a buffer says that " + text(header.used) + " bytes of it are used, its header alone has 72";
  if (!header.is_compressed() && header.used > header.size)
    return "a buffer of " + text(header.size) + " bytes says that " + text(header.used) +
           " bytes of it are used";
  if (header.is_compressed() && header.used > most)
    return "a compressed buffer says that it holds " + text(header.used) + " bytes, the limit is " +
           text(most);
  if (header.size > left)
    return "the file ends within a buffer: " + text(left) + " of " + text(header.size) + " bytes are there";
  return {};
}

bool looks_real(const BufferHeader& header) {
  constexpr std::uint16_t known_flags = 0x7f;
  constexpr std::uint32_t last_state = 7;
  return header.type <= buffer::last_type && header.state <= last_state &&
         ((header.flags & ~known_flags) == 0 || header.reference_count == 0);
}

bool is_convincing(const BufferHeader& header, std::uint64_t left, std::uint32_t most) {
  return impossible(header, left, most).empty() && looks_real(header);
}

}  // namespace anchoko::formats::etl
