#include "core/convert/time_order.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "core/convert/owned_record.h"

namespace anchoko::convert {
namespace {

using formats::ReadStatus;
using formats::RecordReader;

class WindowReader final : public DecoratedReader {
 public:
  WindowReader(std::unique_ptr<RecordReader> reader, Window window)
      : DecoratedReader(std::move(reader)), window_(window) {}

  ReadStatus next(PacketRecord& record) override {
    if (lent_) {
      give_back(std::move(*lent_));
      lent_.reset();
    }
    while (!end_ && held_.size() <= window_.records && bytes_ <= window_.bytes) {
      PacketRecord one;
      const ReadStatus status = reader_->next(one);
      if (status == ReadStatus::end || status == ReadStatus::failed) {
        end_ = status;
      } else if (status == ReadStatus::record) {
        hold(one);
      } else {
        return status;
      }
    }
    if (held_.empty()) return *end_;
    std::pop_heap(held_.begin(), held_.end(), later);
    lent_ = std::move(held_.back());
    held_.pop_back();
    record = lent_->view();
    return ReadStatus::record;
  }

 private:
  static bool later(const OwnedRecord& left, const OwnedRecord& right) { return left.later_than(right); }

  void hold(const PacketRecord& one) {
    OwnedRecord slot;
    if (!free_.empty()) {
      slot = std::move(free_.back());
      free_.pop_back();
    }
    slot.take(one, clock_.of(one), count_++);
    bytes_ += slot.bytes.size();
    held_.push_back(std::move(slot));
    std::push_heap(held_.begin(), held_.end(), later);
  }

  // To be used again, unless a long record has left much room in it.
  void give_back(OwnedRecord slot) {
    bytes_ -= slot.bytes.size();
    if (slot.bytes.capacity() <= kept_capacity) free_.push_back(std::move(slot));
  }

  static constexpr std::size_t kept_capacity = 2048;

  Window window_;
  Clock clock_;
  std::vector<OwnedRecord> held_;  // a heap, the earliest in front
  std::vector<OwnedRecord> free_;
  std::optional<OwnedRecord> lent_;
  std::size_t bytes_ = 0;
  std::uint64_t count_ = 0;
  std::optional<ReadStatus> end_;  // what the input ended with, behind those held
};

}  // namespace

Window window_for(std::size_t inputs) {
  constexpr std::size_t budget = std::size_t{16} * 1024 * 1024;
  constexpr std::size_t least = std::size_t{16} * 1024;
  constexpr std::size_t usual_record = 1024;
  const std::size_t share = budget / std::max<std::size_t>(inputs, 1);
  const std::size_t bytes = std::clamp(share, least, Window().bytes);
  return {bytes / usual_record, bytes};
}

std::unique_ptr<RecordReader> reordered(std::unique_ptr<RecordReader> reader, Window window) {
  return std::make_unique<WindowReader>(std::move(reader), window);
}

// A record is too far from its place when one outside its window is later. So many bytes can lie between two
// records that fit into the window together: those of all from the first one up to the second.
Result<TimeOrder> time_order(RecordReader& reader, Window most, const std::function<bool()>& go_on) {
  struct Before {
    std::int64_t latest;  // of it and all before
    std::uint64_t bytes_before;
  };
  std::deque<Before> window;
  std::int64_t latest_outside = INT64_MIN;
  std::int64_t latest = INT64_MIN;
  std::uint64_t bytes = 0;
  Clock clock;
  TimeOrder order = TimeOrder::sorted;
  PacketRecord record;
  for (std::uint64_t count = 0;; ++count) {
    if (count % 256 == 0 && go_on && !go_on()) return fail(ErrorKind::interrupted, "interrupted");
    const ReadStatus status = reader.next(record);
    if (status == ReadStatus::end || status == ReadStatus::failed) return order;
    if (status != ReadStatus::record) continue;
    const std::int64_t time = clock.of(record);
    while (!window.empty() &&
           (window.size() > most.records || bytes - window.front().bytes_before > most.bytes)) {
      latest_outside = window.front().latest;
      window.pop_front();
    }
    if (time < latest_outside) return TimeOrder::unsorted;
    if (time < latest) order = TimeOrder::nearly;
    latest = std::max(latest, time);
    window.push_back({latest, bytes});
    bytes += weight(record);
  }
}

}  // namespace anchoko::convert
