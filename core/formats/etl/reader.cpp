#include "core/formats/etl/reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/formats/etl/buffer.h"
#include "core/formats/etl/event_merge.h"
#include "core/formats/etl/facts.h"
#include "core/formats/etl/interface_table.h"
#include "core/formats/etl/logfile_header.h"
#include "core/formats/etl/ndis.h"
#include "core/formats/etl/pktmon.h"
#include "core/formats/etl/record_comment.h"
#include "core/formats/etl/survey.h"
#include "core/formats/seekable_input.h"

namespace anchoko::formats {
namespace etl {
namespace {

class Reader final : public RecordReader {
 public:
  Reader(std::unique_ptr<SeekableInput> input, LogfileHeader header, const ReadOptions& options);

  ReadStatus next(PacketRecord& record) override;
  const Attachment& attachment() const override { return attachment_; }
  const std::vector<InterfaceInfo>& interfaces() const override { return interfaces_; }
  const ReadReport& report() const override { return report_; }
  const Error& error() const override { return error_; }
  const std::vector<std::string>& section_comments() const override { return section_comments_; }
  FileFacts facts() const override;

 private:
  enum class Taken { record, nothing };

  bool survey();
  bool learn_frames();
  bool goes_on();
  Taken take_event(PacketRecord& record);
  bool decode(const Event& event, Frame& frame);
  bool decode_adapter(const Event& event, Frame& frame);
  bool decode_component(const Event& event, Frame& frame);
  void lose_event(const std::string& what, std::uint64_t more_lost);
  void note_at_event(const std::string& what, std::uint64_t lost);
  void fill(const Frame& frame, PacketRecord& record);
  ReadStatus finish();
  ReadStatus fail_with(const Error& error);

  std::unique_ptr<SeekableInput> input_;
  LogfileHeader header_;
  ReadOptions options_;
  Clock clock_;
  ReadReport report_;
  DamageLog damage_{report_, input_->size()};
  std::uint64_t damage_told_ = 0;
  std::vector<InterfaceInfo> interfaces_;
  std::vector<std::string> section_comments_;
  Attachment attachment_;
  Error error_;

