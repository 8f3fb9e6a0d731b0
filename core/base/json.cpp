#include "core/base/json.h"

#include <nlohmann/json.hpp>

namespace anchoko {
namespace {

using Library = nlohmann::ordered_json;

Library to_library(const Json& json) {
  return std::visit(
      [](const auto& value) -> Library {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Json::Array>) {
          Library array = Library::array();
          for (const auto& item : value) array.push_back(to_library(item));
          return array;
        } else if constexpr (std::is_same_v<T, Json::Object>) {
          Library object = Library::object();
          for (const auto& [name, member] : value) object[name] = to_library(member);
          return object;
        } else {
          return Library(value);
        }
      },
      json.value());
}

Json from_library(const Library& value) {
  switch (value.type()) {
    case Library::value_t::boolean:
      return value.get<bool>();
    case Library::value_t::number_integer:
      return value.get<std::int64_t>();
    case Library::value_t::number_unsigned:
      return value.get<std::uint64_t>();
    case Library::value_t::number_float:
      return value.get<double>();
    case Library::value_t::string:
      return value.get<std::string>();
    case Library::value_t::array: {
      Json array = Json::array();
      for (const auto& item : value) array.add(from_library(item));
      return array;
    }
    case Library::value_t::object: {
      Json object = Json::object();
      for (const auto& [name, member] : value.items()) object.set(name, from_library(member));
      return object;
    }
    default:
      return nullptr;
  }
}

}  // namespace

Json& Json::set(std::string name, Json value) {
  if (std::holds_alternative<std::nullptr_t>(value_)) value_ = Object{};
  auto& members = std::get<Object>(value_);
  for (auto& member : members) {
    if (member.first == name) {
      member.second = std::move(value);
      return *this;
    }
  }
  members.emplace_back(std::move(name), std::move(value));
  return *this;
}

Json& Json::add(Json value) {
  if (std::holds_alternative<std::nullptr_t>(value_)) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

const Json* Json::find(std::string_view name) const {
  const auto* members = as_object();
  if (members == nullptr) return nullptr;
  for (const auto& member : *members) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

std::string Json::dump(int indent) const {
  return to_library(*this).dump(indent, ' ', false, Library::error_handler_t::replace);
}

Result<Json> Json::parse(std::string_view text) {
  Library value = Library::parse(text, nullptr, false);
  if (value.is_discarded()) return fail(ErrorKind::failed, "the text is not JSON");
  return from_library(value);
}

}  // namespace anchoko
