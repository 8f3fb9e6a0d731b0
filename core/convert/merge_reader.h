// Several captures read as one, in order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/convert/loser_tree.h"
#include "core/formats/record_reader.h"

namespace anchoko::convert {

struct MergeInput {
  std::string path;
  enum class Interfaces {
    own,      // and they say from which file they are
    of_ring,  // one with those of the other files of that ring that are alike
    same,     // as all inputs have them, by number
  } interfaces = Interfaces::own;
  std::size_t ring = 0;
  std::unique_ptr<formats::RecordReader> reader;  // null: it could not be opened; `problem` says why
  std::string problem;
  std::uint64_t size = 0;  // bytes; what was not read when opening or reading failed counts as lost
};

// Equal times keep the order of the inputs. One input that is damaged, unreadable or no capture costs nothing
// of the others: it stands in report(), with its name. A record without a time follows the one before it.
// Section comments become comments of the interfaces of that input.
class MergeReader final : public formats::RecordReader {
 public:
  // `strict_order`: an input that runs backwards ends the merge: next() answers failed, runs_backwards()
  // true. Otherwise such a record comes late, and is counted.
  MergeReader(std::vector<MergeInput> inputs, bool strict_order);

  formats::ReadStatus next(PacketRecord& record) override;
  const formats::Attachment& attachment() const override { return *attachment_; }
  const std::vector<InterfaceInfo>& interfaces() const override { return interfaces_; }
  const formats::ReadReport& report() const override { return report_; }
  const Error& error() const override { return error_; }
  const std::vector<std::string>& section_comments() const override { return no_comments_; }
  formats::FileFacts facts() const override;  // of all inputs, with their names where there are several

  // Which input an interface is from; of one that several share, the first.
  std::size_t input_of(std::uint32_t interface) const { return origins_[interface]; }
  // The input of the last record.
  std::size_t last_input() const { return advancing_; }
  bool runs_backwards() const { return runs_backwards_; }
  std::uint64_t late_records() const { return late_; }

 private:
  // What every record needs comes first: with many inputs each one's is far from the processor.
  struct alignas(64) Input {
    formats::RecordReader* reader = nullptr;  // given.reader, as long as it has records
    std::int64_t time = 0;
    PacketRecord record;  // the next one: a view into its reader
    bool begun = false;
    std::uint32_t first_interface = 0;      // interfaces[0]
    std::uint64_t told_bytes = 0;           // of its report, that are in ours already
    std::vector<std::uint32_t> interfaces;  // index there → index here
    formats::ReadReport told;               // the same of the rest
    std::size_t comments_taken = 0;
    std::map<std::string, std::size_t> alike;  // how many of its interfaces are so
    MergeInput given;
  };

  // Where the next record of an input lies, and what reads it.
  struct Outlook {
    const std::byte* data = nullptr;
    std::size_t size = 0;
    const formats::RecordReader* reader = nullptr;
  };

  // The status to answer with, or nothing: the input's next record or its end is known.
  std::optional<formats::ReadStatus> advance(Input& input);
  std::optional<formats::ReadStatus> take_time(Input& input);
  void take_interfaces(Input& input);
  std::uint32_t index_of(Input& input, InterfaceInfo info);
  void take_report(Input& input);
  void end(Input& input);
  void add_facts(const Input& input, formats::FileFacts& facts) const;
  formats::ReadStatus note(Input& input, std::string what, std::uint64_t lost_bytes);
  void settle(std::int64_t key);
  void fetch_early(std::size_t input) const;

  std::vector<Input> inputs_;
  std::vector<Outlook> outlooks_;  // of each
  bool strict_order_;
  std::size_t advancing_ = 0;              // the input whose next record is asked for
  bool waits_ = true;                      // for that record
  std::vector<std::int64_t> first_times_;  // until all are known
  std::optional<LoserTree> tree_;
  std::vector<InterfaceInfo> interfaces_;
  std::vector<std::size_t> origins_;  // of the interfaces
  std::map<std::string, std::vector<std::uint32_t>>
      alike_;  // of rings: what identifies them → which they are
  const formats::Attachment* attachment_ = nullptr;
  formats::ReadReport report_;
  formats::FileFacts facts_;  // of the inputs that have ended
  Error error_;
  std::vector<std::string> no_comments_;
  bool runs_backwards_ = false;
  std::uint64_t late_ = 0;
};

}  // namespace anchoko::convert
