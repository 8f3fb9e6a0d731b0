#include "core/formats/capture_format.h"

namespace anchoko::formats {

#define ANCHOKO_FORMAT(folder) CaptureFormat folder##_format();
#include "core/formats/formats.def"
#undef ANCHOKO_FORMAT

const std::vector<CaptureFormat>& all_formats() {
  static const std::vector<CaptureFormat> formats{
#define ANCHOKO_FORMAT(folder) folder##_format(),
#include "core/formats/formats.def"
#undef ANCHOKO_FORMAT
  };
  return formats;
}

const CaptureFormat* find_format(std::string_view name) {
  for (const auto& format : all_formats()) {
    if (name == format.name) return &format;
  }
  return nullptr;
}

}  // namespace anchoko::formats
