// What snoop prints of packets when it writes no file: one line each, or one for every layer.
#pragma once

#include <cstdint>
#include <string>

#include "backends/snoop/emulator_file.h"
#include "backends/snoop/emulator_names.h"
#include "backends/snoop/emulator_options.h"

namespace anchoko::snoop::emulated {

class Display {
 public:
  Display(const Options& options, Medium medium, const Release& release, const Names& names)
      : options_(options), medium_(medium), release_(release), names_(names) {}

  // `number`: counted from 1.
  std::string text_of(const Record& record, std::uint32_t number);

 private:
  std::string time_of(const Record& record);
  std::string shown(const Address& address) const;
  std::string hex_dump(const Record& record) const;

  const Options& options_;
  Medium medium_;
  const Release& release_;
  const Names& names_;
  std::int64_t first_ = 0, previous_ = 0;  // microseconds
  bool any_ = false;
};

}  // namespace anchoko::snoop::emulated
