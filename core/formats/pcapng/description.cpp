#include "core/formats/pcapng/description.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::formats::pcapng {
namespace {

constexpr std::size_t max_text = 65535;

// Cuts before a byte that continues a UTF-8 character.
std::size_t cut_position(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  while (limit > 1 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return limit;
}

void append_comment(std::vector<std::byte>& list, std::string_view text) {
  do {
    const std::size_t count = cut_position(text, max_text);
    append_option(list, option::comment, text.substr(0, count));
    text.remove_prefix(count);
  } while (!text.empty());
}

// A text that is too long for its option moves to comments, whole.
void append_text(std::vector<std::byte>& list, std::uint16_t code, const char* name, std::string_view text) {
  if (text.empty()) return;
  if (text.size() <= max_text) {
    append_option(list, code, text);
  } else {
    append_comment(list, std::string(name) + ": " + std::string(text));
  }
}

void append_end(std::vector<std::byte>& list) {
  list.resize(list.size() + 4);
}

template <typename T>
void store_at(std::vector<std::byte>& body, std::size_t offset, T value) {
  store<T>(body.data() + offset, value, ByteOrder::little);
}

void append_number(std::vector<std::byte>& list, std::uint16_t code, std::uint64_t value) {
  std::array<std::byte, 8> bytes{};
  store<std::uint64_t>(bytes.data(), value, ByteOrder::little);
  append_option(list, code, std::span<const std::byte>(bytes));
}

std::array<std::byte, 8> time_halves(std::int64_t ns, std::int64_t unit_ns) {
  const auto units = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0) / unit_ns);
  std::array<std::byte, 8> bytes{};
  store<std::uint32_t>(bytes.data(), static_cast<std::uint32_t>(units >> 32), ByteOrder::little);
  store<std::uint32_t>(bytes.data() + 4, static_cast<std::uint32_t>(units), ByteOrder::little);
  return bytes;
}

}  // namespace

std::vector<std::byte> section_body(const SectionInfo& section) {
  std::vector<std::byte> body(section_header_fixed);
  store_at<std::uint32_t>(body, 0, byte_order_magic);
  store_at<std::uint16_t>(body, 4, 1);
  store_at<std::uint16_t>(body, 6, 0);
  store_at<std::uint64_t>(body, 8, UINT64_MAX);  // the section's length is not known beforehand
  append_text(body, option::section_hardware, "hardware", section.hardware);
  append_text(body, option::section_os, "operating system", section.os);
  append_text(body, option::section_application, "application", section.application);
  for (const auto& comment : section.comments) append_comment(body, comment);
  append_end(body);
  return body;
}

std::vector<std::byte> interface_body(const InterfaceInfo& interface) {
  std::vector<std::byte> body(interface_fixed);
  store_at<std::uint16_t>(body, 0, static_cast<std::uint16_t>(interface.link_type));
  store_at<std::uint32_t>(body, 4, interface.snaplen);
  append_text(body, option::interface_name, "name", interface.name);
  append_text(body, option::interface_description, "description", interface.description);
  const std::array resolution{static_cast<std::byte>(interface.timestamp_digits)};
  append_option(body, option::interface_time_resolution, std::span<const std::byte>(resolution));
  if (interface.filter.size() < max_text) {
    if (!interface.filter.empty())
      append_option(body, option::interface_filter, std::string(1, '\0') + interface.filter);
  } else {
    append_comment(body, "filter: " + interface.filter);
  }
  append_text(body, option::interface_os, "operating system", interface.os);
  append_text(body, option::interface_hardware, "hardware", interface.hardware);
  if (!interface.host.empty()) append_comment(body, host_prefix + interface.host);
  if (interface.link_type_extra != 0) {
    std::array<char, 16> digits{};
    const auto field = interface.link_type_extra | static_cast<std::uint16_t>(interface.link_type);
    std::snprintf(digits.data(), digits.size(), "%08x", static_cast<unsigned>(field));
    append_comment(body, std::string(link_field_prefix) + digits.data());
  }
  if (interface.original_lengths_unknown) append_comment(body, lengths_unknown);
  if (interface.layer != 0) append_comment(body, layer_prefix + std::to_string(interface.layer));
  for (const auto& comment : interface.comments) append_comment(body, comment);
  body.insert(body.end(), interface.other_options.begin(), interface.other_options.end());
  append_end(body);
  return body;
}

std::vector<std::byte> statistics_body(std::uint32_t interface, const InterfaceStatistics& statistics,
                                       std::int64_t time_ns, std::int64_t unit_ns) {
  std::vector<std::byte> body(statistics_fixed);
  store_at<std::uint32_t>(body, 0, interface);
  const auto time = time_halves(time_ns, unit_ns);
  std::copy(time.begin(), time.end(), body.begin() + 4);
  const auto append_time = [&](std::uint16_t code, const std::optional<std::int64_t>& ns) {
    if (ns) append_option(body, code, std::span<const std::byte>(time_halves(*ns, unit_ns)));
  };
  const auto append_count = [&](std::uint16_t code, const std::optional<std::uint64_t>& count) {
    if (count) append_number(body, code, *count);
  };
  append_time(option::statistics_start_time, statistics.start_ns);
  append_time(option::statistics_end_time, statistics.end_ns);
  append_count(option::statistics_received, statistics.received);
  append_count(option::statistics_dropped, statistics.dropped_by_interface);
  append_count(option::statistics_filter_accepted, statistics.filter_accepted);
  append_count(option::statistics_dropped_by_os, statistics.dropped_by_os);
  append_count(option::statistics_delivered, statistics.delivered);
  append_end(body);
  return body;
}

}  // namespace anchoko::formats::pcapng
