// Files as the formats need them: large sequential reads, and output that appears under its name only when
// complete.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace anchoko {

// Sequential input. "-" is standard input.
class InputFile {
 public:
  virtual ~InputFile() = default;
  // Up to buffer.size() bytes; 0 at the end. Reads again after an interrupting signal.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
  virtual const std::string& name() const = 0;  // for messages
  // A file proper: reading never waits for someone to write, so that it can be done ahead in a thread.
  virtual bool is_regular() const { return false; }
  // How much to ask for at a time.
  virtual std::size_t block_size() const { return std::size_t{256} * 1024; }
  // Asked when read() answered 0: why that is not the end that was meant; empty: it is.
  virtual std::string early_end() const { return {}; }
  // The same for the same file, another for one that has taken its name. Zeros where the system tells none.
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    bool operator==(const Identity&) const = default;
  };
  virtual Identity identity() const { return {}; }
  // Bytes, at present; nothing where the system does not tell (pipes, devices), or they are not those that
  // read() gives (compressed files).
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  // The next read begins at that byte. Errors: failed, where the input cannot go back.
  virtual Result<void> seek(std::uint64_t offset);
  // As read(), to `storage` from `room` on, with `tail` (at most `room` bytes, of what was read before; it
  // may lie in `storage`) put directly in front. What was read ahead comes in a vector of its own, of the
  // same size, in exchange for `storage`.
  virtual Result<std::size_t> read_behind(std::span<const std::byte> tail, std::vector<std::byte>& storage,
                                          std::size_t room);
};
// Asked about ten times a second, and after every signal, while opening or reading waits for somebody else to
// write (pipes, terminals): false ends the wait, with an error of kind interrupted. What is there is read
// before.
using GoOn = std::function<bool()>;
Result<std::unique_ptr<InputFile>> open_input(const std::string& path, GoOn go_on = {});

// Output that is complete or absent: written to a private (0600) file without a name, or where there are none
// beside its final name, synchronised and named by commit(), removed when destroyed before. "-" is standard
// output, written straight.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  // Replaces bytes that were written before. Error where the output cannot go back (a pipe, a device).
  virtual Result<void> rewrite(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  virtual Result<void> commit() = 0;
  // Writes the first `count` bytes of what is in use of `buffer`, and moves the rest to its front. May keep
  // that vector and give another of the same size for it.
  virtual Result<void> write_front(std::vector<std::byte>& buffer, std::size_t count, std::size_t used);
  // Everything written stands in the file, and can be read back.
  virtual Result<void> flush() { return {}; }
  // Where the bytes stand until commit(), for reading them back; empty where they cannot be read.
  virtual std::string pending_path() const = 0;
  // A write failed because nobody reads that pipe any more. May be asked while another thread writes.
  virtual bool reader_left() const { return false; }
};
enum class Overwrite { no, yes };
// `go_on`: as for open_input(), asked while a pipe waits for a reader, or for room; by the thread that
// writes. `patience`: a reader that is there is given so long to make room, each time, also when `go_on`
// answers false.
Result<std::unique_ptr<OutputFile>> create_output(const std::string& path, Overwrite overwrite,
                                                  GoOn go_on = {}, std::chrono::milliseconds patience = {});

// Makes the folder, mode 0700; an existing one is an error.
Result<void> make_private_folder(const std::filesystem::path& path);
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit = 1 << 20);

// Names of files are UTF-8 text on every system. On Windows std::filesystem would read such text in a code
// page of its own, so paths are made of names, and names of paths, by these two.
std::filesystem::path path_of(const std::string& name);
std::string utf8(const std::filesystem::path& path);

}  // namespace anchoko
