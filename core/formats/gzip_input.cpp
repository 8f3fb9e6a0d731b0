#include "core/formats/compressed_input.h"

#ifdef ANCHOKO_HAS_ZLIB
#include <algorithm>
#include <limits>

#include <zlib.h>

#include "core/formats/decompressing_input.h"
#endif

namespace anchoko::formats {

bool is_gzip(std::span<const std::byte> start) {
  return start.size() >= 2 && start[0] == std::byte{0x1f} && start[1] == std::byte{0x8b};
}

#ifdef ANCHOKO_HAS_ZLIB
namespace {

// RFC 1952.
class GzipInput final : public DecompressingInput {
 public:
  explicit GzipInput(std::unique_ptr<InputFile> compressed) : DecompressingInput(std::move(compressed)) {
    ready_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK;  // largest window, gzip header
  }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;
  ~GzipInput() override {
    if (ready_) ::inflateEnd(&stream_);
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!ready_) return fail(ErrorKind::failed, name() + ": no memory to decompress it");
    while (!buffer.empty() && !ended_early()) {
      if (auto filled = refill(); !filled) return fail(std::move(filled.error()));
      if (rest().empty()) return inside_ ? end_early("the gzip data end too early") : std::size_t{0};
      if (!inside_ && !begin_member()) continue;
      const auto count = inflate_into(buffer);
      if (!count || *count > 0) return count;
    }
    return std::size_t{0};
  }

 private:
  // Behind the last member there may be zeros, to fill up a block.
  bool begin_member() {
    if (members_ > 0 && rest()[0] == std::byte{0}) {
      consume(1);
      return false;
    }
    if (members_ > 0 && rest()[0] != std::byte{0x1f}) {
      end_early("something else stands behind the gzip data");
      return false;
    }
    if (members_ > 0) ::inflateReset(&stream_);
    ++members_;
    inside_ = true;
    return true;
  }

  Result<std::size_t> inflate_into(std::span<std::byte> buffer) {
    const auto in = rest();
    const auto room = std::min<std::size_t>(buffer.size(), std::numeric_limits<uInt>::max());
    stream_.next_in = reinterpret_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    consume(in.size() - stream_.avail_in);
    const std::size_t made = room - stream_.avail_out;
    if (code == Z_STREAM_END) {
      inside_ = false;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      end_early("the gzip data are damaged");
    }
    return made;
  }

  z_stream stream_{};
  bool ready_ = false;
  bool inside_ = false;  // a member
  std::uint64_t members_ = 0;
};

}  // namespace

Result<std::unique_ptr<InputFile>> gzip_input(std::unique_ptr<InputFile> compressed) {
  return std::make_unique<GzipInput>(std::move(compressed));
}
#else
Result<std::unique_ptr<InputFile>> gzip_input(std::unique_ptr<InputFile> compressed) {
  return fail(ErrorKind::unavailable, compressed->name() + ": is a gzip file, which this build cannot read",
              "decompress it first: gzip -dc FILE | anchoko convert - …");
}
#endif

}  // namespace anchoko::formats
