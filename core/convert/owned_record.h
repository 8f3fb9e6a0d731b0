// Records that outlive the reader's next one, for putting them in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/decorated_reader.h"

namespace anchoko::convert {

// A record without a time stays behind the one before it.
class Clock {
 public:
  std::int64_t of(const PacketRecord& record) {
    if (record.has_timestamp) last_ = record.timestamp_ns;
    return last_;
  }

 private:
  std::int64_t last_ = INT64_MIN;
};

inline std::size_t weight(const PacketRecord& record) {
  return record.data.size() + record.options.size();
}

struct OwnedRecord {
  std::vector<std::byte> bytes;  // data, then options
  PacketRecord record;           // without views
  std::size_t data_size = 0;
  std::int64_t time = 0;
  std::uint64_t number = 0;

  void take(const PacketRecord& from, std::int64_t at, std::uint64_t count) {
    bytes.clear();
    bytes.reserve(weight(from));
    bytes.assign(from.data.begin(), from.data.end());
    bytes.insert(bytes.end(), from.options.begin(), from.options.end());
    record = from;
    data_size = from.data.size();
    time = at;
    number = count;
  }
  PacketRecord view() const {
    PacketRecord out = record;
    out.data = std::span(bytes).first(data_size);
    out.options = std::span(bytes).subspan(data_size);
    return out;
  }
  bool later_than(const OwnedRecord& other) const {
    return time != other.time ? time > other.time : number > other.number;
  }
};

using formats::DecoratedReader;

}  // namespace anchoko::convert
