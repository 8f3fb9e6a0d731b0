#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "core/base/file.h"
#include "core/convert/input_pool.h"
#include "core/convert/merge_reader.h"
#include "core/convert/owned_record.h"
#include "core/convert/time_order.h"
#include "core/formats/capture_format.h"
#include "core/formats/pcapng/writer.h"

namespace anchoko::convert {
namespace {

using formats::Attachment;
using formats::ReadStatus;
using formats::RecordReader;

// The sorted pieces of one input, merged.
class PiecesReader final : public DecoratedReader {
 public:
  struct Attachments {
    std::deque<std::vector<std::byte>> bytes;
    std::vector<Attachment> list;  // views of them
  };

  // `input` was read to its end: what it says beside its records stays true.
  PiecesReader(std::unique_ptr<RecordReader> input, std::vector<std::unique_ptr<OutputFile>> files,
               std::unique_ptr<InputPool> pool, std::vector<MergeInput> pieces, Attachments attachments)
      : DecoratedReader(std::move(input)),
        files_(std::move(files)),
        pool_(std::move(pool)),
        attachments_(std::move(attachments)),
        merged_(std::move(pieces), false) {}

  ReadStatus next(PacketRecord& record) override {
    if (attachments_given_ < attachments_.list.size()) {
      ++attachments_given_;
      return ReadStatus::attachment;
    }
    if (!damage_told_) {
      damage_told_ = true;
      if (report().damage_count > 0) return ReadStatus::damaged;
    }
    const ReadStatus status = merged_.next(record);
    if (status != ReadStatus::damaged) return status;
    error_ = make_error(ErrorKind::failed,
                        "a temporary file cannot be read back: " + merged_.report().damage.front().what);
    return ReadStatus::failed;
  }
  const Attachment& attachment() const override { return attachments_.list[attachments_given_ - 1]; }
  const Error& error() const override { return error_; }

 private:
  std::vector<std::unique_ptr<OutputFile>> files_;  // never committed: they vanish
  std::unique_ptr<InputPool> pool_;
  Attachments attachments_;
  std::size_t attachments_given_ = 0;
  bool damage_told_ = false;
  MergeReader merged_;
  Error error_;
};

class Sorter {
 public:
  Sorter(std::unique_ptr<RecordReader> reader, std::string folder)
      : reader_(std::move(reader)), folder_(std::move(folder)) {}

  Result<std::unique_ptr<RecordReader>> run(const std::function<bool()>& go_on) {
    PacketRecord record;
    for (std::uint64_t count = 0;; ++count) {
      if (count % 256 == 0 && go_on && !go_on()) return fail(ErrorKind::interrupted, "interrupted");
      const ReadStatus status = reader_->next(record);
      if (status == ReadStatus::end) break;
      if (status == ReadStatus::failed) return fail(reader_->error());
      if (status == ReadStatus::attachment) keep_attachment();
      if (status != ReadStatus::record) continue;
      records_.emplace_back();
      records_.back().take(record, clock_.of(record), count);
      bytes_ += weight(record) + sizeof(OwnedRecord);
      if (bytes_ < piece_bytes) continue;
      if (auto done = write_piece(); !done) return fail(std::move(done.error()));
    }
    if (auto done = write_piece(); !done) return fail(std::move(done.error()));
    return finish();
  }

 private:
  static constexpr std::size_t piece_bytes = std::size_t{8} * 1024 * 1024;

  void keep_attachment() {
    const Attachment& one = reader_->attachment();
    attachments_.bytes.emplace_back(one.body.begin(), one.body.end());
    attachments_.list.push_back({one.block_type, attachments_.bytes.back()});
  }

  Result<void> write_piece() {
    std::sort(records_.begin(), records_.end(),
              [](const OwnedRecord& left, const OwnedRecord& right) { return right.later_than(left); });
    auto file = create_output(utf8(path_of(folder_) / "anchoko-sorting"), Overwrite::yes);
    if (!file) return fail(std::move(file.error()));
    OutputFile* const output = file->get();
    auto writer = formats::create_pcapng_writer(std::make_unique<Borrowed>(*output));
    if (!writer) return fail(std::move(writer.error()));
    if (auto begun = (*writer)->begin({}); !begun) return begun;
    for (const auto& interface : reader_->interfaces()) {
      if (auto added = (*writer)->add_interface(interface); !added) return fail(std::move(added.error()));
    }
    for (const auto& one : records_) {
      if (!(*writer)->write(one.view())) return fail((*writer)->error());
    }
    if (auto done = (*writer)->flush(); !done) return done;
    files_.push_back(std::move(*file));
    records_.clear();
    bytes_ = 0;
    return {};
  }

  Result<std::unique_ptr<RecordReader>> finish() {
    // Each is open already, for it has no name; none is kept open a second time.
    auto pool = std::make_unique<InputPool>(files_.size(), 0);
    std::vector<MergeInput> pieces;
    for (const auto& file : files_) {
      auto input = pool->open(file->pending_path());
      if (!input) return fail(std::move(input.error()));
      auto opened = formats::open_capture(std::move(*input));
      if (!opened) return fail(std::move(opened.error()));
      MergeInput piece;
      piece.path = file->pending_path();
      piece.interfaces = MergeInput::Interfaces::same;
      piece.reader = std::move(opened->reader);
      pieces.push_back(std::move(piece));
    }
    return std::make_unique<PiecesReader>(std::move(reader_), std::move(files_), std::move(pool),
                                          std::move(pieces), std::move(attachments_));
  }

  // The writer owns what it writes to; the piece is needed longer.
  class Borrowed final : public OutputFile {
   public:
    explicit Borrowed(OutputFile& file) : file_(file) {}
    Result<void> write(std::span<const std::byte> bytes) override { return file_.write(bytes); }
    Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
      return file_.rewrite(offset, bytes);
    }
    Result<void> commit() override { return fail(ErrorKind::failed, "a temporary file is not kept"); }
    std::string pending_path() const override { return file_.pending_path(); }

   private:
    OutputFile& file_;
  };

  std::unique_ptr<RecordReader> reader_;
  std::string folder_;
  Clock clock_;
  std::vector<OwnedRecord> records_;
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<OutputFile>> files_;
  PiecesReader::Attachments attachments_;
};

}  // namespace

Result<std::unique_ptr<RecordReader>> sorted(std::unique_ptr<RecordReader> reader, const std::string& folder,
                                             const std::function<bool()>& go_on) {
  return Sorter(std::move(reader), folder).run(go_on);
}

}  // namespace anchoko::convert
