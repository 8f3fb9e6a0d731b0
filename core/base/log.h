// Messages for the person at the terminal and for whoever debugs anchoko; always on stderr.
#pragma once

#include <string>

namespace anchoko::log {

enum class Level { debug, info, warning, error };

void set_level(Level least);
void write(Level level, const std::string& message);

inline void debug(const std::string& message) {
  write(Level::debug, message);
}
inline void info(const std::string& message) {
  write(Level::info, message);
}
inline void warning(const std::string& message) {
  write(Level::warning, message);
}
inline void error(const std::string& message) {
  write(Level::error, message);
}

}  // namespace anchoko::log
