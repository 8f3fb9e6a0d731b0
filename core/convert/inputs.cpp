#include "core/convert/inputs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/local_system.h"
#include "core/convert/one_layer.h"
#include "core/convert/time_order.h"
#include "core/formats/capture_format.h"

namespace anchoko::convert {
namespace {

using formats::RingPart;

// Compressed files of a ring are of that ring, too.
std::optional<RingPart> ring_part(std::string path) {
  for (const char* const suffix : {".gz", ".zst"}) {
    if (path.ends_with(suffix)) {
      path.erase(path.rfind('.'));
      break;
    }
  }
  for (const auto& format : formats::all_formats()) {
    if (format.ring_part == nullptr) continue;
    if (auto part = format.ring_part(path)) return part;
  }
  return std::nullopt;
}

struct Member {
  std::string path;
  std::uint32_t age = 0;
};

std::vector<std::string> oldest_first(std::vector<Member> members) {
  std::stable_sort(members.begin(), members.end(),
                   [](const Member& left, const Member& right) { return left.age > right.age; });
  std::vector<std::string> paths;
  for (auto& member : members) paths.push_back(std::move(member.path));
  return paths;
}

// The files of the ring that goes by that name: "capture" is that of capture.TRC000, not of
// capture.old.TRC000.
std::vector<Member> ring_called(const std::string& name) {
  const std::string start = name.ends_with('*') ? name.substr(0, name.size() - 1) : name;
  const auto folder = path_of(start).parent_path();
  std::vector<Member> members;
  std::error_code problem;
  for (std::filesystem::directory_iterator at(folder.empty() ? "." : folder, problem), end;
       !problem && at != end; at.increment(problem)) {
    std::string path = utf8(folder / at->path().filename());
    const auto part = ring_part(path);
    const bool is_it =
        part && (part->ring == start || (part->ring.starts_with(start + ".") &&
                                         part->ring.find('.', start.size() + 1) == std::string::npos));
    if (is_it) members.push_back({std::move(path), part->age});
  }
  return members;
}

class Opener {
 public:
  // `sorting` is not used where everything is read as it is.
  Opener(const MergeOptions& options, InputPool& pool, SortingSpace* sorting, Window window)
      : options_(options), pool_(pool), sorting_(sorting), window_(window) {}

  // One file, or the files of a ring, which are one input. `names`: a format for each.
  Result<MergeInput> open_capture(const std::vector<std::string>& paths, std::uint64_t capture,
                                  std::vector<std::string>& names) {
    MergeInput input;
    input.path = paths.front();
    if (paths.size() == 1) {
      const formats::CaptureFormat* format = nullptr;
      if (auto done = open_file(input, format); !done) return fail(std::move(done.error()));
      names.emplace_back(format != nullptr ? format->name : "");
      if (input.reader) input.reader = without_copies(std::move(input.reader));
    } else {
      const MergeReader* merged = nullptr;
      auto ring = open_ring(paths, names, merged);
      if (!ring) return fail(std::move(ring.error()));
      input.interfaces = MergeInput::Interfaces::of_ring;
      input.ring = capture;
      input.reader = without_copies(std::move(*ring));
    }
    if (input.reader && paths.size() == 1) {
      if (auto done = put_file_in_order(input); !done) return fail(std::move(done.error()));
    }
    return input;
  }

  // The files of a ring as one. `merged`: the reader within that tells which file a record is from.
  Result<std::unique_ptr<formats::RecordReader>> open_ring(const std::vector<std::string>& paths,
                                                           std::vector<std::string>& names,
                                                           const MergeReader*& merged) {
    const formats::CaptureFormat* common = nullptr;
    std::vector<MergeInput> files;
    bool alike = true;
    for (const auto& path : paths) {
      const formats::CaptureFormat* format = nullptr;
      files.emplace_back();
      files.back().path = path;
      files.back().interfaces = MergeInput::Interfaces::of_ring;
      if (auto done = open_file(files.back(), format); !done) return fail(std::move(done.error()));
      names.emplace_back(format != nullptr ? format->name : "");
      if (format == nullptr) continue;
      alike = alike && (common == nullptr || common == format);
      common = format;
      if (auto done = put_file_in_order(files.back()); !done) return fail(std::move(done.error()));
    }
    // A file that runs backwards shows in its records' times, to the merge of which this one is a part.
    auto reader = std::make_unique<MergeReader>(std::move(files), false);
    merged = reader.get();
    if (!alike || common == nullptr || common->join_ring == nullptr) return reader;
    return common->join_ring(std::move(reader));
  }

  const std::optional<Error>& first_problem() const { return first_problem_; }
  std::uint64_t put_in_order_count() const { return put_in_order_; }
  std::size_t opened() const { return opened_; }

 private:
  // `input.reader` is null where it cannot be opened and that is to be told with the others.
  Result<void> open_file(MergeInput& input, const formats::CaptureFormat*& format) {
    if (options_.go_on && !options_.go_on()) return fail(ErrorKind::interrupted, "interrupted");
    auto opened = reader(input.path);
    input.size = regular_size(input.path).value_or(0);
    if (!opened) {
      input.problem = opened.error().message;
      if (options_.strict || opened.error().kind == ErrorKind::interrupted)
        return fail(std::move(opened.error()));
      if (!first_problem_) first_problem_ = std::move(opened.error());
      return {};
    }
    format = opened->format;
    input.reader = std::move(opened->reader);
    ++opened_;
    return {};
  }

  std::unique_ptr<formats::RecordReader> without_copies(std::unique_ptr<formats::RecordReader> reader) const {
    if (options_.one_layer == nullptr) return reader;
    return one_layer(std::move(reader), *options_.one_layer, window_);
  }

