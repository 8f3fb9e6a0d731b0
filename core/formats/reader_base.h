// What every reader has: its buffer, its report, and the way damage is noted.
#pragma once

#include <string>
#include <vector>

#include "core/formats/block_buffer.h"
#include "core/formats/record_limits.h"
#include "core/formats/record_reader.h"
#include "core/formats/resync.h"

namespace anchoko::formats {

class ReaderBase : public RecordReader {
 public:
  const Attachment& attachment() const override { return attachment_; }
  const std::vector<InterfaceInfo>& interfaces() const override { return interfaces_; }
  const ReadReport& report() const override { return report_; }
  const Error& error() const override { return buffer_.error(); }
  const std::vector<std::string>& section_comments() const override { return section_comments_; }

 protected:
  explicit ReaderBase(BlockBuffer buffer) : buffer_(std::move(buffer)) {}

  ReadStatus note_damage(std::uint64_t offset, std::string what, std::uint64_t lost_bytes) {
    ++report_.damage_count;
    report_.lost_bytes += lost_bytes;
    report_.bytes = buffer_.offset();
    if (report_.damage.size() < max_damage_details) report_.damage.push_back({offset, std::move(what), {}});
    return ReadStatus::damaged;
  }
  // All records were read. Damage all the same where the input itself says that there should be more.
  ReadStatus end_of_records() {
    report_.bytes = buffer_.offset();  // also of a file without records
    if (!end_told_) {
      end_told_ = true;
      if (std::string why = buffer_.early_end(); !why.empty())
        return note_damage(buffer_.offset(), std::move(why), 0);
    }
    return ReadStatus::end;
  }
  // Damage that reaches to the end. Where the input itself says that there should be more, that is the reason
  // for it and no second one.
  ReadStatus note_early_end(std::uint64_t offset, std::string what, std::uint64_t lost_bytes) {
    if (!end_told_) {
      end_told_ = true;
      if (const std::string why = buffer_.early_end(); !why.empty()) what += " (" + why + ")";
    }
    return note_damage(offset, std::move(what), lost_bytes);
  }
  // The rest of the input cannot be understood.
  ReadStatus lose_rest(std::uint64_t offset, std::string what) {
    const std::uint64_t before = buffer_.offset();
    buffer_.discard_rest();
    if (buffer_.failed()) return ReadStatus::failed;
    return note_early_end(offset, std::move(what), buffer_.offset() - before);
  }

  // Goes on at the next sound record; see skip_to_sound().
  template <typename Sound>
  ReadStatus resynchronise(std::string what, std::size_t header, Sound sound) {
    const std::uint64_t start = buffer_.offset();
    skip_to_sound(buffer_, header, sound);
    return note_skipped(start, std::move(what));
  }

  // Passed over since `start`, up to the next sound record or, where there is none, to the end.
  ReadStatus note_skipped(std::uint64_t start, std::string what) {
    if (buffer_.failed()) return ReadStatus::failed;
    const std::uint64_t lost = buffer_.offset() - start;
    if (buffer_.available() == 0) return note_early_end(start, std::move(what), lost);
    return note_damage(start, std::move(what), lost);
  }

  BlockBuffer buffer_;
  Attachment attachment_;
  std::vector<InterfaceInfo> interfaces_;
  ReadReport report_;
  std::vector<std::string> section_comments_;

 private:
  bool end_told_ = false;
};

}  // namespace anchoko::formats
