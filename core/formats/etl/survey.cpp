#include "core/formats/etl/survey.h"

#include <algorithm>
#include <array>
#include <utility>

namespace anchoko::formats::etl {
namespace {

// Most buffers fit, so that a damaged one shows before any event of it is taken.
constexpr std::size_t survey_window = std::size_t{1} * 1024 * 1024;
// What makes sense beside the bytes on disk. Real buffers shrink to a tenth or so; a match alone may be 4 GiB
// long, and a file of many such buffers would take hours.
constexpr std::uint64_t sure_expansion = std::uint64_t{512} * 1024 * 1024;
constexpr std::uint64_t max_ratio = 1024;

// Nothing is compressed in smaller buffers than that, and a lying size shall not cost all of them.
constexpr std::uint32_t smallest_bound = 64u * 1024;

std::uint32_t most_used(const LogfileHeader& header) {
  return header.buffer_size >= smallest_bound && header.buffer_size <= max_used ? header.buffer_size
                                                                                : max_used;
}

// How many a buffer may have: memory is bounded by the bytes on disk. Of more, which only damage makes, the
// rest comes in the order of the file.
std::uint32_t max_runs(const BufferPlace& place) {
  constexpr std::uint32_t most = 32;
  constexpr std::uint32_t bytes_of_each = 1024;
  return std::min(1 + place.on_disk / bytes_of_each, most);
}

std::string text(std::uint64_t number) {
  return std::to_string(number);
}

// Sound but for its size, which is beyond the end of the file.
bool is_cut_buffer(const BufferHeader& header) {
  return header.used >= buffer::header_size && header.used <= max_used && header.type <= buffer::last_type &&
         (header.is_compressed() || header.used <= header.size);
}

bool is_filling(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) { return byte == buffer::filling; });
}

}  // namespace

std::uint64_t bytes_in_file(const BufferPlace& place, std::uint64_t bytes) {
  if (!place.compressed || place.used == 0) return bytes;
  return std::min<std::uint64_t>(bytes * place.on_disk / place.used, place.on_disk);
}

Surveyor::Surveyor(SeekableInput& input, const LogfileHeader& header, DamageLog& damage, Visit visit,
                   GoOn go_on)
    : input_(input),
      header_(header),
      damage_(damage),
      visit_(std::move(visit)),
      go_on_(std::move(go_on)),
      preparer_(input, survey_window, pays_for_thread(input)),
      compressed_((header.mode & logfile::mode_compressed) != 0),
      most_used_(most_used(header)) {}

bool Surveyor::run(Survey& survey) {
  survey_ = &survey;
  survey.events_lost = header_.events_lost;
  survey.buffers_lost = header_.buffers_lost;
  survey.not_stopped = header_.end_time == 0;
  session_start_ = header_.start_time;
  const auto first = header_at(0);
  if (first && !compressed_) stride_ = first->size >= buffer::header_size ? first->size : header_.buffer_size;
  return walk() && !failed_;
}

std::optional<BufferHeader> Surveyor::header_at(std::uint64_t at) {
  // Those before are not asked for again, but where damage is looked at.
  while (!known_.empty() && known_.front().first < at) known_.pop_front();
  if (!known_.empty() && known_.front().first == at) return known_.front().second;
  std::array<std::byte, buffer::header_size> bytes{};
  auto count = input_.read(at, bytes);
  if (!count) {
    failed_ = true;
    error_ = std::move(count.error());
    return std::nullopt;
  }
  if (*count < bytes.size()) return std::nullopt;
  return read_buffer_header(bytes.data());
}

// False: as if the input could not be read.
bool Surveyor::goes_on() {
  if (failed_) return false;
  if (!go_on_ || go_on_()) return true;
  failed_ = true;
  error_ = make_error(ErrorKind::interrupted, "interrupted");
  return false;
}

bool Surveyor::walk() {
  const std::uint64_t size = input_.size();
  std::uint64_t at = 0;
  while (at < size) {
    if (!goes_on()) return false;
    const std::uint64_t left = size - at;
    auto header = header_at(at);
    if (failed_) return false;
    if (!header) {
      damage_.note(at, "the file ends within a buffer's header: " + text(left) + " of 72 bytes are there",
                   left);
      break;
    }
    // One size for all: where another one is told and the next buffer lies where it must, that is damage.
    if (stride_ != 0 && header->size != stride_ && begins_buffer(at + stride_)) {
      damage_.note(
          at, "a buffer says that it has " + text(header->size) + " bytes, all have " + text(stride_), 0);
      header->size = stride_;
    }
    if (failed_) return false;
    std::string why = impossible(*header, left, most_used_);
    const bool ends_early = header->size > left && is_cut_buffer(*header);
    if (why.empty() && !is_buffer(*header, at)) why = "no buffer begins here";
    if (failed_) return false;
    if (why.empty() || (ends_early && (stride_ == 0 ? !next_anywhere(at) : header->size == stride_))) {
      if (!survey_buffer(*header, at, left)) return false;
      before_ = at;
      at += header->size;
    } else if (!skip_damage(at, why)) {
      break;
    }
    if (failed_) return false;
  }
  judge_count();
  return true;
}

