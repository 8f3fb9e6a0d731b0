#include "core/base/file.h"

#include <cstring>
#include <random>

#include "core/base/pending_name.h"

namespace anchoko {

Result<void> InputFile::seek(std::uint64_t) {
  return fail(ErrorKind::failed, name() + ": can be read only once, from its beginning");
}

Result<std::size_t> InputFile::read_behind(std::span<const std::byte> tail, std::vector<std::byte>& storage,
                                           std::size_t room) {
  if (!tail.empty()) std::memmove(storage.data() + (room - tail.size()), tail.data(), tail.size());
  return read(std::span(storage).subspan(room));
}

Result<void> OutputFile::write_front(std::vector<std::byte>& buffer, std::size_t count, std::size_t used) {
  if (auto done = write(std::span(buffer).first(count)); !done) return done;
  std::memmove(buffer.data(), buffer.data() + count, used - count);
  return {};
}

std::string pending_name() {
  static constexpr char digits[] = "0123456789abcdef";
  std::random_device random;
  std::string name = ".anchoko-";
  for (int word = 0; word < 2; ++word) {
    auto value = random();
    for (int i = 0; i < 8; ++i, value >>= 4) name += digits[value & 15];
  }
  return name + ".part";
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit) {
  auto input = open_input(utf8(path));
  if (!input) return fail(std::move(input.error()));
  std::string text;
  constexpr std::size_t step = std::size_t{64} * 1024;
  while (true) {
    const std::size_t old_size = text.size();
    text.resize(old_size + step);
    auto count = (*input)->read(std::as_writable_bytes(std::span(text)).subspan(old_size));
    if (!count) return fail(std::move(count.error()));
    text.resize(old_size + *count);
    if (text.size() > limit) {
      return fail(ErrorKind::failed, utf8(path) + ": larger than " + std::to_string(limit) + " bytes");
    }
    if (*count == 0) return text;
  }
}

}  // namespace anchoko
