#include "core/convert/one_layer.h"

#include <deque>
#include <optional>
#include <unordered_map>

#include "core/convert/owned_record.h"
#include "core/formats/packet_id.h"

namespace anchoko::convert {
namespace {

using formats::ReadStatus;
using formats::RecordReader;

constexpr std::int64_t window_ns = 1'000'000'000;

class OneLayerReader final : public DecoratedReader {
 public:
  OneLayerReader(std::unique_ptr<RecordReader> reader, std::uint64_t& left_out, Window window)
      : DecoratedReader(std::move(reader)), left_out_(left_out), window_(window) {}

  ReadStatus next(PacketRecord& record) override {
    if (lent_) forget_first();
    while (true) {
      if (!held_.empty() && (end_ || !held_.front().has_id || is_full())) {
        if (held_.front().out) {
          forget_first();
          continue;
        }
        record = held_.front().record.view();
        left_out_ += held_.front().copies;
        lent_ = true;
        return ReadStatus::record;
      }
      if (end_) return *end_;
      PacketRecord one;
      const ReadStatus status = reader_->next(one);
      if (status == ReadStatus::end || status == ReadStatus::failed) {
        end_ = status;
      } else if (status == ReadStatus::record) {
        if (held_.empty() && formats::find_packet_id(one) == nullptr) {
          clock_.of(one);
          record = one;
          return status;
        }
        take(one);
      } else {
        return status;
      }
    }
  }

 private:
  struct Held {
    OwnedRecord record;
    std::uint64_t id = 0;
    std::uint64_t copies = 0;  // of it, that stay out
    bool has_id = false;
    bool out = false;  // a copy closer to the wire came later
  };
  struct Known {
    std::uint8_t layer = 0;    // of the copy that stays
    std::uint64_t number = 0;  // of that record
  };

  bool is_full() const {
    return held_.size() > window_.records || bytes_ > window_.bytes ||
           held_.back().record.time - held_.front().record.time > window_ns;
  }

  void take(const PacketRecord& one) {
    Held held;
    const std::int64_t time = clock_.of(one);
    if (const auto id = formats::packet_id(one)) {
      held.id = *id;
      held.has_id = true;
      const std::uint8_t layer = interfaces()[one.interface].layer;
      const auto [known, is_new] = known_.try_emplace(*id, Known{layer, count_});
      if (!is_new) {
        Held& other = held_[static_cast<std::size_t>(known->second.number - first_number_)];
        const bool copies = time - other.record.time <= window_ns;
        if (copies && layer >= known->second.layer) {
          ++other.copies;
          return;
        }
        other.out = copies;
        if (copies) held.copies = other.copies + 1;
        known->second = {layer, count_};
      }
    }
    held.record.take(one, time, count_++);
    bytes_ += held.record.bytes.size();
    held_.push_back(std::move(held));
  }

  void forget_first() {
    const Held& first = held_.front();
    if (first.has_id) {
      const auto known = known_.find(first.id);
      if (known != known_.end() && known->second.number == first_number_) known_.erase(known);
    }
    bytes_ -= first.record.bytes.size();
    held_.pop_front();
    ++first_number_;
    lent_ = false;
  }

  std::uint64_t& left_out_;
  Window window_;
  Clock clock_;
  std::deque<Held> held_;
  std::unordered_map<std::uint64_t, Known> known_;  // of those held
  std::size_t bytes_ = 0;
  std::uint64_t count_ = 0;         // of the next record that is held
  std::uint64_t first_number_ = 0;  // of held_.front()
  bool lent_ = false;
  std::optional<ReadStatus> end_;  // what the input ended with, behind those held
};

}  // namespace

std::unique_ptr<RecordReader> one_layer(std::unique_ptr<RecordReader> reader, std::uint64_t& left_out,
                                        Window window) {
  return std::make_unique<OneLayerReader>(std::move(reader), left_out, window);
}

}  // namespace anchoko::convert
