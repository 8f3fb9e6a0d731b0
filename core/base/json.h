// A JSON value that keeps the order of its members, and its text. The library behind it is named in json.cpp
// only.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"

namespace anchoko {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  template <std::signed_integral T>
  Json(T value) : value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Json(T value) : value_(static_cast<std::uint64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  // Nothing is null.
  template <typename T>
  Json(const std::optional<T>& value) {
    if (value) *this = Json(*value);
  }
  template <typename T>
  static Json list(const std::vector<T>& items) {
    Array array;
    array.reserve(items.size());
    for (const auto& item : items) array.emplace_back(item);
    return array;
  }
  static Json object() { return Json(Object{}); }
  static Json array() { return Json(Array{}); }

  Json& set(std::string name, Json value);  // replaces a member of that name; makes an object of null
  Json& add(Json value);                    // appends; makes an array of null

  const Json* find(std::string_view name) const;  // null when absent or not an object
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }

  // indent < 0: one line. Bytes that are not UTF-8 become U+FFFD.
  std::string dump(int indent = 2) const;
  static Result<Json> parse(std::string_view text);

  using Value =
      std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>;
  const Value& value() const { return value_; }

 private:
  Value value_ = nullptr;
};

}  // namespace anchoko
