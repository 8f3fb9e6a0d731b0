// One conversion while it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/convert/inputs.h"
#include "core/convert/pipeline.h"
#include "core/convert/verify.h"
#include "core/formats/capture_format.h"

namespace anchoko::convert {

class Conversion {
 public:
  // `look_first`: inputs that are merged are looked through before, and put in order where they run
  // backwards.
  Conversion(const Request& request, bool look_first) : request_(request), look_first_(look_first) {}

  Result<Outcome> run();
  // After run() failed: an input runs backwards, and nothing was handed out. It must be done again.
  bool must_look_first() const { return must_look_first_; }

 private:
  struct Input {
    std::string name;  // for messages
    // Without one it is opened again when its turn comes.
    std::unique_ptr<formats::RecordReader> reader;
    std::optional<MergedInputs> merged;  // of several files, in place of `reader`
    std::vector<std::string> ring;       // the files of `merged`, where they are one ring
    std::uint64_t first_capture = 0;     // the number of the only or first capture in it
  };
  // One interface of the input that is being read. What every record needs is in one cache line.
  struct alignas(64) Source {
    std::uint32_t output_index = 0;
    std::uint32_t judged_length = UINT32_MAX;       // libpcap sees no more than the declared snap length
    std::unique_ptr<filter::RecordFilter> filter;   // null: every record is kept
    std::unique_ptr<filter::RecordFilter> control;  // null: none is left out
    std::uint64_t id_mask = 0;                      // see change_id()
    bool unjudged = false;                          // there is a filter, but not for this link type
    std::uint64_t unjudged_records = 0;
    std::string unjudged_reason;
    std::optional<InterfaceStatistics> described_statistics;
  };

  Result<void> convert();
  Result<void> open_inputs();
  Result<void> open_merged(const std::vector<std::vector<std::string>>& groups);
  Result<void> open_ring_later(const std::vector<std::string>& ring);
  Result<MergedInputs> merge(const std::vector<std::vector<std::string>>& groups, MergeOptions options);
  Result<void> open_one(const std::string& path);
  Result<formats::OpenedCapture> open(const std::string& path);
  static formats::RecordReader& reader_of(Input& input);
  Result<void> begin_output();
  Result<void> read_input(Input& input);
  Result<void> pump(const Input& input, formats::RecordReader& reader);
  Result<void> take(PacketRecord& record);
  static bool matches(filter::RecordFilter& filter, const Source& source, const PacketRecord& record);
  Result<void> write(PacketRecord& record, const Source& source);
  std::uint64_t capture_of(const Input& input, std::uint32_t interface) const;
  Result<void> add_sources(const Input& input, formats::RecordReader& reader);
  std::optional<std::uint32_t> same_interface(const InterfaceInfo& info) const;
  Result<void> attach(const formats::Attachment& attachment);
  Result<void> end_input(const Input& input, const formats::RecordReader& reader);
  Result<void> end_output();
  bool goes_on() const { return !request_.interrupted || !request_.interrupted(); }
  bool enough() const { return request_.max_records != 0 && outcome_.records_out >= request_.max_records; }
  void add_time_placeholder(PacketRecord& record);
  void report_progress(const formats::RecordReader& reader, bool now);

  const Request& request_;
  bool look_first_;
  bool must_look_first_ = false;
  bool filtering_ = false;
  bool digesting_ = false;
  std::vector<Input> inputs_;
  std::unique_ptr<formats::RecordWriter> writer_;
  OutputFile* output_ = nullptr;  // owned by the writer
  Written written_;
  std::vector<Source> sources_;             // of the input that is being read
  std::size_t section_comments_taken_ = 0;  // of that input
  std::vector<std::byte> scratch_;
  std::vector<std::byte> changed_id_;  // options of a record
  Outcome outcome_;
  std::int64_t first_ns_ = INT64_MAX;
  std::int64_t last_ns_ = INT64_MIN;
  std::uint64_t bytes_total_ = 0;
  std::uint64_t bytes_before_ = 0;  // of the inputs that are done
  std::chrono::steady_clock::time_point reported_;
};

}  // namespace anchoko::convert
