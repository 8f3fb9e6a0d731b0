#include "core/session/native_order.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/formats/capture_format.h"

namespace anchoko::session {

Result<std::vector<std::string>> in_order_of_time(std::vector<std::string> paths) {
  std::vector<std::pair<std::int64_t, std::string>> timed;
  for (const auto& path : paths) {
    auto opened = formats::open_capture(path);
    if (!opened) continue;  // a file that was not yet written to
    PacketRecord record;
    for (auto status = opened->reader->next(record); status != formats::ReadStatus::end;
         status = opened->reader->next(record)) {
      if (status == formats::ReadStatus::failed) return fail(opened->reader->error());
      if (status != formats::ReadStatus::record) continue;
      timed.emplace_back(record.timestamp_ns, path);
      break;
    }
  }
  if (timed.empty()) {
    paths.resize(1);
    return paths;
  }
  std::stable_sort(timed.begin(), timed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (auto& one : timed) out.push_back(std::move(one.second));
  return out;
}

}  // namespace anchoko::session
