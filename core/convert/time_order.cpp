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
  using DecoratedReader::DecoratedReader;

  ReadStatus next(PacketRecord& record) override {
    if (lent_) {
      bytes_ -= weight(lent_->record);
      free_.push_back(std::move(*lent_));
      lent_.reset();
    }
    while (!at_end_ && held_.size() <= reorder_records && bytes_ <= reorder_bytes) {
      PacketRecord one;
      const ReadStatus status = reader_->next(one);
      if (status == ReadStatus::end) {
        at_end_ = true;
      } else if (status == ReadStatus::record) {
        hold(one);
      } else {
        return status;
      }
    }
    if (held_.empty()) return ReadStatus::end;
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
    bytes_ += weight(slot.record);
    held_.push_back(std::move(slot));
    std::push_heap(held_.begin(), held_.end(), later);
  }

  Clock clock_;
  std::vector<OwnedRecord> held_;  // a heap, the earliest in front
  std::vector<OwnedRecord> free_;
  std::optional<OwnedRecord> lent_;
  std::size_t bytes_ = 0;
  std::uint64_t count_ = 0;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<RecordReader> reordered(std::unique_ptr<RecordReader> reader) {
  return std::make_unique<WindowReader>(std::move(reader));
}

// A record is too far from its place when one outside its window is later. So many bytes can lie between two
// records that fit into the window together: those of all from the first one up to the second.
Result<TimeOrder> time_order(RecordReader& reader, const std::function<bool()>& go_on) {
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
           (window.size() > reorder_records || bytes - window.front().bytes_before > reorder_bytes)) {
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
