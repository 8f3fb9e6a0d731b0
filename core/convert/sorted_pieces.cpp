#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "core/base/file.h"
#include "core/base/pending_name.h"
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
class PiecesReader final : public RecordReader {
 public:
  struct Attachments {
    std::deque<std::vector<std::byte>> bytes;
    std::vector<Attachment> list;  // views of them
  };

  // `input` was read to its end: what it says beside its records stays true, its buffers are needed no more.
  // `problem`: how it failed, if it did.
  PiecesReader(const RecordReader& input, std::vector<MergeInput> pieces, Attachments attachments,
               std::optional<Error> problem)
      : interfaces_(input.interfaces()),
        report_(input.report()),
        section_comments_(input.section_comments()),
        facts_(input.facts()),
        attachments_(std::move(attachments)),
        merged_(std::move(pieces), false),
        problem_(std::move(problem)) {}

  ReadStatus next(PacketRecord& record) override {
    if (attachments_given_ < attachments_.list.size()) {
      ++attachments_given_;
      return ReadStatus::attachment;
    }
    if (!damage_told_) {
      damage_told_ = true;
      if (report_.damage_count > 0) return ReadStatus::damaged;
    }
    const ReadStatus status = merged_.next(record);
    if (status == ReadStatus::end && problem_) {
      error_ = *problem_;
      return ReadStatus::failed;
    }
    if (status != ReadStatus::damaged) return status;
    error_ = make_error(ErrorKind::failed,
                        "a temporary file cannot be read back: " + merged_.report().damage.front().what);
    return ReadStatus::failed;
  }
  const Attachment& attachment() const override { return attachments_.list[attachments_given_ - 1]; }
  const std::vector<InterfaceInfo>& interfaces() const override { return interfaces_; }
  const formats::ReadReport& report() const override { return report_; }
  const Error& error() const override { return error_; }
  const std::vector<std::string>& section_comments() const override { return section_comments_; }
  formats::FileFacts facts() const override { return facts_; }

 private:
  std::vector<InterfaceInfo> interfaces_;
  formats::ReadReport report_;
  std::vector<std::string> section_comments_;
  formats::FileFacts facts_;
  Attachments attachments_;
  std::size_t attachments_given_ = 0;
  bool damage_told_ = false;
  MergeReader merged_;
  std::optional<Error> problem_;
  Error error_;
};

// The writer of a piece takes it for a file of its own.
class PieceOutput final : public OutputFile {
 public:
  PieceOutput(OutputFile& file, std::uint64_t offset) : file_(file), offset_(offset) {}
  Result<void> write(std::span<const std::byte> bytes) override { return file_.write(bytes); }
  Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) override {
    return file_.rewrite(offset_ + offset, bytes);
  }
  Result<void> commit() override { return fail(ErrorKind::failed, "a temporary file is not kept"); }
  std::string pending_path() const override { return {}; }

 private:
  OutputFile& file_;
  std::uint64_t offset_;
};

class Sorter {
 public:
  Sorter(std::unique_ptr<RecordReader> reader, SortingSpace& space)
      : reader_(std::move(reader)), space_(space) {}

  Result<std::unique_ptr<RecordReader>> run(const std::function<bool()>& go_on) {
    PacketRecord record;
    for (std::uint64_t count = 0;; ++count) {
      if (count % 256 == 0 && go_on && !go_on()) return fail(ErrorKind::interrupted, "interrupted");
      const ReadStatus status = reader_->next(record);
      if (status == ReadStatus::end) break;
      if (status == ReadStatus::failed) {
        problem_ = reader_->error();
        break;
      }
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
    auto file = space_.file();
    if (!file) return fail(std::move(file.error()));
    auto writer = formats::create_pcapng_writer(std::make_unique<PieceOutput>(**file, space_.size()));
    if (!writer) return fail(std::move(writer.error()));
    if (auto begun = (*writer)->begin({}); !begun) return begun;
    for (const auto& interface : reader_->interfaces()) {
      if (auto added = (*writer)->add_interface(interface); !added) return fail(std::move(added.error()));
    }
    for (const auto& one : records_) {
      if (!(*writer)->write(one.view())) return fail((*writer)->error());
    }
    if (auto done = (*writer)->flush(); !done) return done;
    parts_.push_back({space_.size(), (*writer)->bytes_written()});
    space_.add((*writer)->bytes_written());
    records_.clear();
    bytes_ = 0;
    return {};
  }

  Result<std::unique_ptr<RecordReader>> finish() {
    records_ = {};
    std::vector<MergeInput> pieces;
    for (const auto& part : parts_) {
      auto opened = formats::open_capture(space_.part(part.offset, part.size));
      if (!opened) return fail(std::move(opened.error()));
      MergeInput piece;
      piece.path = "sorting";
      piece.interfaces = MergeInput::Interfaces::same;
      piece.reader = std::move(opened->reader);
      pieces.push_back(std::move(piece));
    }
    return std::make_unique<PiecesReader>(*reader_, std::move(pieces), std::move(attachments_),
                                          std::move(problem_));
  }

  struct Part {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  std::unique_ptr<RecordReader> reader_;
  SortingSpace& space_;
  Clock clock_;
  std::vector<OwnedRecord> records_;
  std::size_t bytes_ = 0;
  std::vector<Part> parts_;
  PiecesReader::Attachments attachments_;
  std::optional<Error> problem_;
};

// How many pieces there will be is not known: small blocks.
constexpr std::size_t expected_pieces = 256;

}  // namespace

SortingSpace::SortingSpace(std::string folder, std::size_t inputs)
    : folder_(std::move(folder)), pool_(std::max(expected_pieces, inputs), 0) {}

Result<OutputFile*> SortingSpace::file() {
  if (!file_) {
    auto made = create_output(utf8(path_of(folder_) / ("anchoko-sorting" + pending_name())), Overwrite::no);
    if (!made) {
      Error error = std::move(made.error());
      error.message = "no temporary file for sorting an input that runs backwards: " + error.message;
      return fail(std::move(error));
    }
    file_ = std::move(*made);
  }
  return file_.get();
}

std::unique_ptr<InputFile> SortingSpace::part(std::uint64_t offset, std::uint64_t size) {
  return pool_.open_part(file_->pending_path(), offset, size);
}

Result<std::unique_ptr<RecordReader>> sorted(std::unique_ptr<RecordReader> reader, SortingSpace& space,
                                             const std::function<bool()>& go_on) {
  return Sorter(std::move(reader), space).run(go_on);
}

}  // namespace anchoko::convert
