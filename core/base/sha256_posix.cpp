#ifdef ANCHOKO_HAS_NETTLE
#include <nettle/sha2.h>
#endif

#include <array>
#include <cstdint>

#include "core/base/hex.h"
#include "core/base/sha256.h"

namespace anchoko {

#ifdef ANCHOKO_HAS_NETTLE

struct Sha256::State {
  sha256_ctx context;
};

bool Sha256::available() {
  return true;
}

Sha256::Sha256() : state_(std::make_unique<State>()) {
  sha256_init(&state_->context);
}

void Sha256::add(std::span<const std::byte> bytes) {
  sha256_update(&state_->context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::finish() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&state_->context, digest.size(), digest.data());
  return hex(std::as_bytes(std::span(digest)));
}

#else

struct Sha256::State {};

bool Sha256::available() {
  return false;
}
Sha256::Sha256() = default;
void Sha256::add(std::span<const std::byte>) {}
std::string Sha256::finish() {
  return {};
}

#endif

Sha256::~Sha256() = default;

}  // namespace anchoko
