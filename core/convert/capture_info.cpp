#include "core/convert/capture_info.h"

#include <algorithm>
#include <unordered_set>

#include "core/base/file.h"
#include "core/convert/hashed_input.h"
#include "core/convert/inputs.h"
#include "core/formats/capture_format.h"
#include "core/formats/pcapng/blocks.h"
#include "core/formats/pcapng/options.h"

namespace anchoko::convert {
namespace {

using formats::ReadStatus;
namespace option = formats::pcapng::option;

constexpr std::size_t most_gaps = 3;

class Examiner {
 public:
  explicit Examiner(CaptureInfo& info) : info_(info) {}

  void take(const PacketRecord& record) {
    if (info_.per_interface.size() <= record.interface) info_.per_interface.resize(record.interface + 1);
    PacketCounts& one = info_.per_interface[record.interface];
    std::uint64_t drops = 0;
    if (!record.options.empty()) drops = read_options(record);
    for (PacketCounts* counts : {&info_.all, &one}) count(*counts, record, drops);
    if (!record.has_timestamp) {
      ++info_.untimed;
      return;
    }
    take_time(record.timestamp_ns);
  }

 private:
  static void count(PacketCounts& counts, const PacketRecord& record, std::uint64_t drops) {
    ++counts.packets;
    counts.captured_bytes += record.data.size();
    counts.original_bytes += std::max<std::uint64_t>(record.original_length, record.data.size());
    if (record.direction == PacketDirection::inbound) ++counts.inbound;
    if (record.direction == PacketDirection::outbound) ++counts.outbound;
    if (record.data.size() < record.original_length) ++counts.cut;
    counts.dropped += drops;
    if (!record.has_timestamp) return;
    counts.first_ns = std::min(counts.first_ns.value_or(INT64_MAX), record.timestamp_ns);
    counts.last_ns = std::max(counts.last_ns.value_or(INT64_MIN), record.timestamp_ns);
  }

  // The drops it tells of.
  std::uint64_t read_options(const PacketRecord& record) {
    std::uint64_t drops = 0;
    formats::pcapng::OptionList list(record.options, ByteOrder::little);
    formats::pcapng::Option one;
    while (list.next(one)) {
      if (one.value.size() != 8) continue;
      const auto value = load<std::uint64_t>(one.value.data(), ByteOrder::little);
      if (one.code == option::packet_drop_count) drops += value;
      if (one.code == option::packet_id && !is_new_id(value)) ++info_.copies;
    }
    return drops;
  }

  // Copies come close to each other: as many ids are remembered as may lie between them.
  bool is_new_id(std::uint64_t id) {
    constexpr std::size_t most = 65536;
    if (ids_.size() >= most) {
      older_ids_ = std::move(ids_);
      ids_.clear();
    }
    return ids_.insert(id).second && !older_ids_.contains(id);
  }

  void take_time(std::int64_t time) {
    if (last_) {
      if (time < *last_) ++info_.backwards;
      const std::int64_t length = time - *last_;
      if (length > 0 && (info_.gaps.size() < most_gaps || length > info_.gaps.back().length_ns)) {
        info_.gaps.push_back({*last_, length});
        std::stable_sort(info_.gaps.begin(), info_.gaps.end(),
                         [](const Gap& left, const Gap& right) { return left.length_ns > right.length_ns; });
        if (info_.gaps.size() > most_gaps) info_.gaps.pop_back();
      }
    }
    last_ = time;
  }

