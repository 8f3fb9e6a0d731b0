// SHA-256, so that a file can be named by its content.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace anchoko {

class Sha256 {
 public:
  // Whether this build has the library that does it. Without, nothing below may be called.
  static bool available();

  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::byte> bytes);
  // 64 hexadecimal digits of all that was added. Nothing is added afterwards.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace anchoko