// A clean file has as many buffers as its header says. A circular one counts those that it has overwritten,
// one of several files those of all.
void Surveyor::judge_count() {
  if (damage_.count() > 0 || survey_->buffer_count >= header_.buffers_written) return;
  if ((header_.mode & logfile::mode_circular) != 0)
    survey_->overwritten = header_.buffers_written - survey_->buffer_count;
  constexpr std::uint32_t counts_others = logfile::mode_circular | logfile::mode_new_file;
  if (header_.end_time == 0 || (header_.mode & counts_others) != 0) return;
  damage_.note(input_.size(),
               "the file ends early: its header tells of " + text(header_.buffers_written) + " buffers, " +
                   text(survey_->buffer_count) + " are there",
               0);
}

// False: nothing more can be read.
bool Surveyor::skip_damage(std::uint64_t& at, const std::string& why) {
  auto next = stride_ != 0 ? next_of_stride(at) : std::nullopt;
  // Where bytes are missing, the next buffer begins within what was taken for the one before.
  if (!next && !failed_) next = next_anywhere(at == 0 ? 0 : before_ + buffer::header_size);
  if (failed_) return false;
  if (!next && is_zero_from(at)) {
    survey_->unwritten_end = true;
    return false;
  }
  if (failed_) return false;
  const std::uint64_t end = next.value_or(input_.size());
  damage_.note(at, why, end > at ? end - at : 0);
  ++survey_->buffer_count;
  at = end;
  return next.has_value();
}

// Of a header that is possible: believed when it is convincing or another buffer follows where it says.
bool Surveyor::is_buffer(const BufferHeader& header, std::uint64_t at) {
  const std::uint64_t left = input_.size() - at;
  return is_convincing(header, left, most_used_) || header.size == left || begins_buffer(at + header.size);
}

std::optional<std::uint64_t> Surveyor::next_of_stride(std::uint64_t at) {
  for (at += stride_; at < input_.size(); at += stride_) {
    if (begins_buffer(at)) return at;
    if (!goes_on()) return std::nullopt;
  }
  return std::nullopt;
}

// Of an uncompressed file the last one may be cut.
bool Surveyor::begins_buffer(std::uint64_t at) {
  if (at >= input_.size()) return false;
  const auto header = header_at(at);
  if (!header) return false;
  if (stride_ == 0) return is_convincing(*header, input_.size() - at, most_used_);
  return header->size == stride_ && is_convincing(*header, stride_);
}

// A header is believed when the next one follows where it says, or the end of the file.
std::optional<std::uint64_t> Surveyor::next_anywhere(std::uint64_t at) {
  constexpr std::size_t step = std::size_t{64} * 1024;
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(step, input_.size())));
  for (++at; at + buffer::header_size <= input_.size(); at += bytes.size() - buffer::header_size + 1) {
    if (!goes_on()) return std::nullopt;
    auto count = input_.read(at, bytes);
    if (!count) {
      failed_ = true;
      error_ = std::move(count.error());
      return std::nullopt;
    }
    for (std::size_t i = 0; i + buffer::header_size <= *count; ++i) {
      const std::byte* here = bytes.data() + i;
      if (load<std::uint16_t>(here + buffer::type, little) > buffer::last_type) continue;
      const auto header = read_buffer_header(here);
      const std::uint64_t left = input_.size() - at - i;
      if (stride_ != 0 ? header.size != stride_ || !is_convincing(header, stride_)
                       : !is_convincing(header, left, most_used_))
        continue;
      const std::uint64_t behind = at + i + header.size;
      const bool at_end = stride_ != 0 ? behind >= input_.size() : behind == input_.size();
      if (at_end || begins_buffer(behind)) return at + i;
      if (failed_) return std::nullopt;
    }
  }
  return std::nullopt;
}