  Result<void> put_file_in_order(MergeInput& input) {
    if (options_.as_it_is) return {};
    if (!regular_size(input.path)) {
      input.reader = reordered(std::move(input.reader), window_);
      return {};
    }
    if (options_.look_first) return put_in_order(input);
    return {};
  }

  Result<formats::OpenedCapture> reader(const std::string& path) {
    auto file = pool_.open(path, options_.go_on);
    if (!file) return fail(std::move(file.error()));
    formats::ReadOptions options = options_.read;
    options.go_on = options_.go_on;
    return formats::open_capture(std::move(*file), options);
  }

  // A second reader looks; the one that will deliver has read nothing yet.
  Result<void> put_in_order(MergeInput& input) {
    auto looking = reader(input.path);
    if (!looking) return fail(std::move(looking.error()));
    const auto order = time_order(*looking->reader, window_, options_.go_on);
    if (!order) return fail(order.error());
    if (*order == TimeOrder::sorted) return {};
    ++put_in_order_;
    if (*order == TimeOrder::nearly) {
      input.reader = reordered(std::move(input.reader), window_);
      return {};
    }
    auto whole = sorted(std::move(input.reader), *sorting_, options_.go_on);
    if (!whole) return fail(std::move(whole.error()));
    input.reader = std::move(*whole);
    return {};
  }

  const MergeOptions& options_;
  InputPool& pool_;
  SortingSpace* sorting_;
  Window window_;
  std::optional<Error> first_problem_;
  std::uint64_t put_in_order_ = 0;
  std::size_t opened_ = 0;
};

}  // namespace

std::optional<std::uint64_t> regular_size(const std::string& path) {
  std::error_code code;
  if (path == "-" || !std::filesystem::is_regular_file(path_of(path), code) || code) return std::nullopt;
  const auto size = std::filesystem::file_size(path_of(path), code);
  if (code) return std::nullopt;
  return size;
}

std::vector<std::vector<std::string>> with_rings(const std::vector<std::string>& paths) {
  std::vector<std::vector<std::string>> groups;
  std::map<std::string, std::size_t> places;  // of rings in `groups`
  std::map<std::string, std::vector<Member>> rings;
  for (const auto& path : paths) {
    std::error_code ignored;
    if (path != "-" && !std::filesystem::exists(path_of(path), ignored)) {
      if (auto members = ring_called(path); !members.empty()) {
        groups.push_back(oldest_first(std::move(members)));
        continue;
      }
    }
    const auto part = path == "-" ? std::nullopt : ring_part(path);
    if (!part) {
      groups.push_back({path});
      continue;
    }
    if (places.try_emplace(part->ring, groups.size()).second) groups.emplace_back();
    rings[part->ring].push_back({path, part->age});
  }
  for (auto& [ring, members] : rings) groups[places[ring]] = oldest_first(std::move(members));
  return groups;
}

Result<MergedInputs> merge_inputs(const std::vector<std::vector<std::string>>& groups,
                                  const MergeOptions& options) {
  std::size_t count = 0;
  for (const auto& group : groups) count += group.size();
  MergedInputs merged;
  // The other half: the output, standard streams, what is being sorted.
  merged.pool = std::make_unique<InputPool>(count, open_file_limit() / 2);
  merged.sorting = std::make_unique<SortingSpace>(options.sorting_folder, count);
  Opener opener(options, *merged.pool, merged.sorting.get(), window_for(count));
  std::vector<MergeInput> inputs;
  for (std::size_t capture = 0; capture < groups.size(); ++capture) {
    auto input = opener.open_capture(groups[capture], capture, merged.formats);
    if (!input) return fail(std::move(input.error()));
    inputs.push_back(std::move(*input));
  }
  if (opener.opened() == 0 && opener.first_problem()) return fail(*opener.first_problem());
  merged.put_in_order = opener.put_in_order_count();
  merged.reader = std::make_unique<MergeReader>(std::move(inputs), !options.look_first);
  return merged;
}

Result<RingReader> open_ring(const std::vector<std::string>& files, const std::function<bool()>& go_on) {
  MergeOptions options;
  options.as_it_is = true;
  options.go_on = go_on;
  RingReader ring;
  ring.pool = std::make_unique<InputPool>(files.size(), open_file_limit() / 2);
  Opener opener(options, *ring.pool, nullptr, {});
  auto reader = opener.open_ring(files, ring.formats, ring.files);
  if (!reader) return fail(std::move(reader.error()));
  if (opener.opened() == 0 && opener.first_problem()) return fail(*opener.first_problem());
  ring.reader = std::move(*reader);
  return ring;
}

std::string group_name(const std::vector<std::string>& group) {
  const auto part = group.size() > 1 ? ring_part(group.front()) : std::nullopt;
  return part ? part->ring + "*" : group.front();
}

std::size_t missing_files(const std::vector<std::string>& ring) {
  const auto oldest = ring_part(ring.front());
  if (!oldest) return 0;
  const std::size_t wanted = std::size_t{oldest->age} + 1;  // down to 0, the newest
  return wanted > ring.size() ? wanted - ring.size() : 0;
}

Result<void> check_input(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code problem;
  if (path == "-") return {};
  const fs::file_status status = fs::status(path_of(path), problem);
  // What is there and cannot be looked at is told when it is opened.
  if (status.type() == fs::file_type::not_found)
    return fail(ErrorKind::usage, "there is no file '" + path + "'");
  if (fs::is_directory(status)) return fail(ErrorKind::usage, "'" + path + "' is a folder");
  return {};
}

}  // namespace anchoko::convert