  std::uint64_t unseen_ = 0;  // events that gave no record
  bool surveyed_ = false;
  bool finished_ = false;
  Survey survey_;
  ProviderCounts providers_;
  NdisFacts ndis_facts_;
  PktmonFacts pktmon_facts_;
  InterfaceTable table_;
  std::optional<NdisDecoder> ndis_;
  std::optional<PktmonDecoder> pktmon_;
  std::optional<EventMerge> merge_;
  Fragment fragment_;  // of the event that is decoded, for its names
  RecordComment comment_;
  Delivered delivered_;
  std::int64_t last_time_ = INT64_MIN;  // of the records so far, by the session's clock
  std::optional<PacketRecord> owed_;    // found together with damage, which is told first
};

Reader::Reader(std::unique_ptr<SeekableInput> input, LogfileHeader header, const ReadOptions& options)
    : input_(std::move(input)),
      header_(std::move(header)),
      options_(options),
      clock_(header_),
      table_(interfaces_, ndis_facts_, pktmon_facts_, header_.windows(), options.all_components) {
  std::string comment = "event trace of " + header_.windows();
  if (!header_.session.empty()) comment += ", session " + header_.session;
  section_comments_.push_back(std::move(comment));
  section_comments_.emplace_back(
      "process and thread ids of packets: what ran on the processor when the packet was logged, often not "
      "its "
      "owner");
}

ReadStatus Reader::fail_with(const Error& error) {
  error_ = error;
  return ReadStatus::failed;
}

bool Reader::survey() {
  surveyed_ = true;
  Surveyor surveyor(
      *input_, header_, damage_,
      [this](const Event& event, const Guid& by, PacketKind kind) {
        providers_.take(by);
        if (by == provider::pktmon) pktmon_facts_.take(event, kind);
        if (by == provider::ndis) ndis_facts_.take(event, kind);
      },
      options_.go_on);
  if (!surveyor.run(survey_)) {
    error_ = surveyor.error();
    return false;
  }
  pktmon_facts_.conclude();
  if (!input_->early_end().empty()) damage_.note(input_->size(), input_->early_end(), 0);
  report_.skipped_blocks = survey_.events - survey_.packet_events;
  ndis_.emplace(ndis_facts_, NdisDecoder::Options{header_.pointer_size, options_.all_components});
  pktmon_.emplace(pktmon_facts_, PktmonDecoder::Options{options_.all_components, options_.drops});
  if (!options_.all_components && ndis_facts_.any_copies() && !learn_frames()) return false;
  merge_.emplace(*input_, survey_);
  return true;
}

// Only of traces of several layers: a pass more.
bool Reader::learn_frames() {
  EventMerge merge(*input_, survey_);
  NdisDecoder decoder(ndis_facts_, {header_.pointer_size, false});
  Frame frame;
  while (merge.next()) {
    if (!goes_on()) return false;
    std::int64_t time = 0;
    clock_.to_unix(merge.time(), time);
    if (merge.kind() == PacketKind::fragment &&
        decoder.take(merge.event(), merge.kind(), merge.place().processor, time, frame, comment_) ==
            NdisDecoder::Outcome::frame)
      ndis_facts_.learn(frame, time);
  }
  ndis_facts_.end_learning();
  if (merge.failed()) error_ = merge.error();
  return !merge.failed();
}

// Asked for each event that nobody else sees; false: error_ says that it was interrupted.
bool Reader::goes_on() {
  constexpr std::uint64_t between = 4096;
  if (++unseen_ % between != 0 || !options_.go_on || options_.go_on()) [[likely]]
    return true;
  error_ = make_error(ErrorKind::interrupted, "interrupted");
  return false;
}

ReadStatus Reader::next(PacketRecord& record) {
  if (!surveyed_ && !survey()) return ReadStatus::failed;
  if (!error_.message.empty()) return ReadStatus::failed;
  while (true) {
    if (damage_told_ < damage_.count()) [[unlikely]] {
      damage_told_ = damage_.count();
      return ReadStatus::damaged;
    }
    if (owed_) [[unlikely]] {
      record = *owed_;
      owed_.reset();
      ++report_.records;
      return ReadStatus::record;
    }
    if (!merge_->next()) return finish();
    if (take_event(record) == Taken::nothing) {
      if (!goes_on()) return ReadStatus::failed;
      continue;
    }
    if (damage_told_ == damage_.count()) [[likely]] {
      ++report_.records;
      return ReadStatus::record;
    }
    owed_ = record;
  }
}

ReadStatus Reader::finish() {
  if (merge_->failed()) return fail_with(merge_->error());
  report_.bytes = input_->size();
  delivered_.records = report_.records;
  if (finished_) return ReadStatus::end;
  finished_ = true;
  if (const auto count = ndis_->unfinished(); count > 0)
    damage_.note(input_->size(), "the last fragments of " + std::to_string(count) + " packets are missing",
                 ndis_->unfinished_bytes());
  if (merge_->late() > 0)
    damage_.note(
        input_->size(),
        std::to_string(merge_->late()) + " packets come behind later ones: too many buffers overlap in time",
        0);
  if (damage_told_ == damage_.count()) return ReadStatus::end;
  damage_told_ = damage_.count();
  return ReadStatus::damaged;
}

void Reader::lose_event(const std::string& what, std::uint64_t more_lost) {
  note_at_event(what, merge_->event().size + more_lost);
}

void Reader::note_at_event(const std::string& what, std::uint64_t lost) {
  const BufferPlace& place = merge_->place();
  damage_.note(place.offset + (place.compressed ? 0 : merge_->position()),
               what + " (at byte " + std::to_string(merge_->position()) + " of a buffer)",
               bytes_in_file(place, lost));
}

bool Reader::decode_adapter(const Event& event, Frame& frame) {
  std::int64_t time = 0;
  if (options_.all_components || ndis_facts_.any_copies()) clock_.to_unix(merge_->time(), time);
  const auto outcome = ndis_->take(event, merge_->kind(), merge_->place().processor, time, frame, comment_);
  if (outcome == NdisDecoder::Outcome::lost) {
    lose_event(ndis_->problem(), ndis_->lost());
    return false;
  }
  // What was lost are earlier fragments, or what stands beside the packet.
  if (!ndis_->problem().empty()) note_at_event(ndis_->problem(), ndis_->lost());
  if (outcome == NdisDecoder::Outcome::left_out) ++delivered_.copies_left_out;
  return outcome == NdisDecoder::Outcome::frame;
}

bool Reader::decode_component(const Event& event, Frame& frame) {
  switch (pktmon_->take(event, merge_->kind(), frame, comment_)) {
    case PktmonDecoder::Outcome::frame:
      return true;
    case PktmonDecoder::Outcome::copy_left_out:
      ++delivered_.copies_left_out;
      return false;
    case PktmonDecoder::Outcome::uncounted_left_out:
      ++delivered_.uncounted_left_out;
      return false;
    case PktmonDecoder::Outcome::drop_left_out:
      ++delivered_.drops_left_out;
      return false;
    case PktmonDecoder::Outcome::lost:
      lose_event("a packet is longer than its event", 0);
      return false;
  }
  return false;
}

bool Reader::decode(const Event& event, Frame& frame) {
  const PacketKind kind = merge_->kind();
  return kind == PacketKind::flow || kind == PacketKind::drop ? decode_component(event, frame)
                                                              : decode_adapter(event, frame);
}

Reader::Taken Reader::take_event(PacketRecord& record) {
  const Event& event = merge_->event();
  comment_.begin(event.process(), event.thread());
  Frame frame;
  if (!decode(event, frame)) return Taken::nothing;
  std::span<const std::byte> names;
  if (frame.source.tool == Source::Tool::switch_port &&
      read_fragment(event, merge_->kind(), header_.pointer_size, fragment_))
    names = fragment_.names;
  const auto interface = table_.find(frame.source, names);
  if (!interface) {
    lose_event("more adapters or components than any host has", 0);
    return Taken::nothing;
  }
  record.interface = *interface;
  fill(frame, record);
  return Taken::record;
}

void Reader::fill(const Frame& frame, PacketRecord& record) {
  if (frame.inferred_length) comment_.add(", original length inferred");
  if (frame.unknown_length) comment_.add(", cut, original length unknown");
  // A packet in fragments was there when its first one was. Only where others came in between its time has
  // to be that of the last fragment: records are in order of time, and waiting for packets whose end may
  // never come would need memory without a bound. The comment tells which.
  std::int64_t time = merge_->time();
  if (frame.first_time) {
    const std::int64_t first = *frame.first_time + (time - merge_->event().time());
    if (first >= last_time_) {
      time = first;
    } else {
      comment_.add(", time of the last fragment");
    }
  }
  last_time_ = std::max(last_time_, time);
  record.data = frame.data;
  record.original_length = frame.original_length;
  record.has_timestamp = clock_.to_unix(time, record.timestamp_ns);
  if (!record.has_timestamp) [[unlikely]] {
    record.timestamp_ns = 0;
    ++delivered_.without_time;
  }
  record.direction = frame.direction;
  record.options = comment_.finish();
  if (!survey_.runs.empty()) report_.bytes = input_->size() / survey_.runs.size() * merge_->runs_done();
}

FileFacts Reader::facts() const {
  Delivered delivered = delivered_;
  delivered.records = report_.records;
  return tell({header_, clock_, survey_, providers_, ndis_facts_, pktmon_facts_, options_, delivered,
               report_.damage_count});
}

}  // namespace
}  // namespace etl

Detection detect_etl(std::span<const std::byte> start) {
  constexpr std::size_t looked_at = 64;
  if (start.size() < looked_at) return Detection::not_mine;
  const auto header = etl::read_buffer_header(start.data());
  constexpr std::uint32_t largest = 1u << 30;
  // The first event, which tells of the file, follows at once: it alone has more than 256 bytes.
  constexpr std::uint32_t least = 256;
  const bool mine = header.type == etl::buffer::type_header && header.size >= least &&
                    header.size <= largest && header.used >= least && header.used <= header.size &&
                    !header.is_compressed() && etl::looks_real(header);
  return mine ? Detection::mine : Detection::not_mine;
}

Result<std::unique_ptr<RecordReader>> open_etl(std::unique_ptr<InputFile> input, const ReadOptions& options) {
  auto opened = SeekableInput::open(std::move(input), options.go_on);
  if (!opened) return fail(std::move(opened.error()));
  // The names at its end are the only part without a size.
  std::array<std::byte, 4096> start{};
  auto count = (*opened)->read(0, start);
  if (!count) return fail(std::move(count.error()));
  std::string problem;
  auto header = etl::read_logfile_header(std::span(start).first(*count), problem);
  if (!header) return fail(ErrorKind::failed, (*opened)->name() + ": " + problem);
  return std::make_unique<etl::Reader>(std::move(*opened), std::move(*header), options);
}

CaptureFormat etl_format() {
  CaptureFormat format{"etl",  "event trace log (Windows netsh trace, pktmon)", "etl", detect_etl, open_etl,
                       nullptr};
  format.only_whole = "its events are in order of time only over all its buffers, the last ones included";
  return format;
}

}  // namespace anchoko::formats
