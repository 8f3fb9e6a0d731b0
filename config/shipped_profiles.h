// The profiles inside the binary; the table is generated from config/profiles.
#pragma once

#include <string>
#include <vector>

namespace anchoko::config {

struct ShippedProfile {
  std::string name;
  std::string text;
};
const std::vector<ShippedProfile>& shipped_profiles();

}  // namespace anchoko::config
