#include "core/formats/etl/event_merge.h"

#include <algorithm>

namespace anchoko::formats::etl {

EventMerge::EventMerge(SeekableInput& input, const Survey& survey) : input_(input), survey_(survey) {
  by_time_.resize(survey.runs.size());
  for (std::uint32_t i = 0; i < by_time_.size(); ++i) by_time_[i] = i;
  std::sort(by_time_.begin(), by_time_.end(), [&](std::uint32_t left, std::uint32_t right) {
    return Key{survey.runs[left].first, left} < Key{survey.runs[right].first, right};
  });
  preparer_.emplace(input, choose_window(), pays_for_thread(input));
}

std::size_t EventMerge::choose_window() const {
  // How many are open at once: the ends of those that begin before.
  std::vector<Key> ends;
  std::size_t most = 1;
  const auto later = [](const Key& left, const Key& right) { return right < left; };
  for (const auto run : by_time_) {
    const Key begin{survey_.runs[run].first, run};
    while (!ends.empty() && ends.front() < begin) {
      std::pop_heap(ends.begin(), ends.end(), later);
      ends.pop_back();
    }
    ends.push_back({survey_.runs[run].last, run});
    std::push_heap(ends.begin(), ends.end(), later);
    most = std::max(most, ends.size());
  }
  // A MiB, less where many inputs are open.
  const std::size_t largest = std::max(4 * input_.block_size(), smallest_window);
  return std::clamp(window_budget / most, smallest_window, largest);
}

bool EventMerge::later(const Cursor* left, const Cursor* right) {
  return Key{right->time, right->run} < Key{left->time, left->run};
}

// The packet event at that place or behind it. False: the run has no more.
bool EventMerge::read_event_at(Cursor& cursor, std::uint32_t at) {
  const Run& run = survey_.runs[cursor.run];
  while (at < run.end) {
    auto view = cursor.image->view(at, event_head_size);
    if (view.size() < event_head_size) return false;
    const EventHead head = read_event_head(view.data(), run.end - at);
    if (head.what != EventHead::What::event && head.what != EventHead::What::unknown) return false;
    if (head.kind == event::header32 || head.kind == event::header64) {
      if (view.size() < head.size) view = cursor.image->view(at, head.size);
      if (view.size() < head.size) return false;
      if (read_event(view.data(), head.size, cursor.event)) {
        cursor.kind = packet_kind(cursor.event.provider(), cursor.event.id());
        if (cursor.kind != PacketKind::none) {
          cursor.at = at;
          cursor.time = shifted(cursor.event.time(), cursor.time_shift);
          return true;
        }
      }
    }
    at += padded_size(head.size);
  }
  return false;
}

bool EventMerge::advance(Cursor& cursor) {
  const bool more = read_event_at(cursor, cursor.at + padded_size(cursor.event.size));
  if (cursor.image->failed()) {
    failed_ = true;
    error_ = cursor.image->error();
  }
  return more;
}

// Runs are opened in that order, whatever happens.
void EventMerge::ask_ahead() {
  constexpr std::size_t ahead = 3;
  while (asked_run_ < by_time_.size() && preparer_->asked() < ahead) {
    const Run& run = survey_.runs[by_time_[asked_run_++]];
    preparer_->ask(survey_.buffers[run.buffer], run.start);
  }
}

// Opens the runs that begin before the first event of those that are open, at least one.
void EventMerge::open_due() {
  while (next_run_ < by_time_.size() && open_.size() < max_open) {
    const std::uint32_t number = by_time_[next_run_];
    const Run& run = survey_.runs[number];
    const Key key{run.first, number};
    if (!open_.empty() && Key{open_.front()->time, open_.front()->run} < key) return;
    ++next_run_;
    if (free_.empty()) {
      cursors_.push_back(std::make_unique<Cursor>());
      free_.push_back(cursors_.back().get());
    }
    ask_ahead();
    Cursor* cursor = free_.back();
    cursor->run = number;
    cursor->time_shift = survey_.buffers[run.buffer].time_shift;
    if (cursor->image) preparer_->give_back(std::move(cursor->image));
    cursor->image = preparer_->take();
    if (!read_event_at(*cursor, run.start)) {
      if (cursor->image->failed()) {
        failed_ = true;
        error_ = cursor->image->error();
        return;
      }
      ++done_;
      continue;
    }
    free_.pop_back();
    open_.push_back(cursor);
    std::push_heap(open_.begin(), open_.end(), later);
  }
}

bool EventMerge::take_first() {
  open_due();
  if (failed_ || open_.empty()) return false;
  std::pop_heap(open_.begin(), open_.end(), later);
  current_ = open_.back();
  open_.pop_back();
  set_limit();
  return true;
}

// Up to that key the current cursor goes on alone.
void EventMerge::set_limit() {
  has_limit_ = !open_.empty();
  if (has_limit_) limit_ = {open_.front()->time, open_.front()->run};
  if (next_run_ >= by_time_.size() || open_.size() + 1 >= max_open) return;
  const std::uint32_t number = by_time_[next_run_];
  const Key key{survey_.runs[number].first, number};
  if (!has_limit_ || key < limit_) limit_ = key;
  has_limit_ = true;
}

bool EventMerge::next() {
  if (failed_) return false;
  if (current_ == nullptr) {
    if (!take_first()) return false;
  } else if (!advance(*current_)) {
    free_.push_back(current_);
    current_ = nullptr;
    ++done_;
    if (failed_ || !take_first()) return false;
  } else if (has_limit_ && limit_ < Key{current_->time, current_->run}) {
    open_.push_back(current_);
    std::push_heap(open_.begin(), open_.end(), later);
    current_ = nullptr;
    if (!take_first()) return false;
  }
  if (current_->time < last_time_) ++late_;
  last_time_ = std::max(last_time_, current_->time);
  return true;
}

}  // namespace anchoko::formats::etl
