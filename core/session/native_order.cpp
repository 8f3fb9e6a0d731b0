#include "core/session/native_order.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/base/file.h"
#include "core/formats/capture_format.h"

namespace anchoko::session {
namespace {

using formats::ReadStatus;

struct Found {
  std::optional<std::int64_t> first_ns;  // absent: it holds no record
  bool header = false;                   // it is a capture file
  bool damaged = false;
};

void note_damage(convert::LossReport& loss, std::string what, std::uint64_t bytes) {
  ++loss.damage_count;
  loss.damage.push_back(std::move(what));
  loss.lost_bytes += bytes;
}

Found look_into(const std::string& path, convert::LossReport& loss) {
  Found found;
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path_of(path), problem);
  if (!problem && size == 0) return found;
  const std::uint64_t bytes = problem ? 0 : size;
  auto opened = formats::open_capture(path);
  if (!opened) {
    note_damage(loss, opened.error().message, bytes);
    found.damaged = true;
    return found;
  }
  found.header = true;
  PacketRecord record;
  ReadStatus status = opened->reader->next(record);
  while (status == ReadStatus::damaged || status == ReadStatus::attachment)
    status = opened->reader->next(record);
  if (status == ReadStatus::record) {
    found.first_ns = record.timestamp_ns;
  } else if (status == ReadStatus::failed) {
    note_damage(loss, opened->reader->error().message, bytes);
    found.damaged = true;
  } else {
    convert::add_report(loss, path, opened->reader->report());
    found.damaged = opened->reader->report().damage_count > 0;
  }
  return found;
}

}  // namespace

RingFiles in_order_of_time(const std::vector<std::string>& paths) {
  RingFiles out;
  std::vector<std::pair<std::int64_t, std::string>> timed;
  std::string headed;
  std::string damaged;
  for (const auto& path : paths) {
    const Found found = look_into(path, out.loss);
    if (found.first_ns) timed.emplace_back(*found.first_ns, path);
    if (found.header && headed.empty()) headed = path;
    if (found.damaged && damaged.empty()) damaged = path;
  }
  std::stable_sort(timed.begin(), timed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& one : timed) out.paths.push_back(std::move(one.second));
  if (out.paths.empty() && !paths.empty())
    out.paths.push_back(!headed.empty() ? headed : !damaged.empty() ? damaged : paths.front());
  return out;
}

}  // namespace anchoko::session
