// What a person asked for, resolved: profile, flags and defaults put together.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/filter/ast.h"

namespace anchoko {

enum class InterfaceChoice { default_route, any, named };
enum class CaptureDirection { both, in, out };
enum class Push { safe, none };

struct Limits {
  std::chrono::milliseconds duration{std::chrono::minutes(10)};  // 0: no limit
  std::uint64_t max_size = std::uint64_t{1} << 30;               // bytes per file; 0: no limit
  std::uint32_t files = 1;                                       // more than one: a ring
  std::uint64_t packets = 0;                                     // 0: no limit
  std::uint64_t min_free = std::uint64_t{1} << 30;               // bytes that must stay free; 0: no floor
};

struct SessionSpec {
  std::string profile;  // name; empty when none was given
  std::string description;
  std::string filter_text;  // as written
  filter::FilterExpr filter = filter::match_all();
  InterfaceChoice interface_choice = InterfaceChoice::default_route;
  std::vector<std::string> interfaces;  // interface_choice == named
  std::uint32_t snaplen = 0;            // bytes; 0: whole packets
  bool promiscuous = false;
  CaptureDirection direction = CaptureDirection::both;
  Push push = Push::safe;
  std::vector<std::string> assume;  // names of open facts taken as true
  std::vector<std::string> accepted_hazards;
  Limits limits;
  // Packets of the capture's own connection are taken out at conversion: no tool may count packets.
  bool control_left_out = false;
  bool live = false;  // someone waits for the packets while they arrive
  std::string output_directory = "captures";
  std::string native_file;  // path of the native file on the target, where the person set one
  std::map<std::string, std::string> backend_options;  // of the backend that runs, from [backend.NAME]
  std::map<std::string, std::string>
      origins;  // key ("capture.filter") -> "default", "profile dns line 6", "flag --for"
};

}  // namespace anchoko
