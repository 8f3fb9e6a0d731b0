#include "core/base/log.h"

#include <memory>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace anchoko::log {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto created =
        std::make_shared<spdlog::logger>("anchoko", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    created->set_pattern("anchoko: %^%l%$: %v");
    created->set_level(spdlog::level::info);
    return created;
  }();
  return *instance;
}

spdlog::level::level_enum to_library(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void set_level(Level least) {
  logger().set_level(to_library(least));
}
void write(Level level, const std::string& message) {
  logger().log(to_library(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace anchoko::log
