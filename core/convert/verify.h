// Reading an output back and comparing it with what was given to the writer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/convert/record_digest.h"
#include "core/packet/interface_info.h"

namespace anchoko::convert {

// What was given to the writer.
struct Written {
  RecordDigest digest;
  std::uint64_t attachments = 0;
  std::vector<InterfaceInfo> interfaces;

  bool digests_options(std::uint32_t interface) const { return interfaces[interface].link_type_extra == 0; }
};

// Errors: failed, saying the first difference; interrupted.
Result<void> verify(const std::string& path, const Written& written,
                    const std::function<bool()>& interrupted);

}  // namespace anchoko::convert
