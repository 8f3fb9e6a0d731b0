#include "core/formats/writer_base.h"

#include <algorithm>
#include <utility>

namespace anchoko::formats {

Result<void> WriterBase::begin(const SectionInfo& section) {
  if (!section.hardware.empty() || !section.os.empty() || !section.application.empty() ||
      !section.comments.empty()) {
    count_not_held(not_held::section_texts);
  }
  return result();
}

Result<void> WriterBase::attach(const Attachment& /*attachment*/) {
  count_not_held(not_held::attachments);
  return result();
}

Result<void> WriterBase::add_statistics(std::uint32_t /*interface*/,
                                        const InterfaceStatistics& /*statistics*/) {
  count_not_held(not_held::statistics);
  return result();
}

bool WriterBase::fail_with(Error error) {
  failed_ = true;
  error_ = std::move(error);
  return false;
}

bool WriterBase::refuse(std::string what) {
  return fail_with(make_error(ErrorKind::failed, std::string(name_) + " writer: " + std::move(what)));
}

Result<void> WriterBase::result() const {
  if (failed_) return fail(error_);
  return {};
}

bool WriterBase::write_out(std::size_t count) {
  if (failed_) return false;
  if (auto written = output_->write_front(buffer_, count, used_); !written) {
    return fail_with(std::move(written.error()));
  }
  used_ -= count;
  flushed_ += count;
  return true;
}

std::byte* WriterBase::make_room(std::size_t size) {
  if (used_ > 0 && !write_out(used_)) return nullptr;
  if (buffer_.size() < size) buffer_.resize(size);
  return buffer_.data();
}

Result<void> WriterBase::flush() {
  if (!failed_ && used_ > 0) write_out(used_);
  if (failed_) return result();
  if (auto done = output_->flush(); !done) fail_with(std::move(done.error()));
  return result();
}

Result<void> WriterBase::finish() {
  if (auto done = flush(); !done) return done;
  return output_->commit();
}

bool WriterBase::length_fits(std::size_t length, std::size_t most) {
  if (length <= most) [[likely]]
    return true;
  return refuse("a record of " + std::to_string(length) + " bytes is longer than readers accept (" +
                std::to_string(most) + ")");
}

bool WriterBase::time_fits(const PacketRecord& record) {
  constexpr std::int64_t end = (std::int64_t{UINT32_MAX} + 1) * 1'000'000'000;
  if (!record.has_timestamp || (record.timestamp_ns >= 0 && record.timestamp_ns < end)) [[likely]]
    return true;
  return refuse("the time stamp " + std::to_string(record.timestamp_ns) +
                " ns is outside the years 1970 to 2106 that " + name_ + " files can hold");
}

void WriterBase::count_not_held(const Unheld& kind, std::uint64_t count) {
  const auto found = std::find_if(not_held_.begin(), not_held_.end(),
                                  [&](const NotHeld& entry) { return entry.key == kind.key; });
  if (found != not_held_.end()) {
    found->count += count;
  } else {
    not_held_.push_back({std::string(kind.key), std::string(kind.what), count});
  }
}

void WriterBase::count_interface_texts(const InterfaceInfo& interface) {
  if (!interface.description.empty() || !interface.filter.empty() || !interface.os.empty() ||
      !interface.hardware.empty() || !interface.host.empty() || !interface.comments.empty() ||
      !interface.other_options.empty() || interface.layer != 0) {
    count_not_held(not_held::interface_texts);
  }
}

}  // namespace anchoko::formats
