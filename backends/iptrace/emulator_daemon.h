// iptrace itself: its start by a person or by SRC, the daemon, and its end.
#pragma once

#include <span>
#include <string>

#include "backends/iptrace/emulator_filter.h"
#include "backends/iptrace/emulator_log.h"

namespace anchoko::iptrace::emulated {

int run_iptrace(lab::EmulatedHost& host, std::span<const std::string> words);

// The parts of it, for tests too.
Encoding encoding_of(const lab::EmulatedHost& host, const Options& options);
LogFile::Rules rules_of(const lab::EmulatedHost& host, const Options& options);

// Writes what passes until `stop` says so or, with `until_end`, a file of packets ends. Error: failed, the
// log could not be written.
class Capture {
 public:
  Capture(const lab::EmulatedHost& host, const Options& options, lab::PacketSource& source, LogFile& log);

  // One packet, or up to a moment of waiting.
  Result<lab::PacketSource::Next> step();

 private:
  bool wanted(const lab::Frame& frame) const;

  const lab::EmulatedHost& host_;
  lab::PacketSource& source_;
  LogFile& log_;
  Filter filter_;
  Encoding encoding_;
  std::vector<InterfaceIdentity> identities_;
  std::uint64_t drop_every_, taken_ = 0;
  bool loopback_twice_, goes_on_when_full_;
  std::optional<std::uint8_t> only_type_;
};

// Which interfaces of the host take part.
std::vector<std::size_t> chosen_interfaces(const lab::EmulatedHost& host, const Options& options);

}  // namespace anchoko::iptrace::emulated