bool Surveyor::is_zero_from(std::uint64_t at) {
  std::vector<std::byte> bytes(std::size_t{256} * 1024);
  while (at < input_.size()) {
    if (!goes_on()) return false;
    auto count = input_.read(at, bytes);
    if (!count || *count == 0) return false;
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(*count);
    if (std::any_of(bytes.begin(), end, [](std::byte byte) { return byte != std::byte{0}; })) return false;
    at += *count;
  }
  return true;
}

BufferPlace Surveyor::place_of(const BufferHeader& header, std::uint64_t at) const {
  BufferPlace place;
  place.offset = at;
  place.on_disk = static_cast<std::uint32_t>(std::min<std::uint64_t>(header.size, input_.size() - at));
  place.used = header.used;
  place.processor = header.processor;
  place.compressed = header.is_compressed();
  place.time_shift = time_shift_;
  return place;
}

// Files that were put one behind the other, or appended to: each part has a clock of its own.
void Surveyor::take_second_header(const BufferHeader& header, std::uint64_t at) {
  if (at == 0 || header.type != buffer::type_header || header.is_compressed()) return;
  std::array<std::byte, 4096> start{};
  auto count = input_.read(at, std::span(start).first(std::min<std::size_t>(header.size, start.size())));
  if (!count) {
    failed_ = true;
    error_ = std::move(count.error());
    return;
  }
  std::string problem;
  const auto later = read_logfile_header(std::span(start).first(*count), problem);
  if (!later) {
    damage_.note(at,
                 "a second trace begins whose header makes no sense (" + problem +
                     "): the times of its packets are not certain",
                 0);
    return;
  }
  survey_->not_stopped = survey_->not_stopped || later->end_time == 0;
  const auto shift = time_shift(header_, *later);
  time_shift_ = shift.value_or(0);
  // A copy of the header before it counts the same losses.
  if (later->start_time != session_start_) {
    survey_->events_lost += later->events_lost;
    survey_->buffers_lost += later->buffers_lost;
    session_start_ = later->start_time;
  }
  if (!shift)
    damage_.note(at, "a second trace begins, with another clock: the times of its packets are not certain",
                 0);
}

// The next buffers from there on, if all goes on as it should.
void Surveyor::ask_ahead(std::uint64_t at) {
  constexpr std::size_t ahead = 3;
  if (!asked_.empty()) at = asked_.back().offset + asked_.back().on_disk;
  while (asked_.size() < ahead && at < input_.size()) {
    const auto header = header_at(at);
    if (!header || !impossible(*header, input_.size() - at, most_used_).empty()) return;
    known_.emplace_back(at, *header);
    asked_.push_back(place_of(*header, at));
    preparer_.ask(asked_.back(), buffer::header_size);
    at += header->size;
  }
}

// What was asked for and is not wanted costs nothing but its time.
void Surveyor::take_image(const BufferPlace& place) {
  if (image_) preparer_.give_back(std::move(image_));
  while (!asked_.empty()) {
    image_ = preparer_.take();
    const bool is_it = asked_.front() == place;
    asked_.pop_front();
    if (is_it) return;
    preparer_.give_back(std::move(image_));
  }
  preparer_.ask(place, buffer::header_size);
  image_ = preparer_.take();
}

bool Surveyor::survey_buffer(const BufferHeader& header, std::uint64_t at, std::uint64_t left) {
  take_second_header(header, at);
  if (failed_) return false;
  const BufferPlace place = place_of(header, at);
  ++survey_->buffer_count;
  constexpr std::uint16_t losses = buffer::flag_events_lost | buffer::flag_buffer_lost;
  if ((header.flags & losses) != 0) ++survey_->flagged_losses;

  if (place.compressed && expanded_ + place.used > sure_expansion + max_ratio * (at + place.on_disk)) {
    damage_.note(at,
                 "a buffer is not decompressed: with it the file would hold " + text(max_ratio) +
                     " times its own size",
                 place.on_disk);
    return true;
  }

  const std::size_t runs_before = survey_->runs.size();
  const std::uint64_t packets_before = survey_->packet_events;
  runs_here_ = 0;
  in_run_ = false;
  backwards_here_ = false;
  backwards_told_ = false;
  cut_here_ = header.size > left;
  take_image(place);
  ask_ahead(at + header.size);
  if (failed_) return false;
  const std::uint32_t walked = walk_events(place);
  if (place.compressed) expanded_ += image_->end();
  if (image_->failed()) {
    error_ = image_->error();
    return false;
  }
  if (failed_) return false;
  if (cut_here_) {
    damage_.note(at, impossible(header, left, most_used_),
                 place.compressed ? place.on_disk - bytes_in_file(place, walked)
                                  : place.on_disk - std::min(walked, place.on_disk));
  } else if (image_->damaged()) {
    // Nothing tells how much before the damage showed was already wrong.
    survey_->runs.resize(runs_before);
    survey_->packet_events = packets_before;
    damage_.note(at, "a buffer cannot be decompressed", place.on_disk);
  }
  if (survey_->runs.size() > runs_before) survey_->buffers.push_back(place);
  return true;
}

