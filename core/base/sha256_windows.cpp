#include <algorithm>
#include <array>
#include <new>

// In this order.
// clang-format off
#include <windows.h>
#include <bcrypt.h>
// clang-format on

#include "core/base/hex.h"
#include "core/base/sha256.h"

namespace anchoko {

// Its calls fail only where memory is short.
struct Sha256::State {
  State() {
    if (::BCryptOpenAlgorithmProvider(&provider, BCRYPT_SHA256_ALGORITHM, nullptr, 0) != 0)
      throw std::bad_alloc();
    if (::BCryptCreateHash(provider, &hash, nullptr, 0, nullptr, 0, 0) != 0) {
      ::BCryptCloseAlgorithmProvider(provider, 0);
      throw std::bad_alloc();
    }
  }
  ~State() {
    ::BCryptDestroyHash(hash);
    ::BCryptCloseAlgorithmProvider(provider, 0);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  BCRYPT_ALG_HANDLE provider = nullptr;
  BCRYPT_HASH_HANDLE hash = nullptr;
};

bool Sha256::available() {
  return true;
}

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
  // It takes its input for something to be changed, which it does not do.
  auto* const data = reinterpret_cast<PUCHAR>(const_cast<std::byte*>(bytes.data()));
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t step = std::min<std::size_t>(bytes.size() - at, 1u << 30);
    if (::BCryptHashData(state_->hash, data + at, static_cast<ULONG>(step), 0) != 0) throw std::bad_alloc();
    at += step;
  }
}

std::string Sha256::finish() {
  std::array<UCHAR, 32> digest{};
  if (::BCryptFinishHash(state_->hash, digest.data(), static_cast<ULONG>(digest.size()), 0) != 0)
    throw std::bad_alloc();
  return hex(std::as_bytes(std::span(digest)));
}

}  // namespace anchoko
