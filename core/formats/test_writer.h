// For unit tests of writers: a file written into memory, and what a reader makes of it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/formats/test_bytes.h"
#include "core/formats/writer_base.h"

namespace anchoko::formats::test {

// What goes wrong is thrown, and fails the test. `create` and `open` are the format's create_…_writer() and
// open_…().
template <auto create, auto open>
struct WrittenFile {
  Bytes bytes;
  std::unique_ptr<RecordWriter> writer;

  WrittenFile() : writer(create(std::make_unique<MemoryOutput>(bytes)).value()) { writer->begin({}).value(); }
  explicit WrittenFile(LinkType type) : WrittenFile() { add(type); }

  std::uint32_t add(LinkType type, const std::string& name = "") {
    InterfaceInfo info;
    info.link_type = type;
    info.name = name;
    return writer->add_interface(info).value();
  }
  ReadBack read_back() const { return read_all(*open(std::make_unique<MemoryInput>(bytes, 1001)).value()); }
  ReadBack finish() {
    writer->finish().value();
    if (writer->bytes_written() != bytes.size())
      throw std::logic_error("other bytes are counted than written");
    return read_back();
  }
  std::uint64_t not_held(const Unheld& kind) const {
    for (const auto& entry : writer->not_held()) {
      if (entry.key == kind.key) return entry.count;
    }
    return 0;
  }
};

}  // namespace anchoko::formats::test
