// A reader of another reader's records.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/record_reader.h"

namespace anchoko::formats {

// All but the records themselves is the given reader's.
class DecoratedReader : public RecordReader {
 public:
  explicit DecoratedReader(std::unique_ptr<RecordReader> reader) : reader_(std::move(reader)) {}
  const Attachment& attachment() const override { return reader_->attachment(); }
  const std::vector<InterfaceInfo>& interfaces() const override { return reader_->interfaces(); }
  const ReadReport& report() const override { return reader_->report(); }
  const Error& error() const override { return reader_->error(); }
  const std::vector<std::string>& section_comments() const override { return reader_->section_comments(); }
  FileFacts facts() const override { return reader_->facts(); }

 protected:
  std::unique_ptr<RecordReader> reader_;
};

}  // namespace anchoko::formats
