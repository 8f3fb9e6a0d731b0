// For unit tests: capture files made byte by byte in either byte order, and inputs and outputs in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/base/file.h"
#include "core/formats/record_reader.h"

namespace anchoko::formats::test {

using Bytes = std::vector<std::byte>;

class Builder {
 public:
  explicit Builder(ByteOrder order) : order_(order) {}

  template <typename T>
  Builder& number(T value) {
    bytes_.resize(bytes_.size() + sizeof value);
    store<T>(bytes_.data() + bytes_.size() - sizeof value, value, order_);
    return *this;
  }
  Builder& u8(std::uint8_t value) { return number(value); }
  Builder& u16(std::uint16_t value) { return number(value); }
  Builder& u32(std::uint32_t value) { return number(value); }
  Builder& u64(std::uint64_t value) { return number(value); }
  Builder& raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Builder& text(std::string_view text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  Builder& pad() {
    while (bytes_.size() % 4 != 0) bytes_.push_back(std::byte{0});
    return *this;
  }
  Builder& option(std::uint16_t code, const Bytes& value) {
    return u16(code).u16(static_cast<std::uint16_t>(value.size())).raw(value).pad();
  }
  Builder& option(std::uint16_t code, std::string_view value) {
    return u16(code).u16(static_cast<std::uint16_t>(value.size())).text(value).pad();
  }
  // A pcapng block around `body`.
  Builder& block(std::uint32_t type, const Bytes& body) {
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    return u32(type).u32(length).raw(body).u32(length);
  }
  Builder sub() const { return Builder(order_); }
  const Bytes& bytes() const { return bytes_; }
  ByteOrder order() const { return order_; }

 private:
  ByteOrder order_;
  Bytes bytes_;
};

// Hands out a few bytes at a time, so that every record meets a border.
class MemoryInput final : public InputFile {
 public:
  explicit MemoryInput(Bytes bytes, std::size_t step = SIZE_MAX) : bytes_(std::move(bytes)), step_(step) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({buffer.size(), bytes_.size() - position_, step_});
    if (count > 0) std::memcpy(buffer.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }

 private:
  Bytes bytes_;
  std::size_t step_;
  std::size_t position_ = 0;
  std::string name_ = "memory";
};

class MemoryOutput final : public OutputFile {
 public:
  explicit MemoryOutput(Bytes& bytes) : bytes_(bytes) {}
  Result<void> write(std::span<const std::byte> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    return {};
  }
  Result<void> commit() override { return {}; }
  std::string pending_path() const override { return {}; }

 private:
  Bytes& bytes_;
};

// A record that owns its bytes.
struct OwnedRecord {
  Bytes data;
  Bytes options;
  std::uint32_t original_length = 0;
  std::uint32_t interface = 0;
  std::int64_t timestamp_ns = 0;
  bool has_timestamp = true;
  PacketDirection direction = PacketDirection::unknown;
  bool operator==(const OwnedRecord&) const = default;

  PacketRecord view() const {
    return {data, original_length, interface, timestamp_ns, has_timestamp, direction, options};
  }
};

inline Bytes copy(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

struct ReadBack {
  std::vector<OwnedRecord> records;
  std::vector<std::pair<std::uint32_t, Bytes>> attachments;
  std::vector<InterfaceInfo> interfaces;
  std::vector<std::string> section_comments;
  ReadReport report;
  std::uint64_t damage_answers = 0;
  bool failed = false;
};

inline ReadBack read_all(RecordReader& reader) {
  ReadBack all;
  PacketRecord record;
  while (true) {
    const auto status = reader.next(record);
    if (status == ReadStatus::end) break;
    if (status == ReadStatus::failed) {
      all.failed = true;
      break;
    }
    if (status == ReadStatus::damaged) ++all.damage_answers;
    if (status == ReadStatus::attachment) {
      all.attachments.emplace_back(reader.attachment().block_type, copy(reader.attachment().body));
    }
    if (status == ReadStatus::record) {
      all.records.push_back({copy(record.data), copy(record.options), record.original_length,
                             record.interface, record.timestamp_ns, record.has_timestamp, record.direction});
    }
  }
  all.interfaces = reader.interfaces();
  all.section_comments = reader.section_comments();
  all.report = reader.report();
  return all;
}

inline Bytes sequence(std::size_t size, std::uint8_t first = 1) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(first + i);
  return bytes;
}

}  // namespace anchoko::formats::test
