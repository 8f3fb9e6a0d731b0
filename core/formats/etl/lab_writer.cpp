#include "core/formats/etl/lab_writer.h"

#include <algorithm>
#include <utility>

#include "core/formats/etl/lz77.h"

namespace anchoko::formats::etl::lab {
namespace {

constexpr std::int64_t filetime_per_second = 10'000'000;
constexpr std::size_t max_event_size = UINT16_MAX;
constexpr std::uint32_t min_buffer_size = 1024;
constexpr std::uint32_t max_buffer_size = 16 * 1024 * 1024;
constexpr std::uint32_t max_processors = 2048;  // buffer::processor_mask
constexpr std::size_t max_name = 1024;

template <typename T>
void put(std::byte* at, T value) {
  store<T>(at, value, little);
}

constexpr std::size_t padded(std::size_t size, std::size_t to = event::alignment) {
  return (size + to - 1) / to * to;
}

// UTF-16 without a terminator, cut to the field.
void put_name(std::byte* at, const std::string& name) {
  Payload text;
  text.text(name, false);
  const auto bytes = text.view().first(std::min(text.view().size(), logfile::time_zone_name_size));
  std::copy(bytes.begin(), bytes.end(), at);
}

void put_time_zone(std::byte* at, const TimeZone& zone) {
  constexpr std::size_t half = logfile::time_zone_name_size + 16 + 4;  // name, date, bias
  put(at, zone.bias);
  put_name(at + 4, zone.standard_name);
  std::copy(zone.standard_date.begin(), zone.standard_date.end(), at + 4 + logfile::time_zone_name_size);
  put(at + half, zone.standard_bias);
  put_name(at + 4 + half, zone.daylight_name);
  std::copy(zone.daylight_date.begin(), zone.daylight_date.end(),
            at + 4 + half + logfile::time_zone_name_size);
  put(at + 2 * half, zone.daylight_bias);
}

std::uint32_t mode_of(const LoggerInfo& logger) {
  return (logger.circular ? logfile::mode_circular : logfile::mode_sequential) |
         (logger.relogged ? logfile::mode_relogged : 0) | (logger.compressed ? logfile::mode_compressed : 0);
}

void put_system_header(std::byte* at, const LoggerInfo& logger, std::size_t size, std::uint16_t hook) {
  put(at, event::system_version);
  at[event::kind] = std::byte{logger.pointer_size == 4 ? event::system32 : event::system64};
  at[event::frame] = std::byte{event::frame_header};
  put(at + event::system_size_at, static_cast<std::uint16_t>(size));
  put(at + event::system_hook, hook);
  put(at + event::system_thread, logger.thread);
  put(at + event::system_process, logger.process);
  put(at + event::system_time, logger.start_stamp);
  put(at + event::system_cpu_times, logger.cpu_times);
}

// TRACE_LOGFILE_HEADER, its event around it, padded.
std::vector<std::byte> make_header_event(const LoggerInfo& logger, const HeaderCounts& counts) {
  const logfile::Tail& tail = logger.pointer_size == 4 ? logfile::tail32 : logfile::tail64;
  Payload names;
  names.text(logger.session_name).text(logger.file_name);
  const std::size_t size = event::system_header_size + tail.names + names.view().size();
  std::vector<std::byte> bytes(padded(size));
  put_system_header(bytes.data(), logger, size, 0);
  std::byte* const at = bytes.data() + event::system_header_size;
  put(at + logfile::buffer_size, logger.buffer_size);
  at[logfile::os_major] = std::byte{logger.os_major};
  at[logfile::os_minor] = std::byte{logger.os_minor};
  // 1.5, and 2.0 where buffers are compressed: seen in real files, and a comment in phnt's ntwmi.h.
  at[logfile::layout_major] = std::byte{logger.compressed ? std::uint8_t{2} : std::uint8_t{1}};
  at[logfile::layout_minor] = std::byte{logger.compressed ? std::uint8_t{0} : std::uint8_t{5}};
  put(at + logfile::build, logger.build);
  put(at + logfile::processors, logger.processors);
  put(at + logfile::end_time, counts.end_time);
  put(at + logfile::timer_resolution, logger.timer_resolution);
  put(at + logfile::max_file_size, logger.max_file_size);
  put(at + logfile::mode, mode_of(logger));
  put(at + logfile::buffers_written, counts.buffers_written);
  put(at + logfile::start_buffers, std::uint32_t{1});
  put(at + logfile::pointer_size, logger.pointer_size);
  put(at + logfile::events_lost, counts.events_lost);
  put(at + logfile::cpu_mhz, logger.cpu_mhz);
  put_time_zone(at + tail.time_zone, logger.time_zone);
  put(at + tail.boot_time, logger.boot_time);
  put(at + tail.frequency, logger.frequency);
  put(at + tail.start_time, logger.start_time);
  put(at + tail.clock_type, logger.clock_type);
  put(at + tail.buffers_lost, counts.buffers_lost);
  std::copy(names.view().begin(), names.view().end(), at + tail.names);
  return bytes;
}

std::string problem_of(const LoggerInfo& logger) {
  if (logger.buffer_size < min_buffer_size || logger.buffer_size > max_buffer_size) {
    return "buffers have 1 KiB to 16 MiB";
  }
  if (logger.processors == 0 || logger.processors > max_processors) return "there are 1 to 2048 processors";
  if (logger.pointer_size != 4 && logger.pointer_size != 8) return "pointers have 4 or 8 bytes";
  if (logger.frequency <= 0 || logger.cpu_mhz == 0) return "a clock does not run";
  if (logger.session_name.size() > max_name || logger.file_name.size() > max_name)
    return "a name is too long";
  if (!logger.circular) return {};
  if (logger.relogged || logger.compressed) return "neither relogged nor compressed files are circular";
  if (std::uint64_t{logger.max_file_size} << 20 < std::uint64_t{3} * logger.buffer_size) {
    return "a circular file has room for three buffers";
  }
  return {};
}

}  // namespace

std::int64_t filetime_of(std::int64_t unix_ns) {
  const std::int64_t below = unix_ns % 100 < 0 ? 1 : 0;
  return unix_epoch + unix_ns / 100 - below;
}

std::int64_t stamp_of(const LoggerInfo& logger, std::int64_t filetime) {
  if (logger.clock_type == logfile::clock_system) return filetime;
  const std::int64_t per_second = logger.clock_type == logfile::clock_cycles
                                      ? std::int64_t{logger.cpu_mhz} * 1'000'000
                                      : logger.frequency;
  const std::int64_t passed = filetime - logger.start_time;
  std::int64_t seconds = passed / filetime_per_second;
  std::int64_t rest = passed % filetime_per_second;
  if (rest < 0) {
    rest += filetime_per_second;
    --seconds;
  }
  // Readers cut their division off, so that this one rounds up.
  return logger.start_stamp + seconds * per_second +
         (rest * per_second + filetime_per_second - 1) / filetime_per_second;
}

std::vector<std::byte> partition_event(const LoggerInfo& logger) {
  std::vector<std::byte> bytes(event::partition_size);
  put_system_header(bytes.data(), logger, bytes.size(), event::hook_partition);
  return bytes;
}

Event ndis_event(std::uint16_t id) {
  Event event;
  event.provider = provider::ndis;
  event.id = id;
  event.channel = ndis::channel;
  event.keyword = ndis::keyword_always;
  return event;
}

Event pktmon_event(std::uint16_t id) {
  Event event;
  event.provider = provider::pktmon;
  event.id = id;
  const bool is_packet = id == pktmon::packet || id == pktmon::drop;
  event.keyword = is_packet ? pktmon::keyword_packet : pktmon::keyword_rundown;
  return event;
}

EtlLabWriter::EtlLabWriter(std::unique_ptr<OutputFile> output, LoggerInfo logger)
    : output_(std::move(output)), logger_(std::move(logger)), processors_(logger_.processors) {
  if (!logger_.relogged && logger_.max_file_size != 0) {
    max_file_size_ = std::uint64_t{logger_.max_file_size} << 20;
  }
}

Result<std::unique_ptr<EtlLabWriter>> EtlLabWriter::create(std::unique_ptr<OutputFile> output,
                                                           LoggerInfo logger) {
  if (std::string problem = problem_of(logger); !problem.empty()) {
    return fail(ErrorKind::failed, "trace file writer: " + problem);
  }
  auto writer = std::unique_ptr<EtlLabWriter>(new EtlLabWriter(std::move(output), std::move(logger)));
  if (!writer->begin()) return fail(writer->error_);
  return writer;
}

bool EtlLabWriter::begin() {
  const auto header = make_header({});
  if (header.size() > logger_.buffer_size) return refuse("the header does not fit in a buffer");
  if (!place(header, 0)) return false;
  for (const auto& event : logger_.first_events) {
    if (!write_raw(0, logger_.start_stamp, event)) return false;
  }
  events_written_ = 0;
  return true;
}

std::vector<std::byte> EtlLabWriter::make_header(const HeaderCounts& counts) const {
  std::vector<std::byte> bytes(buffer::header_size);
  const auto add = [&](const std::vector<std::byte>& event) {
    bytes.insert(bytes.end(), event.begin(), event.end());
    bytes.resize(padded(bytes.size()));
  };
  add(make_header_event(logger_, counts));
  // Real headers do not count the events behind the first one here.
  put(bytes.data() + buffer::saved_offset, static_cast<std::uint32_t>(bytes.size()));
  for (const auto& event : logger_.header_events) add(event);
  const std::size_t used = bytes.size();
  bytes.resize(logger_.compressed ? padded(used, logfile::first_buffer_unit)
                                  : std::max<std::size_t>(used, logger_.buffer_size),
               buffer::filling);
  put(bytes.data() + buffer::size, static_cast<std::uint32_t>(bytes.size()));
  put(bytes.data() + buffer::state, logger_.compressed ? buffer::state_flush : 0U);
  put(bytes.data() + buffer::used, static_cast<std::uint32_t>(used));
  put(bytes.data() + buffer::flags, buffer::flag_flush_marker);
  put(bytes.data() + buffer::type, buffer::type_header);
  return bytes;
}

std::byte* EtlLabWriter::take(std::uint16_t number, std::int64_t stamp, std::size_t size) {
  if (failed_) return nullptr;
  if (number >= processors_.size()) {
    refuse("there is no such processor");
    return nullptr;
  }
  const std::size_t room = padded(size);
  if (size > max_event_size || buffer::header_size + room > logger_.buffer_size) {
    refuse("an event is too large");
    return nullptr;
  }
  Processor& processor = processors_[number];
  if (processor.bytes.size() + room > logger_.buffer_size && !write_out(number, false)) return nullptr;
  if (processor.bytes.empty()) {
    processor.bytes.resize(buffer::header_size);
    processor.sequence = sequence_++;
  }
  const std::size_t at = processor.bytes.size();
  processor.bytes.resize(at + room);
  processor.last_stamp = stamp;
  ++processor.events;
  ++events_written_;
  return processor.bytes.data() + at;
}

bool EtlLabWriter::write(const Event& event) {
  const std::size_t size = event::header_size + event.extended.size() + event.payload.size();
  std::byte* const at = take(event.processor, event.stamp, size);
  if (at == nullptr) return false;
  const bool is_32_bit = logger_.pointer_size == 4 || event.from_32_bit_process;
  put(at + event::size, static_cast<std::uint16_t>(size));
  at[event::kind] = std::byte{is_32_bit ? event::header32 : event::header64};
  at[event::frame] = std::byte{event::frame_header};
  put(at + event::flags, event.extended.empty() ? std::uint16_t{0} : event::flag_extended);
  put(at + event::property, event.property);
  put(at + event::thread, event.thread);
  put(at + event::process, event.process);
  put(at + event::time_stamp, event.stamp);
  store_guid(at + event::provider, event.provider);
  put(at + event::id, event.id);
  put(at + event::version, event.version);
  put(at + event::channel, event.channel);
  put(at + event::level, event.level);
  put(at + event::opcode, event.opcode);
  put(at + event::task, event.task);
  put(at + event::keyword, event.keyword);
  put(at + event::cpu_times, event.cpu_times);
  store_guid(at + event::activity, event.activity);
  std::byte* const data = std::copy(event.extended.begin(), event.extended.end(), at + event::header_size);
  std::copy(event.payload.begin(), event.payload.end(), data);
  return true;
}

bool EtlLabWriter::write_raw(std::uint16_t processor, std::int64_t stamp, std::span<const std::byte> event) {
  std::byte* const at = take(processor, stamp, event.size());
  if (at == nullptr) return false;
  std::copy(event.begin(), event.end(), at);
  return true;
}

void EtlLabWriter::store_buffer_header(std::uint16_t number, const Processor& processor, bool is_last,
                                       std::byte* to) const {
  const auto used = static_cast<std::uint32_t>(processor.bytes.size());
  const bool has_index = logger_.build >= buffer::first_build_with_index;
  std::uint16_t flags = has_index ? buffer::flag_processor_index : std::uint16_t{0};
  if (is_last) flags |= buffer::flag_flush_marker;
  if (processor.lost_events) flags |= buffer::flag_events_lost;
  if (logger_.compressed) flags |= buffer::flag_compressed;
  put(to + buffer::saved_offset, used);
  put(to + buffer::current_offset, logger_.buffer_size + used);
  put(to + buffer::time_stamp, logger_.relogged ? logger_.relog_time : processor.last_stamp);
  put(to + buffer::sequence, processor.sequence);
  put(to + buffer::processor,
      has_index ? number : static_cast<std::uint16_t>(buffer::old_alignment | (number & 0xff)));
  // 0 in relogged files, as in the real ones; sessions count from 1.
  put(to + buffer::logger_id, logger_.relogged ? std::uint16_t{0} : std::uint16_t{1});
  put(to + buffer::state, buffer::state_flush);
  put(to + buffer::used, used);
  put(to + buffer::flags, flags);
  put(to + buffer::type, buffer::type_generic);
}

bool EtlLabWriter::write_out(std::uint16_t number, bool is_last) {
  Processor& processor = processors_[number];
  store_buffer_header(number, processor, is_last, processor.bytes.data());
  if (logger_.compressed) {
    packed_ = compress_lz77(std::span(processor.bytes).subspan(buffer::header_size));
    packed_.insert(packed_.begin(), processor.bytes.begin(), processor.bytes.begin() + buffer::header_size);
    put(packed_.data() + buffer::size, static_cast<std::uint32_t>(packed_.size()));
    if (!place(packed_, processor.events)) return false;
  } else {
    processor.bytes.resize(logger_.buffer_size, buffer::filling);
    put(processor.bytes.data() + buffer::size, logger_.buffer_size);
    if (!place(processor.bytes, processor.events)) return false;
  }
  processor.bytes.clear();
  processor.events = 0;
  processor.lost_events = false;
  return true;
}

// A circular file keeps its header; the oldest buffer behind it gives way. That BuffersWritten counts those
// too is not seen in a file: the documentation of TRACE_LOGFILE_HEADER calls it a total.
bool EtlLabWriter::place(std::span<const std::byte> buffer, std::uint32_t events) {
  if (file_size_ + buffer.size() <= max_file_size_) {
    file_size_ += buffer.size();
    ++buffers_written_;
    return check(output_->write(buffer));
  }
  if (!logger_.circular) {
    is_full_ = true;
    events_lost_ += events;
    events_written_ -= events;
    return true;
  }
  const std::uint64_t slots = file_size_ / buffer.size() - 1;
  const std::uint64_t slot = (buffers_written_ - 1) % slots + 1;
  ++buffers_written_;
  return check(output_->rewrite(slot * buffer.size(), buffer));
}

bool EtlLabWriter::flush_all(bool at_end) {
  if (failed_) return false;
  std::size_t last = processors_.size();
  for (std::size_t i = 0; at_end && i < processors_.size(); ++i) {
    if (!processors_[i].bytes.empty()) last = i;
  }
  for (std::size_t i = 0; i < processors_.size(); ++i) {
    if (processors_[i].bytes.empty()) continue;
    if (!write_out(static_cast<std::uint16_t>(i), i == last)) return false;
  }
  return true;
}

bool EtlLabWriter::flush() {
  return flush_all(false);
}

void EtlLabWriter::lose_events(std::uint16_t processor, std::uint32_t count) {
  events_lost_ += count;
  if (processor < processors_.size()) processors_[processor].lost_events = true;
}

Result<void> EtlLabWriter::finish(std::int64_t end_time) {
  if (!flush_all(true)) return fail(error_);
  if (!check(output_->rewrite(0, make_header({end_time, buffers_written_, events_lost_, buffers_lost_}))))
    return fail(error_);
  return output_->commit();
}

Result<void> EtlLabWriter::leave_unfinished() {
  if (failed_) return fail(error_);
  return output_->commit();
}

bool write_ndis_packet(EtlLabWriter& writer, Payload& scratch, Event event, NdisFragment fragment,
                       LinkType type, PacketDirection direction, std::size_t piece) {
  const auto bytes = fragment.bytes;
  std::size_t done = 0;
  do {
    fragment.bytes = bytes.subspan(done, std::min(std::max<std::size_t>(piece, 1), bytes.size() - done));
    const bool is_first = done == 0;
    done += fragment.bytes.size();
    event.keyword = ndis_keyword(type, direction, is_first, done == bytes.size());
    event.payload = fill(scratch, fragment);
    if (!writer.write(event)) return false;
  } while (done < bytes.size());
  return true;
}

bool EtlLabWriter::refuse(std::string what) {
  return check(fail(ErrorKind::failed, "trace file writer: " + std::move(what)));
}

bool EtlLabWriter::check(Result<void> done) {
  if (done) return true;
  failed_ = true;
  error_ = std::move(done.error());
  return false;
}

}  // namespace anchoko::formats::etl::lab
