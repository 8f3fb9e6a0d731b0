#include "core/convert/pipeline.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/convert/conversion.h"
#include "core/convert/distinct_ids.h"
#include "core/convert/growing_input.h"
#include "core/convert/one_layer.h"
#include "core/convert/write_behind.h"
#include "core/filter/printer.h"
#include "core/formats/pcapng/options.h"
#include "core/formats/pcapng/writer.h"

namespace anchoko::convert {
namespace {

using formats::ReadStatus;

// `over` wins where it tells.
InterfaceStatistics merged(const InterfaceStatistics& base, const InterfaceStatistics& over) {
  InterfaceStatistics result = base;
  const auto take = [](auto& slot, const auto& value) {
    if (value) slot = value;
  };
  take(result.received, over.received);
  take(result.dropped_by_interface, over.dropped_by_interface);
  take(result.filter_accepted, over.filter_accepted);
  take(result.dropped_by_os, over.dropped_by_os);
  take(result.delivered, over.delivered);
  take(result.start_ns, over.start_ns);
  take(result.end_ns, over.end_ns);
  return result;
}

std::string filter_comment(const Request& request) {
  const std::string text = request.filter_text.empty() ? filter::print(request.filter) : request.filter_text;
  const char* reading = request.reading == filter::Reading::file
                            ? "records judged as they stand in the file"
                            : "Ethernet records judged with their outermost VLAN tag set aside";
  return "filter applied at conversion: " + text + " (" + reading + ")";
}

}  // namespace

Result<Outcome> run(const Request& request) {
  // What went to standard output cannot be taken back, what came from a pipe cannot be read again; and which
  // packets are the first is known only when all are in order.
  bool once = request.output == "-" || request.max_records != 0;
  for (const auto& group : with_rings(request.inputs)) {
    for (const auto& path : group) once = once || !regular_size(path);
  }
  {
    Conversion conversion(request, once);
    auto outcome = conversion.run();
    if (!conversion.must_look_first()) return outcome;
  }  // whose files are closed
  return Conversion(request, true).run();
}

Result<Outcome> Conversion::run() {
  if (auto done = convert(); !done) {
    const bool left =
        request_.reader_may_leave && request_.output == "-" && output_ && output_->reader_left();
    if (!left) return fail(std::move(done.error()));
    outcome_.reader_left = true;
  }
  return std::move(outcome_);
}

Result<void> Conversion::convert() {
  filtering_ = !filter::is_match_all(request_.filter);
  if (auto done = open_inputs(); !done) return fail(std::move(done.error()));
  if (auto done = begin_output(); !done) return fail(std::move(done.error()));
  for (auto& input : inputs_) {
    if (enough()) {
      outcome_.stopped_early = true;
      break;
    }
    if (auto done = read_input(input); !done) return fail(std::move(done.error()));
  }
  if (auto done = end_output(); !done) return fail(std::move(done.error()));
  if (first_ns_ <= last_ns_) {
    outcome_.first_ns = first_ns_;
    outcome_.last_ns = last_ns_;
  }
  return {};
}

// All of them first: a mistake in the last name must not show after hours of work.
Result<void> Conversion::open_inputs() {
  if (request_.inputs.empty()) return fail(ErrorKind::usage, "there is no input to convert");
  const auto groups =
      request_.growing ? std::vector<std::vector<std::string>>{request_.inputs} : with_rings(request_.inputs);
  bool sizes_known = true;
  for (const auto& group : groups) {
    if (const auto missing = group.size() > 1 && !request_.growing ? missing_files(group) : 0; missing > 0)
      outcome_.ring_gaps.push_back(group_name(group) + ": the ring lacks " + std::to_string(missing) +
                                   (missing == 1 ? " file" : " files"));
    for (const auto& path : group) {
      const auto size = regular_size(path);
      sizes_known = sizes_known && size.has_value();
      bytes_total_ += size.value_or(0);
    }
  }
  if (!sizes_known) bytes_total_ = 0;
  if (request_.by_time) return open_merged(groups);
  for (const auto& group : groups) {
    const bool ring = group.size() > 1 && !request_.growing;
    if (ring) {
      if (auto done = inputs_.empty() ? open_merged({group}) : open_ring_later(group); !done) return done;
    }
    for (std::size_t i = 0; !ring && i < group.size(); ++i) {
      if (auto done = open_one(group[i]); !done) return done;
    }
  }
  return {};
}

Result<void> Conversion::open_one(const std::string& path) {
  auto capture = open(path);
  if (!capture) return fail(std::move(capture.error()));
  outcome_.input_formats.emplace_back(capture->format->name);
  inputs_.push_back({path, std::move(capture->reader), std::nullopt, {}, inputs_.size()});
  // Many inputs would hold a buffer and a descriptor each.
  if (inputs_.size() > 1 && regular_size(path) && !request_.growing) inputs_.back().reader.reset();
  return {};
}

Result<void> Conversion::open_merged(const std::vector<std::vector<std::string>>& groups) {
  MergeOptions options;
  options.look_first = look_first_;
  auto merged = merge(groups, options);
  if (!merged) return fail(std::move(merged.error()));
  outcome_.input_formats.insert(outcome_.input_formats.end(), merged->formats.begin(), merged->formats.end());
  outcome_.put_in_order += merged->put_in_order;
  inputs_.push_back({groups.front().front(), nullptr, std::move(*merged), {}, inputs_.size()});
  return {};
}

// Of a ring that is not the first, only whether it can be opened: the buffers and descriptors of many would
// be too much. Pipes can be opened once only.
Result<void> Conversion::open_ring_later(const std::vector<std::string>& ring) {
  if (!std::all_of(ring.begin(), ring.end(), [](const std::string& path) { return regular_size(path); }))
    return open_merged({ring});
  MergeOptions options;
  options.as_it_is = true;
  const auto merged = merge({ring}, options);
  if (!merged) return fail(merged.error());
  outcome_.input_formats.insert(outcome_.input_formats.end(), merged->formats.begin(), merged->formats.end());
  inputs_.push_back({ring.front(), nullptr, std::nullopt, ring, inputs_.size()});
  return {};
}

Result<MergedInputs> Conversion::merge(const std::vector<std::vector<std::string>>& groups,
                                       MergeOptions options) {
  options.read = request_.read;
  options.strict = request_.strict;
  options.sorting_folder = request_.output == "-"
                               ? utf8(std::filesystem::temp_directory_path())
                               : utf8(std::filesystem::absolute(path_of(request_.output)).parent_path());
  if (request_.one_layer) options.one_layer = &outcome_.copies_left_out;
  options.go_on = [this] { return goes_on(); };
  return merge_inputs(groups, options);
}

formats::RecordReader& Conversion::reader_of(Input& input) {
  if (input.merged) return *input.merged->reader;
  return *input.reader;
}

Result<formats::OpenedCapture> Conversion::open(const std::string& path) {
  auto file =
      open_input(path, request_.growing ? GoOn(request_.growing) : GoOn([this] { return goes_on(); }));
  if (!file) return fail(std::move(file.error()));
  if (!request_.growing) {
    formats::ReadOptions options = request_.read;
    options.go_on = [this] { return goes_on(); };
    return formats::open_capture(std::move(*file), options);
  }
  formats::ReadOptions options = request_.read;
  options.growing = true;
  const auto idle = [this]() -> Result<void> { return writer_ ? writer_->flush() : Result<void>(); };
  return formats::open_capture(std::make_unique<GrowingInput>(std::move(*file), request_.growing, idle),
                               options);
}

Result<void> Conversion::begin_output() {
  const formats::CaptureFormat* format = formats::find_format(request_.format);
  if (format == nullptr || format->create == nullptr)
    return fail(ErrorKind::usage, "captures are not written as `" + request_.format + "`");
  outcome_.format = format->name;
  // Following ends with what was read written out: a reader that is slow is waited for.
  const GoOn go_on =
      request_.interrupted ? GoOn([this] { return goes_on(); }) : GoOn(request_.reader_awaited);
  const auto patience = std::chrono::milliseconds(request_.growing ? 1000 : 0);
  auto file =
      create_output(request_.output, request_.overwrite ? Overwrite::yes : Overwrite::no, go_on, patience);
  if (!file) return fail(std::move(file.error()));
  *file = write_behind(std::move(*file));
  output_ = file->get();
  digesting_ = request_.verify && !output_->pending_path().empty();
  auto writer = format->create(std::move(*file));
  if (!writer) return fail(std::move(writer.error()));
  writer_ = std::move(*writer);

  // Where we cannot say what we did, that is no loss of the input's.
  formats::SectionInfo section;
  const bool tells = request_.format == "pcapng";
  if (tells) section = request_.section;
  if (tells && filtering_) section.comments.push_back(filter_comment(request_));
  // What the first input says of its section stands in ours; what later sections say stands with their
  // interfaces.
  const auto& first = reader_of(inputs_.front()).section_comments();
  section.comments.insert(section.comments.end(), first.begin(), first.end());
  return writer_->begin(section);
}

Result<void> Conversion::read_input(Input& input) {
  if (!input.ring.empty()) {
    MergeOptions options;
    options.look_first = look_first_;
    auto merged = merge({input.ring}, options);
    if (!merged) return fail(std::move(merged.error()));
    outcome_.put_in_order += merged->put_in_order;
    input.merged = std::move(*merged);
  } else if (!input.reader && !input.merged) {
    auto capture = open(input.name);
    if (!capture) return fail(std::move(capture.error()));
    input.reader = std::move(capture->reader);
  }
  if (input.reader && request_.one_layer)
    input.reader = one_layer(std::move(input.reader), outcome_.copies_left_out);
  formats::RecordReader& reader = reader_of(input);
  sources_.clear();
  section_comments_taken_ = &input == &inputs_.front() ? reader.section_comments().size() : 0;
  if (auto done = pump(input, reader); !done) {
    must_look_first_ = input.merged && input.merged->reader->runs_backwards();
    return done;
  }
  if (auto done = end_input(input, reader); !done) return done;
  if (input.merged) outcome_.loss.out_of_order += input.merged->reader->late_records();
  bytes_before_ += reader.report().bytes;
  input.reader.reset();
  input.merged.reset();
  return {};
}

Result<void> Conversion::pump(const Input& input, formats::RecordReader& reader) {
  const auto& interfaces = reader.interfaces();
  PacketRecord record;
  for (std::uint32_t count = 0; !enough(); ++count) {
    if (count % 16 == 0) {
      if (!goes_on()) return fail(ErrorKind::interrupted, "interrupted");
      if (count % 256 == 0) report_progress(reader, false);
    }
    const ReadStatus status = reader.next(record);
    if (interfaces.size() > sources_.size()) [[unlikely]] {
      if (auto done = add_sources(input, reader); !done) return done;
    }
    if (status == ReadStatus::record) [[likely]] {
      if (auto done = take(record); !done) [[unlikely]]
        return done;
      continue;
    }
    if (status == ReadStatus::end) return {};
    if (status == ReadStatus::failed) return fail(reader.error());
    // In a merge a pipe that was waited for is told as damaged.
    if (!goes_on()) return fail(ErrorKind::interrupted, "interrupted");
    if (status == ReadStatus::attachment) {
      if (auto done = attach(reader.attachment()); !done) return done;
    } else if (request_.strict) {
      const auto& damage = reader.report().damage.front();
      return fail(ErrorKind::failed, (damage.file.empty() ? input.name : damage.file) + ": byte " +
                                         std::to_string(damage.offset) + ": " + damage.what);
    }
  }
  outcome_.stopped_early = true;
  return {};
}

bool Conversion::matches(filter::RecordFilter& filter, const Source& source, const PacketRecord& record) {
  if (record.data.size() <= source.judged_length) [[likely]]
    return filter.matches(record);
  PacketRecord judged = record;
  judged.data = record.data.first(source.judged_length);
  return filter.matches(judged);
}

Result<void> Conversion::take(PacketRecord& record) {
  ++outcome_.records_in;
  Source& source = sources_[record.interface];
  if (source.filter) {
    const bool kept = matches(*source.filter, source, record);
    if (!kept) {
      ++outcome_.filtered_out;
      return {};
    }
  } else if (source.unjudged) [[unlikely]] {
    if (request_.strict) return fail(ErrorKind::failed, source.unjudged_reason);
    ++source.unjudged_records;
  }
  if (source.control && matches(*source.control, source, record)) {
    ++outcome_.control;
    return {};
  }
  if (request_.snaplen != 0 && record.data.size() > request_.snaplen) {
    record.data = record.data.first(request_.snaplen);
    ++outcome_.loss.shortened;
  }
  return write(record, source);
}

Result<void> Conversion::write(PacketRecord& record, const Source& source) {
  record.interface = source.output_index;
  if (!record.options.empty() && source.id_mask != 0) [[unlikely]]
    change_id(record, source.id_mask, changed_id_);
  const bool timed = record.has_timestamp;
  if (!timed) [[unlikely]]
    add_time_placeholder(record);
  if (!writer_->write(record)) [[unlikely]]
    return fail(writer_->error());
  if (digesting_) written_.digest.add(record, record.interface, written_.digests_options(record.interface));
  if (timed) {
    first_ns_ = std::min(first_ns_, record.timestamp_ns);
    last_ns_ = std::max(last_ns_, record.timestamp_ns);
  }
  ++outcome_.records_out;
  return {};
}

// pcapng has records without a time for its first interface only. Elsewhere the time is zero, and a comment
// says so.
void Conversion::add_time_placeholder(PacketRecord& record) {
  if (record.interface == 0 && formats::pcapng::fits_simple_packet(written_.interfaces[0], record)) return;
  ++outcome_.loss.untimed;
  scratch_.assign(record.options.begin(), record.options.end());
  formats::pcapng::append_option(scratch_, 1, "the input gives no time stamp for this packet");
  record.options = scratch_;
  record.has_timestamp = true;
  record.timestamp_ns = 0;
}

// The inputs of a merge are captures of their own, as those before it are.
std::uint64_t Conversion::capture_of(const Input& input, std::uint32_t interface) const {
  if (request_.one_interface || request_.growing) return 0;
  const std::uint64_t before = input.first_capture;
  return input.merged ? before + input.merged->reader->input_of(interface) : before;
}

Result<void> Conversion::add_sources(const Input& input, formats::RecordReader& reader) {
  const auto& interfaces = reader.interfaces();
  const auto& comments = reader.section_comments();
  while (sources_.size() < interfaces.size()) {
    InterfaceInfo info = interfaces[sources_.size()];
    info.statistics.reset();
    for (; section_comments_taken_ < comments.size(); ++section_comments_taken_) {
      info.comments.push_back("section: " + comments[section_comments_taken_]);
    }
    Source source;
    source.id_mask = id_mask(capture_of(input, static_cast<std::uint32_t>(sources_.size())));
    if (info.snaplen != 0) source.judged_length = info.snaplen;
    if (request_.describe_interface) request_.describe_interface(info);
    source.described_statistics = info.statistics;
    if (request_.snaplen != 0 && (info.snaplen == 0 || info.snaplen > request_.snaplen)) {
      info.snaplen = request_.snaplen;
    }
    if (filtering_) {
      auto compiled =
          filter::RecordFilter::compile(request_.filter, info.link_type, request_.reading, info.file_order);
      if (compiled) {
        source.filter = std::make_unique<filter::RecordFilter>(std::move(*compiled));
      } else {
        source.unjudged = true;
        source.unjudged_reason =
            compiled.error().message.empty()
                ? "the filter cannot be applied to link type " + link_type_name(info.link_type)
                : compiled.error().message;
      }
    }
    if (request_.control->kind != filter::NodeKind::none) {
      auto compiled =
          filter::RecordFilter::compile(request_.control, info.link_type, request_.reading, info.file_order);
      if (compiled) source.control = std::make_unique<filter::RecordFilter>(std::move(*compiled));
    }
    if (const auto same = request_.one_interface ? same_interface(info) : std::nullopt) {
      source.output_index = *same;
    } else {
      auto index = writer_->add_interface(info);
      if (!index) return fail(std::move(index.error()));
      source.output_index = *index;
      written_.interfaces.push_back(std::move(info));
    }
    sources_.push_back(std::move(source));
  }
  return {};
}

std::optional<std::uint32_t> Conversion::same_interface(const InterfaceInfo& info) const {
  for (std::size_t i = 0; i < written_.interfaces.size(); ++i) {
    const InterfaceInfo& one = written_.interfaces[i];
    if (one.link_type == info.link_type && one.name == info.name && one.host == info.host &&
        one.description == info.description && one.layer == info.layer && one.snaplen == info.snaplen)
      return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

Result<void> Conversion::attach(const formats::Attachment& attachment) {
  ++written_.attachments;
  return writer_->attach(attachment);
}

Result<void> Conversion::end_input(const Input& input, const formats::RecordReader& reader) {
  add_report(outcome_.loss, input.name, reader.report());
  outcome_.facts.add(reader.facts(), inputs_.size() > 1 ? input.name : std::string());
  const auto& interfaces = reader.interfaces();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.unjudged_records > 0) {
      outcome_.loss.unfiltered[link_type_name(interfaces[i].link_type)] += source.unjudged_records;
    }
    // Those that stand behind the last packet were not read, earlier ones are out of date.
    std::optional<InterfaceStatistics> statistics;
    if (!outcome_.stopped_early) statistics = interfaces[i].statistics;
    if (statistics && statistics->dropped_by_os)
      outcome_.dropped_by_os = outcome_.dropped_by_os.value_or(0) + *statistics->dropped_by_os;
    if (source.described_statistics) {
      statistics = merged(statistics.value_or(InterfaceStatistics{}), *source.described_statistics);
    }
    if (request_.describe_end) {
      InterfaceInfo info = interfaces[i];
      info.statistics = statistics;
      request_.describe_end(info);
      statistics = info.statistics;
    }
    if (!statistics || (request_.one_interface && &input != &inputs_.back())) continue;
    if (auto done = writer_->add_statistics(source.output_index, *statistics); !done) return done;
  }
  report_progress(reader, true);
  return {};
}

Result<void> Conversion::end_output() {
  outcome_.output_bytes = writer_->bytes_written();
  if (digesting_) {
    if (auto done = writer_->flush(); !done) return done;
    if (auto done = verify(output_->pending_path(), written_, request_.interrupted); !done) return done;
    outcome_.verified = true;
  }
  if (!goes_on()) return fail(ErrorKind::interrupted, "interrupted");
  outcome_.records_in += outcome_.copies_left_out;
  auto finished = writer_->finish();
  outcome_.not_held = writer_->not_held();
  return finished;
}

void Conversion::report_progress(const formats::RecordReader& reader, bool now) {
  if (!request_.progress) return;
  constexpr auto interval = std::chrono::milliseconds(100);
  const auto time = std::chrono::steady_clock::now();
  if (!now && time - reported_ < interval) return;
  reported_ = time;
  request_.progress(
      {bytes_before_ + reader.report().bytes, bytes_total_, outcome_.records_in, outcome_.records_out});
}

}  // namespace anchoko::convert
