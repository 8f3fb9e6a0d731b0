#include <array>
#include <cstring>

#include "core/formats/compressed_input.h"

#ifdef ANCHOKO_HAS_ZSTD
#include <zstd.h>

#include "core/formats/decompressing_input.h"
#endif

namespace anchoko::formats {

bool is_zstd(std::span<const std::byte> start) {
  constexpr std::array<unsigned char, 4> magic{0x28, 0xb5, 0x2f, 0xfd};
  return start.size() >= magic.size() && std::memcmp(start.data(), magic.data(), magic.size()) == 0;
}

#ifdef ANCHOKO_HAS_ZSTD
namespace {

// RFC 8878.
class ZstdInput final : public DecompressingInput {
 public:
  explicit ZstdInput(std::unique_ptr<InputFile> compressed)
      : DecompressingInput(std::move(compressed)), stream_(::ZSTD_createDStream()) {}
  ZstdInput(const ZstdInput&) = delete;
  ZstdInput& operator=(const ZstdInput&) = delete;
  ~ZstdInput() override { ::ZSTD_freeDStream(stream_); }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (stream_ == nullptr) return fail(ErrorKind::failed, name() + ": no memory to decompress it");
    while (!buffer.empty() && !ended_early()) {
      if (auto filled = refill(); !filled) return fail(std::move(filled.error()));
      const auto in = rest();
      // What it holds back comes out without further input.
      if (in.empty() && !held_back_)
        return inside_ ? end_early("the zstd data end too early") : std::size_t{0};
      ZSTD_inBuffer from{in.data(), in.size(), 0};
      ZSTD_outBuffer to{buffer.data(), buffer.size(), 0};
      const std::size_t answer = ::ZSTD_decompressStream(stream_, &to, &from);
      consume(from.pos);
      if (::ZSTD_isError(answer) != 0) {
        end_early("the zstd data are damaged");
        return to.pos;
      }
      inside_ = answer != 0;
      held_back_ = to.pos == to.size;
      if (to.pos > 0) return to.pos;
    }
    return std::size_t{0};
  }

 private:
  ZSTD_DStream* stream_;
  bool inside_ = false;  // a frame
  bool held_back_ = false;
};

}  // namespace

Result<std::unique_ptr<InputFile>> zstd_input(std::unique_ptr<InputFile> compressed) {
  return std::make_unique<ZstdInput>(std::move(compressed));
}
#else
Result<std::unique_ptr<InputFile>> zstd_input(std::unique_ptr<InputFile> compressed) {
  return fail(ErrorKind::unavailable, compressed->name() + ": is a zstd file, which this build cannot read",
              "decompress it first: zstd -dc FILE | anchoko convert - …");
}
#endif

}  // namespace anchoko::formats
