// The command line of snoop (reference, section 1).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "backends/snoop/emulator_release.h"

namespace anchoko::snoop::emulated {

struct Ring {
  std::string prefix;
  int count = 0;
  std::uint64_t size = 0;
};

struct Range {
  std::uint32_t first = 1;
  std::uint32_t last = UINT32_MAX;
};

struct HexDump {
  std::uint32_t offset = 0;
  std::optional<std::uint32_t> length;
};

struct Options {
  std::optional<std::string> device, ip_interface, input, output, name_file;
  std::optional<Ring> ring;
  std::uint64_t count = 0;    // 0: no end
  std::uint32_t snaplen = 0;  // 0: whole
  bool promiscuous = true, promiscuity_may_fail = false;
  bool quiet = false, numeric = false, show_drops = false, show_length = false;
  bool verbose = false, all_layers = false;
  bool list_code = false, make_names = false, audio = false, userland_only = false;
  char time_style = 'd';
  std::optional<HexDump> hex;
  std::optional<Range> range;
  std::string expression;
};

struct BadOptions {
  std::string message;  // whole lines for stderr
};

std::expected<Options, BadOptions> parse_options(std::span<const std::string> words, const Release& release);

}  // namespace anchoko::snoop::emulated