  CaptureInfo& info_;
  std::optional<std::int64_t> last_;
  std::unordered_set<std::uint64_t> ids_;
  std::unordered_set<std::uint64_t> older_ids_;
};

std::string packets(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " packet" : " packets");
}

// Whoever captured says how many packets it lost; silence is no answer.
void judge(CaptureInfo& info, std::size_t missing_files) {
  bool counted = !info.interfaces.empty();
  std::uint64_t dropped = 0;
  std::uint64_t dropped_by_interface = 0;
  for (const auto& interface : info.interfaces) {
    const auto& statistics = interface.statistics;
    counted = counted && statistics && (statistics->dropped_by_os || statistics->dropped_by_interface);
    if (!statistics) continue;
    dropped += statistics->dropped_by_os.value_or(0);
    dropped_by_interface += statistics->dropped_by_interface.value_or(0);
  }
  // Some formats tell it of the whole file instead.
  if (info.facts.lost) counted = true;
  auto& reasons = info.reasons;
  if (missing_files > 0) {
    reasons.push_back("the ring lacks " + std::to_string(missing_files) +
                      (missing_files == 1 ? " file" : " files"));
  }
  if (info.loss.damage_count > 0) {
    reasons.push_back((info.ring.empty() ? "the file is damaged in " : "the ring is damaged in ") +
                      std::to_string(info.loss.damage_count) +
                      (info.loss.damage_count == 1 ? " place" : " places"));
  }
  for (const auto& lost : info.facts.lost_words)
    reasons.push_back("the tracing session lost " + lost + ": packets may be among them");
  if (dropped > 0) reasons.push_back(packets(dropped) + " dropped by the system");
  if (dropped_by_interface > 0)
    reasons.push_back(packets(dropped_by_interface) + " dropped by the interface");
  // The same drops, where both count them.
  if (info.all.dropped > 0 && dropped == 0)
    reasons.push_back(packets(info.all.dropped) + " dropped, as packets of the file tell");
  if (info.all.cut > 0) reasons.push_back(packets(info.all.cut) + " cut to the snap length");
  if (!reasons.empty()) {
    info.complete = Complete::no;
  } else if (counted) {
    info.complete = Complete::yes;
  } else {
    reasons.emplace_back("the file does not tell how many packets were dropped");
  }
  if (!info.facts.uncertain.empty()) {
    if (info.complete == Complete::yes) info.complete = Complete::unknown;
    reasons.insert(reasons.end(), info.facts.uncertain.begin(), info.facts.uncertain.end());
  }
  const bool no_lengths = std::any_of(info.interfaces.begin(), info.interfaces.end(),
                                      [](const InterfaceInfo& one) { return one.original_lengths_unknown; });
  if (no_lengths && info.all.cut == 0) {
    if (info.complete == Complete::yes) info.complete = Complete::unknown;
    reasons.emplace_back("the format does not tell whether packets were cut to a snap length");
  }
  if (info.all.packets == 0 && !info.facts.why_empty.empty()) {
    if (info.complete == Complete::yes) info.complete = Complete::unknown;
    reasons.insert(reasons.end(), info.facts.why_empty.begin(), info.facts.why_empty.end());
  }
}

const char* name_of(Complete complete) {
  switch (complete) {
    case Complete::yes:
      return "yes";
    case Complete::no:
      return "no";
    default:
      return "unknown";
  }
}

Json to_json(const PacketCounts& counts) {
  Json json = Json::object();
  json.set("packets", counts.packets);
  json.set("captured_bytes", counts.captured_bytes);
  json.set("original_bytes", counts.original_bytes);
  json.set("inbound", counts.inbound);
  json.set("outbound", counts.outbound);
  json.set("cut", counts.cut);
  json.set("dropped", counts.dropped);
  json.set("first_ns", counts.first_ns);
  json.set("last_ns", counts.last_ns);
  return json;
}

Json to_json(const InterfaceInfo& interface, const PacketCounts& counts) {
  Json json = Json::object();
  json.set("name", interface.name);
  json.set("host", interface.host);
  json.set("link_type", link_type_name(interface.link_type));
  json.set("link_type_number", static_cast<std::uint64_t>(interface.link_type));
  json.set("snaplen", std::uint64_t{interface.snaplen});
  json.set("timestamp_digits", std::uint64_t{interface.timestamp_digits});
  json.set("original_lengths_known", !interface.original_lengths_unknown);
  json.set("layer", std::uint64_t{interface.layer});
  json.set("description", interface.description);
  json.set("filter", interface.filter);
  json.set("os", interface.os);
  json.set("hardware", interface.hardware);
  json.set("comments", Json::list(interface.comments));
  const InterfaceStatistics statistics = interface.statistics.value_or(InterfaceStatistics{});
  json.set("received", statistics.received);
  json.set("dropped_by_interface", statistics.dropped_by_interface);
  json.set("dropped_by_os", statistics.dropped_by_os);
  json.set("counts", to_json(counts));
  return json;
}

Json to_json(const RingFile& file) {
  Json json = Json::object();
  json.set("file", file.path);
  json.set("file_bytes", file.file_bytes);
  json.set("packets", file.packets);
  json.set("first_ns", file.first_ns);
  json.set("last_ns", file.last_ns);
  json.set("sha256", file.sha256.empty() ? Json() : Json(file.sha256));
  return json;
}

class Examination {
 public:
  Examination(CaptureInfo& info, const formats::ReadOptions& options,
              const std::function<bool(std::uint64_t)>& go_on)
      : info_(info), options_(options), go_on_(go_on) {}

  Result<void> file(const std::string& path, bool hash) {
    auto input = open_input(path, [this] { return goes_on(); });
    if (!input) return fail(std::move(input.error()));
    std::unique_ptr<FileHash> hashed;
    if (hash) {
      hashed = std::make_unique<FileHash>(std::move(*input));
      input = hashed->input();
    }
    formats::ReadOptions options = options_;
    options.go_on = [this] { return goes_on(); };
    auto opened = formats::open_capture(std::move(*input), options);
    if (!opened) return fail(std::move(opened.error()));
    info_.format = opened->format->name;
    info_.file_bytes = regular_size(path);
    if (auto done = read(*opened->reader, [](const PacketRecord&) {}); !done) return done;
    opened->reader.reset();
    return hashed ? take_hash(*hashed, info_.sha256) : Result<void>();
  }

