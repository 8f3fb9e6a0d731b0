#include "backends/snoop/emulator_display.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "backends/snoop/emulator_test_packets.h"

// The options that change what is shown: reference for snoop, section 1.
namespace anchoko::snoop::emulated {
namespace {

Record record_of(const Bytes& bytes, std::uint32_t microseconds) {
  Record record;
  record.bytes = bytes;
  record.original = static_cast<std::uint32_t>(bytes.size());
  record.seconds = 1000;
  record.microseconds = microseconds;
  record.drops = 3;
  return record;
}

std::string second_of_two(const Options& options, const Names& names = {}) {
  const Release release;
  Display display(options, Medium::ethernet, release, names);
  display.text_of(record_of(tcp_frame(), 0), 1);
  display.text_of(record_of(tcp_frame(), 250000), 2);
  return display.text_of(record_of(tcp_frame(), 750000), 3);
}

TEST_CASE("snoop display: one line a packet, with the time since the one before") {
  const std::string text = second_of_two({});
  CHECK(text.starts_with("  3   0.50000 "));
  CHECK(text.find("192.0.2.1 -> 192.0.2.2") != std::string::npos);
  CHECK(text.find("TCP D=80 S=1025") != std::string::npos);
  CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("snoop display: options") {
  Options options;
  options.time_style = 'r';
  options.show_drops = options.show_length = true;
  const std::string line = second_of_two(options);
  CHECK(line.starts_with("  3   0.75000 drops: 3 length:   54 "));
  options.all_layers = true;
  const std::string layers = second_of_two(options);
  for (const char* layer : {"ETHER ", "IP ", "TCP "}) CHECK(layers.find(layer) != std::string::npos);
  options.all_layers = false;
  options.hex = {12, 2};
  CHECK(second_of_two(options).find("12: 0800 ") != std::string::npos);
}

TEST_CASE("snoop display: names, unless they are refused") {
  Names names;
  names.add("web", "192.0.2.2");
  Options options;
  CHECK(second_of_two(options, names).find("-> web") != std::string::npos);
  options.numeric = true;
  CHECK(second_of_two(options, names).find("-> 192.0.2.2") != std::string::npos);
}

}  // namespace
}  // namespace anchoko::snoop::emulated
