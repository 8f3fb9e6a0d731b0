// For unit tests of writers: a file written into memory, and what a reader makes of it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "core/formats/test_bytes.h"
#include "core/formats/writer_base.h"

namespace anchoko::formats::test {

// `create` and `open` are the format's create_…_writer() and open_…().
template <auto create, auto open>
struct WrittenFile {
  Bytes bytes;
  std::unique_ptr<RecordWriter> writer;

  WrittenFile() {
    auto created = create(std::make_unique<MemoryOutput>(bytes));
    REQUIRE(created);
    writer = std::move(*created);
    REQUIRE(writer->begin({}));
  }
  explicit WrittenFile(LinkType type) : WrittenFile() { add(type); }

  std::uint32_t add(LinkType type, const std::string& name = "") {
    InterfaceInfo info;
    info.link_type = type;
    info.name = name;
    const auto index = writer->add_interface(info);
    REQUIRE(index);
    return *index;
  }
  ReadBack read_back() const {
    auto reader = open(std::make_unique<MemoryInput>(bytes, 1001));
    REQUIRE(reader);
    return read_all(**reader);
  }
  ReadBack finish() {
    REQUIRE(writer->finish());
    CHECK(writer->bytes_written() == bytes.size());
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