  Result<void> ring(const std::vector<std::string>& paths, bool hash) {
    auto opened = open_ring(paths, [this] { return goes_on(); });
    if (!opened) return fail(std::move(opened.error()));
    for (const auto& format : opened->formats) {
      if (!format.empty() && info_.format.find(format) == std::string::npos)
        info_.format += (info_.format.empty() ? "" : ", ") + format;
    }
    std::uint64_t size = 0;
    for (const auto& path : paths) {
      info_.ring.push_back({path, regular_size(path), 0, std::nullopt, std::nullopt, {}});
      size += info_.ring.back().file_bytes.value_or(0);
    }
    info_.file_bytes = size;
    missing_ = missing_files(paths);
    auto done = read(*opened->reader, [&](const PacketRecord& record) {
      RingFile& file = info_.ring[opened->files->last_input()];
      ++file.packets;
      if (!record.has_timestamp) return;
      file.first_ns = std::min(file.first_ns.value_or(INT64_MAX), record.timestamp_ns);
      file.last_ns = std::max(file.last_ns.value_or(INT64_MIN), record.timestamp_ns);
    });
    for (std::size_t i = 0; done && hash && i < paths.size(); ++i) {
      auto input = open_input(paths[i], [this] { return goes_on(); });
      if (!input) continue;  // told as damage
      FileHash hashed(std::move(*input));
      done = take_hash(hashed, info_.ring[i].sha256);
    }
    return done;
  }

 private:
  bool goes_on() const { return !go_on_ || go_on_(bytes_); }

  Result<void> take_hash(FileHash& hashed, std::string& slot) const {
    auto digest = hashed.finish([this] { return goes_on(); });
    if (!digest) return fail(std::move(digest.error()));
    slot = std::move(*digest);
    return {};
  }

  template <typename Take>
  Result<void> read(formats::RecordReader& reader, Take take) {
    Examiner examiner(info_);
    PacketRecord record;
    for (std::uint64_t count = 0;; ++count) {
      bytes_ = reader.report().bytes;
      if (count % 256 == 0 && !goes_on()) return fail(ErrorKind::interrupted, "interrupted");
      const ReadStatus status = reader.next(record);
      if (status == ReadStatus::end) break;
      if (status == ReadStatus::failed) return fail(reader.error());
      if (status == ReadStatus::attachment) ++info_.other_blocks;
      if (status != ReadStatus::record) continue;
      examiner.take(record);
      take(record);
    }
    info_.interfaces = reader.interfaces();
    info_.per_interface.resize(info_.interfaces.size());
    info_.section_comments = reader.section_comments();
    info_.facts = reader.facts();
    info_.content_bytes = reader.report().bytes;
    info_.other_blocks += reader.report().skipped_blocks;
    add_report(info_.loss, info_.path, reader.report());
    judge(info_, missing_);
    return {};
  }

  CaptureInfo& info_;
  const formats::ReadOptions& options_;
  const std::function<bool(std::uint64_t)>& go_on_;
  std::uint64_t bytes_ = 0;
  std::size_t missing_ = 0;  // files of a ring
};

}  // namespace

Result<CaptureInfo> examine(const std::vector<std::string>& files, const formats::ReadOptions& options,
                            bool hash, const std::function<bool(std::uint64_t bytes)>& go_on) {
  CaptureInfo info;
  info.path = group_name(files);
  Examination examination(info, options, go_on);
  auto done = files.size() > 1 ? examination.ring(files, hash) : examination.file(files.front(), hash);
  if (!done) return fail(std::move(done.error()));
  return info;
}

Json to_json(const CaptureInfo& info) {
  Json json = Json::object();
  json.set("file", info.path);
  json.set("format", info.format);
  json.set("file_bytes", info.file_bytes);
  json.set("content_bytes", info.content_bytes);
  json.set("sha256", info.sha256.empty() ? Json() : Json(info.sha256));
  Json ring = Json::array();
  for (const auto& file : info.ring) ring.add(to_json(file));
  json.set("ring", std::move(ring));
  json.set("complete", name_of(info.complete));
  json.set("reasons", Json::list(info.reasons));
  json.set("counts", to_json(info.all));
  json.set("other_blocks", info.other_blocks);
  json.set("untimed", info.untimed);
  json.set("backwards", info.backwards);
  json.set("copies", info.copies);
  Json gaps = Json::array();
  for (const auto& gap : info.gaps)
    gaps.add(Json::object().set("after_ns", gap.after_ns).set("length_ns", gap.length_ns));
  json.set("gaps", std::move(gaps));
  Json interfaces = Json::array();
  for (std::size_t i = 0; i < info.interfaces.size(); ++i)
    interfaces.add(to_json(info.interfaces[i], info.per_interface[i]));
  json.set("interfaces", std::move(interfaces));
  json.set("section_comments", Json::list(info.section_comments));
  Json facts = Json::object();
  for (const auto& fact : info.facts.list) facts.set(fact.name, Json::list(fact.lines));
  json.set("facts", std::move(facts));
  json.set("left_out", Json::list(info.facts.left_out));
  json.set("lost_by_capture", info.facts.lost);
  json.set("loss", to_json(info.loss));
  return json;
}

}  // namespace anchoko::convert
