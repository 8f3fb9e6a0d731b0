// A command line of a native tool, understood: what each piece is, what the whole asks for, and what is wrong
// with it. A backend's grammar makes one from words, and words from what is asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/command_text.h"
#include "core/backend/option_spec.h"
#include "core/filter/ast.h"
#include "core/model/crib.h"
#include "core/model/session_spec.h"

namespace anchoko {

enum class TokenRole {
  prefix,          // a program in front of the tool, with its options: sudo, timeout
  program,         // the tool
  option,          // an option and its value
  end_of_options,  // --
  filter,
  unread,  // words that the tool never looks at
};

// A piece of the line with one meaning: `-n`, `-i eth0`, the letter n of `-nni`, or the whole filter.
struct CommandToken {
  TokenRole role = TokenRole::option;
  TextRange where;
  std::string text;   // as typed, without quotes
  std::string id;     // in the crib: "-i", "sudo"
  std::string value;  // of the option or the prefix; empty: none
};

// Its words are in the crib of the tool, or in the common one.
struct CommandProblem {
  std::string id;
  TextRange where;
  std::vector<std::string> values;  // {0}, {1} … of its text
  std::string hint;                 // instead of the crib's own: a word that may have been meant
};

enum class CommandActivity {
  capture,
  read,  // packets from a file
  list_interfaces,
  list_link_types,
  list_time_sources,
  show_filter_code,
  show_version,
  show_help,
  show_status,  // of a capture that runs by itself
  stop_capture,
  set_up,  // changes what the system holds ready for captures, and captures nothing
};

// When the tool goes on to another file, and what becomes of the old ones.
struct Rotation {
  std::uint64_t bytes = 0;        // 0: not by size
  std::uint64_t seconds = 0;      // 0: not by time
  std::uint64_t files = 0;        // 0: no limit
  bool ends_after_files = false;  // otherwise they are a ring
  std::string command;            // run on each finished file
  bool rotates() const { return bytes > 0 || seconds > 0; }
  bool operator==(const Rotation&) const = default;
};

struct OptionUse {
  std::string id;
  std::string value;
  bool operator==(const OptionUse&) const = default;
};

// What a command asks for, in words that hold for every tool.
struct CommandModel {
  std::vector<std::string> prefix;          // words in front of the tool: {"sudo", "-n"}
  std::chrono::milliseconds ends_after{0};  // by a program in front of it; 0: nothing ends it
  std::string ended_by;  // the command that ends it, where it runs by itself; empty: an interrupt
  std::string program;
  CommandActivity activity = CommandActivity::capture;
  std::string interface;  // empty: the tool chooses
  std::string read_file;
  std::string read_list;
  std::optional<std::uint32_t> snaplen;  // absent: the tool's default; 0: whole packets
  bool promiscuous = true;
  bool monitor_mode = false;
  std::uint64_t packets = 0;  // 0: no limit
  std::string write_file;     // empty: packets are shown as text; "-": the file goes to stdout
  Rotation rotation;
  CaptureDirection direction = CaptureDirection::both;
  std::uint32_t buffer_kib = 0;  // 0: the tool's default
  std::string link_type;
  std::string time_source;
  bool nanoseconds = false;
  bool immediate = false;
  bool flush_each_packet = false;
  bool optimise = true;  // the filter
  std::string user;      // whom the tool becomes
  std::string filter_text;
  std::string filter_file;
  std::vector<OptionUse> other;  // options without a field here, in the order of the tool's table

  bool operator==(const CommandModel&) const = default;
};

struct NativeCommand {
  CommandText text;
  std::vector<CommandToken> tokens;
  CommandModel model;
  filter::FilterExpr filter = filter::match_all();  // null: not understood
  std::vector<CommandProblem> problems;             // in the order of the line
  std::vector<std::string> hazards;                 // ids of those that this command touches
};

// The command line of one tool.
class CommandGrammar {
 public:
  virtual ~CommandGrammar() = default;
  virtual const std::vector<OptionSpec>& options() const = 0;
  virtual const Crib& crib() const = 0;
  // Programs beside the tool whose command lines this grammar reads too: `startsrc`.
  virtual std::vector<std::string> other_programs() const { return {}; }
  // Whether a filter on the command line is written in pcap-filter's language.
  virtual bool speaks_pcap_filter() const { return true; }
  // Reads on in `command`, whose prefix is read already, from the word that names the tool. Never fails: what
  // is wrong are problems. `version` of the tool: empty when it is not known, then every release counts.
  virtual void parse(NativeCommand& command, std::size_t program, const std::string& version) const = 0;
  // Words that ask for the same: parse(print(m)) has the model m, for every m that came from parse without
  // an error.
  virtual std::vector<std::string> print(const CommandModel& model) const = 0;
  // Options that are not there, and whose absence matters to this command.
  virtual std::vector<std::string> notable_absences(const NativeCommand& command) const = 0;
};

}  // namespace anchoko