// The position behind the last event that was read.
std::uint32_t Surveyor::walk_events(const BufferPlace& place) {
  std::uint32_t at = buffer::header_size;
  std::uint32_t seen = 0;
  while (place.used - at >= event_head_size) {
    // Once in each window.
    if (image_->end() != seen) [[unlikely]] {
      seen = image_->end();
      if (!goes_on()) return at;
    }
    auto view = image_->view(at, event_head_size);
    if (view.size() < event_head_size || (image_->damaged() && !cut_here_)) return at;
    const EventHead head = read_event_head(view.data(), place.used - at);
    if (head.what == EventHead::What::end) {
      if (!is_filling_from(place, at)) note_rest(place, at);
      break;
    }
    if (head.what == EventHead::What::damaged) {
      note_rest(place, at);
      break;
    }
    view = image_->view(at, head.size);
    if (view.size() < head.size || (image_->damaged() && !cut_here_)) return at;
    take_event(view.data(), head, at, place);
    if (place.used - at <= padded_size(head.size)) break;
    at += padded_size(head.size);
  }
  return place.used;
}

void Surveyor::note_rest(const BufferPlace& place, std::uint32_t at) {
  const std::uint32_t end = place.compressed ? place.used : std::min(place.used, place.on_disk);
  damage_.note(place.offset + (place.compressed ? 0 : at),
               "no event begins at byte " + text(at) + " of a buffer", bytes_in_file(place, end - at));
}

bool Surveyor::is_filling_from(const BufferPlace& place, std::uint32_t at) {
  constexpr std::size_t step = 4096;
  while (at < place.used) {
    const auto view = image_->view(at, std::min<std::size_t>(step, place.used - at));
    if (view.empty()) return true;  // cut there, which is told by others
    if (!is_filling(view)) return false;
    at += static_cast<std::uint32_t>(view.size());
  }
  return true;
}

void Surveyor::take_event(const std::byte* at, const EventHead& head, std::uint32_t position,
                          const BufferPlace& place) {
  const auto note = [&](const char* what) {
    damage_.note(place.offset + (place.compressed ? 0 : position),
                 what + (" at byte " + text(position)) + " of a buffer", bytes_in_file(place, head.size));
  };
  if (head.what == EventHead::What::unknown) return note("an event of an unknown kind");
  if (place.offset == 0 && position == logfile::event_offset) return;
  ++survey_->events;
  if (head.kind == event::header32 || head.kind == event::header64) {
    Event event;
    if (!read_event(at, head.size, event)) return note("an event with damaged extended items");
    const Guid by = event.provider();
    const PacketKind kind = packet_kind(by, event.id());
    if (kind != PacketKind::none) {
      take_packet(shifted(event.time(), place.time_shift), position, head.size, place);
      // Of real files none does so; but somebody may set the system's time.
      if (header_.clock_type != logfile::clock_system && backwards_here_ && !backwards_told_)
        damage_.note(place.offset + (place.compressed ? 0 : position), "the times in a buffer run backwards",
                     0);
      backwards_told_ = backwards_here_;
    }
    visit_(event, by, kind);
  } else if (head.kind == event::full32 || head.kind == event::full64) {
    if (head.size < event::id) return;
    visit_({at, head.size, static_cast<std::uint16_t>(event::id)}, load_guid(at + event::provider),
           PacketKind::none);
  } else if (head.kind == 0) {
    ++survey_->messages;
  } else {
    ++survey_->kernel_events;
  }
}

void Surveyor::take_packet(std::int64_t time, std::uint32_t position, std::uint16_t size,
                           const BufferPlace& place) {
  ++survey_->packet_events;
  auto& runs = survey_->runs;
  if (in_run_ && time < runs.back().last) backwards_here_ = true;
  if (!in_run_ || (time < runs.back().last && runs_here_ < max_runs(place))) {
    runs.push_back({static_cast<std::uint32_t>(survey_->buffers.size()), position, 0, time, time});
    in_run_ = true;
    ++runs_here_;
  }
  Run& run = runs.back();
  run.end = position + size;
  run.last = std::max(run.last, time);
}

}  // namespace anchoko::formats::etl
