#include "core/convert/merge_reader.h"

#include <algorithm>
#include <utility>

#include "core/base/file.h"
#include "core/formats/record_limits.h"

namespace anchoko::convert {

using formats::ReadReport;
using formats::ReadStatus;

namespace {

// Parts of one capture have interfaces that agree in this.
std::string identity(std::size_t ring, const InterfaceInfo& info) {
  std::string text;
  for (const std::uint64_t number :
       {std::uint64_t{ring}, std::uint64_t{static_cast<std::uint16_t>(info.link_type)},
        std::uint64_t{info.snaplen}, std::uint64_t{info.timestamp_digits}, std::uint64_t{info.layer},
        std::uint64_t{info.name.size()}, std::uint64_t{info.host.size()}})
    text += std::to_string(number) + " ";
  return text + info.name + info.host + info.description;
}

}  // namespace

MergeReader::MergeReader(std::vector<MergeInput> inputs, bool strict_order) : strict_order_(strict_order) {
  inputs_.reserve(inputs.size());
  for (auto& input : inputs) {
    inputs_.emplace_back();
    inputs_.back().given = std::move(input);
    inputs_.back().reader = inputs_.back().given.reader.get();
  }
  outlooks_.resize(inputs_.size());
}

ReadStatus MergeReader::next(PacketRecord& record) {
  while (waits_) {
    if (advancing_ == inputs_.size()) {  // the first record of each is known
      tree_.emplace(first_times_);
      first_times_ = {};
      break;
    }
    if (const auto status = advance(inputs_[advancing_])) return *status;
  }
  waits_ = false;
  const std::size_t winner = tree_->winner();
  if (inputs_.empty() || tree_->key() == LoserTree::exhausted) return ReadStatus::end;
  const Input& input = inputs_[winner];
  record = input.record;
  record.interface = record.interface == 0 ? input.first_interface : input.interfaces[record.interface];
  ++report_.records;
  fetch_early(tree_->runner_up());
  advancing_ = winner;  // its view is valid until it reads on
  waits_ = true;
  return ReadStatus::record;
}

// The next record but one, most likely, and what reads on behind it, while the next is being written.
void MergeReader::fetch_early(std::size_t input) const {
  constexpr std::size_t line = 64;
  constexpr std::size_t most_data = 1536;
  constexpr std::size_t reader_fields = 512;
  const auto fetch = [](const void* from, std::size_t size) {
    for (std::size_t at = 0; at < size; at += line)
      __builtin_prefetch(static_cast<const std::byte*>(from) + at);
  };
  const Outlook& outlook = outlooks_[input];
  fetch(outlook.data, std::min<std::size_t>(outlook.size, most_data) + line);
  fetch(&inputs_[input], 2 * line);
  fetch(outlook.reader, reader_fields);
}

// The key of the input that was asked is known.
void MergeReader::settle(std::int64_t key) {
  if (tree_) {
    tree_->replace(key);
    waits_ = false;
  } else {
    first_times_.push_back(key);
    ++advancing_;
  }
}

std::optional<ReadStatus> MergeReader::advance(Input& input) {
  if (input.reader == nullptr) {
    settle(LoserTree::exhausted);
    if (input.given.problem.empty()) return std::nullopt;
    return note(input, std::exchange(input.given.problem, {}), input.given.size);
  }
  const ReadStatus status = input.reader->next(input.record);
  if (input.reader->interfaces().size() > input.interfaces.size()) [[unlikely]]
    take_interfaces(input);
  if (status == ReadStatus::record) [[likely]] {
    const std::uint64_t bytes = input.reader->report().bytes;
    report_.bytes += bytes - input.told_bytes;
    input.told_bytes = bytes;
    return take_time(input);
  }
  take_report(input);
  switch (status) {
    case ReadStatus::attachment:
      attachment_ = &input.given.reader->attachment();
      return status;
    case ReadStatus::failed: {
      const std::string why = input.given.reader->error().message;
      end(input);
      return note(input, why, input.given.size - std::min(input.given.size, input.told_bytes));
    }
    case ReadStatus::end:
      end(input);
      return std::nullopt;
    default:
      return status;
  }
}

std::optional<ReadStatus> MergeReader::take_time(Input& input) {
  const std::int64_t time =
      input.record.has_timestamp ? std::min(input.record.timestamp_ns, LoserTree::exhausted - 1) : input.time;
  if (input.begun && time < input.time) {
    if (strict_order_) {
      runs_backwards_ = true;
      error_ = make_error(ErrorKind::failed, input.given.path + ": runs backwards in time");
      return ReadStatus::failed;
    }
    ++late_;
  } else {
    input.time = time;
  }
  input.begun = true;
  outlooks_[advancing_] = {input.record.data.data(), input.record.data.size(), input.reader};
  settle(input.time);
  return std::nullopt;
}

void MergeReader::take_interfaces(Input& input) {
  const auto& there = input.given.reader->interfaces();
  const auto& comments = input.given.reader->section_comments();
  while (input.interfaces.size() < there.size()) {
    InterfaceInfo info = there[input.interfaces.size()];
    for (; input.comments_taken < comments.size(); ++input.comments_taken)
      info.comments.push_back("section: " + comments[input.comments_taken]);
    if (input.given.interfaces == MergeInput::Interfaces::own) {
      info.comments.push_back("from " + input.given.path);
      if (info.name.empty()) info.name = utf8(path_of(input.given.path).filename());
    }
    info.statistics.reset();
    input.interfaces.push_back(index_of(input, std::move(info)));
    input.first_interface = input.interfaces.front();
  }
}

std::uint32_t MergeReader::index_of(Input& input, InterfaceInfo info) {
  using Interfaces = MergeInput::Interfaces;
  const Interfaces kind = input.given.interfaces;
  if (kind == Interfaces::same && input.interfaces.size() < interfaces_.size())
    return static_cast<std::uint32_t>(input.interfaces.size());
  const auto next = static_cast<std::uint32_t>(interfaces_.size());
  if (kind == Interfaces::of_ring) {
    // Two interfaces of one file stay two, however alike they are.
    const std::string key = identity(input.given.ring, info);
    auto& known = alike_[key];
    const std::size_t nth = input.alike[key]++;
    if (nth < known.size()) return known[nth];
    known.push_back(next);
  }
  interfaces_.push_back(std::move(info));
  origins_.push_back(static_cast<std::size_t>(&input - inputs_.data()));
  return next;
}

// What is new in it.
void MergeReader::take_report(Input& input) {
  const ReadReport& now = input.given.reader->report();
  ReadReport& told = input.told;
  const auto take = [&](std::uint64_t ReadReport::*field) {
    report_.*field += now.*field - told.*field;
    told.*field = now.*field;
  };
  report_.bytes += now.bytes - input.told_bytes;
  input.told_bytes = now.bytes;
  take(&ReadReport::lost_bytes);
  take(&ReadReport::skipped_blocks);
  take(&ReadReport::skipped_options);
  take(&ReadReport::rounded_times);
  take(&ReadReport::damage_count);
  for (std::size_t i = told.damage.size(); i < now.damage.size(); ++i) {
    told.damage.push_back({});
    if (report_.damage.size() < formats::max_damage_details)
      report_.damage.push_back({now.damage[i].offset, now.damage[i].what,
                                now.damage[i].file.empty() ? input.given.path : now.damage[i].file});
  }
}

// Its buffers are needed no more.
void MergeReader::end(Input& input) {
  const auto& there = input.given.reader->interfaces();
  for (std::size_t i = 0; i < there.size(); ++i) {
    // Of a ring the newest file has the last word: the counters go on from file to file.
    if (there[i].statistics) interfaces_[input.interfaces[i]].statistics = there[i].statistics;
  }
  add_facts(input, facts_);
  input.given.reader.reset();
  input.reader = nullptr;
  settle(LoserTree::exhausted);
}

void MergeReader::add_facts(const Input& input, formats::FileFacts& facts) const {
  facts.add(input.given.reader->facts(), inputs_.size() > 1 ? input.given.path : std::string());
}

formats::FileFacts MergeReader::facts() const {
  formats::FileFacts all = facts_;
  for (const auto& input : inputs_) {
    if (input.given.reader) add_facts(input, all);
  }
  return all;
}

ReadStatus MergeReader::note(Input& input, std::string what, std::uint64_t lost_bytes) {
  ++report_.damage_count;
  report_.lost_bytes += lost_bytes;
  const std::string name =
      (input.given.path == "-" ? "standard input" : input.given.path) + ": ";  // told beside it
  if (what.starts_with(name)) what.erase(0, name.size());
  if (report_.damage.size() < formats::max_damage_details)
    report_.damage.push_back({input.told_bytes, std::move(what), input.given.path});
  return ReadStatus::damaged;
}

}  // namespace anchoko::convert
