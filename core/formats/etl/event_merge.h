// The second pass over a trace file: packets in the order of time, from the buffers of all processors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/formats/etl/preparer.h"
#include "core/formats/etl/survey.h"

namespace anchoko::formats::etl {

// Equal times keep the order of the file. Each run is opened when its time has come, so that no more are open
// than overlap: as many as there were processors. Each has a window into its buffer, all together about
// `window_budget` bytes.
class EventMerge {
 public:
  static constexpr std::size_t window_budget = std::size_t{48} * 1024 * 1024;
  static constexpr std::size_t smallest_window = std::size_t{16} * 1024;
  // The format knows no more processors. Of more, which only damage makes, the rest comes late.
  static constexpr std::size_t max_open = 2048;

  // Both outlive it.
  EventMerge(SeekableInput& input, const Survey& survey);

  // False: the end, or the input could not be read. Views are valid until the next call.
  bool next();
  const Event& event() const { return current_->event; }
  PacketKind kind() const { return current_->kind; }
  std::int64_t time() const { return current_->time; }  // as shifted() makes it
  const BufferPlace& place() const { return survey_.buffers[survey_.runs[current_->run].buffer]; }
  std::uint32_t position() const { return current_->at; }

  bool failed() const { return failed_; }
  const Error& error() const { return error_; }
  std::uint64_t late() const { return late_; }  // events that came after later ones
  std::uint64_t runs_done() const { return done_; }

 private:
  struct Cursor {
    std::unique_ptr<BufferImage> image;
    std::uint32_t run = 0;
    std::uint32_t at = 0;  // of `event`
    std::int64_t time_shift = 0;
    PacketKind kind = PacketKind::none;
    std::int64_t time = 0;
    Event event;
  };
  struct Key {
    std::int64_t time = 0;
    std::uint32_t run = 0;
    auto operator<=>(const Key&) const = default;
  };

  std::size_t choose_window() const;
  bool read_event_at(Cursor& cursor, std::uint32_t at);
  bool advance(Cursor& cursor);
  void ask_ahead();
  void open_due();
  bool take_first();
  void set_limit();
  static bool later(const Cursor* left, const Cursor* right);

  SeekableInput& input_;
  const Survey& survey_;
  std::vector<std::uint32_t> by_time_;  // runs, in order of their first time
  std::size_t next_run_ = 0;            // in by_time_
  std::size_t asked_run_ = 0;           // the same: the next one to be asked for ahead
  std::optional<Preparer> preparer_;
  std::vector<std::unique_ptr<Cursor>> cursors_;
  std::vector<Cursor*> free_;
  std::vector<Cursor*> open_;  // a heap; without the current one
  Cursor* current_ = nullptr;
  Key limit_;  // of what comes next apart from the current cursor
  bool has_limit_ = false;
  std::int64_t last_time_ = INT64_MIN;
  std::uint64_t late_ = 0;
  std::uint64_t done_ = 0;
  bool failed_ = false;
  Error error_;
};

}  // namespace anchoko::formats::etl
