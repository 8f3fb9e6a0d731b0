// The open facts of the reference, each with its readings, and the editions of HP-UX that the tools know.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/lab/emulated_host.h"

namespace anchoko::nettl::emulated {

struct Fact {
  std::string_view name;
  std::string_view values;     // a|b|c; '#': a number
  std::string_view otherwise;  // '': as the release has it
  std::string_view where;      // in the reference
};
std::span<const Fact> facts();  // the table of emulator.cpp

std::string reading(const lab::EmulatedHost& host, std::string_view fact);
bool reads(const lab::EmulatedHost& host, std::string_view fact, std::string_view value);
// Of facts that are numbers.
std::uint32_t number_of(const lab::EmulatedHost& host, std::string_view fact, std::uint32_t otherwise);
// Every fact of the host has one of its readings. Errors: usage.
Result<void> check_facts(const lab::EmulatedHost& host);

// What a release, and an edition of its manual, have (reference sections 1, 2 and 4).
struct Edition {
  enum class Release { hpux10_20, hpux11_00, v1, v2, v3 };

  Release release = Release::v3;
  bool newest = true;
  std::uint32_t least_tracemax = 100, most_tracemax = 99999, usual_tracemax = 1000;  // KB
  unsigned suffix_digits = 3;
  std::size_t record_header = 68;

  bool has_memory_ring() const { return release >= Release::v2; }  // -mem, -bind
  bool has_timer() const { return release == Release::v3 || (release == Release::v2 && newest); }
  bool has_buffer_options() const { return release == Release::v1 && newest; }  // -nk, -us and the like
  bool has_filters() const { return release == Release::v3; }
  bool has_linkall() const { return release == Release::v3 && newest; }
  bool has_driver_subheader_of_11() const { return release != Release::hpux10_20; }
};
Result<Edition> edition_of(const lab::EmulatedHost& host);

}  // namespace anchoko::nettl::emulated
