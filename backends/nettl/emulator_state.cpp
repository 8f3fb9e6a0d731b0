#include "backends/nettl/emulator_state.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace anchoko::nettl::emulated {
namespace {

constexpr std::string_view facility_state = "nettl";
constexpr std::string_view reader_state = "nettl-reader";

std::string rest_of(std::istringstream& words) {
  std::string rest;
  if (words.peek() == ' ') words.get();
  std::getline(words, rest);
  return rest;
}

void read_traced(std::istringstream& words, Facility& facility) {
  Traced one;
  words >> one.subsystem >> one.kinds >> one.keep;
  for (std::string card; words >> card;) one.cards.push_back(card);
  facility.traced.push_back(std::move(one));
}

void read_filter(std::istringstream& words, Facility& facility) {
  SetFilter one;
  words >> one.subsystem >> one.on;
  one.text = rest_of(words);
  facility.filters.push_back(std::move(one));
}

}  // namespace

std::string write_down(const Facility& facility) {
  std::ostringstream out;
  out << "facility " << facility.started << ' ' << facility.intruder_came << '\n';
  out << "writer " << facility.processor << ' ' << facility.processor_asked << ' ' << facility.timer << '\n';
  out << "trace " << facility.trace << ' ' << facility.tracemax << ' ' << facility.files << ' '
      << facility.memory << ' ' << facility.buffer << ' ' << facility.started_at << ' ' << facility.ended_at
      << ' ' << facility.reader << '\n';
  out << "file " << facility.file << '\n' << "stem " << facility.stem << '\n';
  for (const auto& [name, mask] : facility.classes) out << "log " << name << ' ' << mask << '\n';
  for (const auto& one : facility.traced) {
    out << "traced " << one.subsystem << ' ' << one.kinds << ' ' << one.keep;
    for (const auto& card : one.cards) out << ' ' << card;
    out << '\n';
  }
  for (const auto& one : facility.filters)
    out << "filter " << one.subsystem << ' ' << one.on << ' ' << one.text << '\n';
  return out.str();
}

Result<Facility> read_back(std::string_view text) {
  Facility facility;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "facility") {
      words >> facility.started >> facility.intruder_came;
    } else if (key == "writer") {
      words >> facility.processor >> facility.processor_asked >> facility.timer;
    } else if (key == "trace") {
      words >> facility.trace >> facility.tracemax >> facility.files >> facility.memory >> facility.buffer >>
          facility.started_at >> facility.ended_at >> facility.reader;
    } else if (key == "file") {
      facility.file = rest_of(words);
    } else if (key == "stem") {
      facility.stem = rest_of(words);
    } else if (key == "log") {
      std::string name;
      words >> name >> facility.classes[name];
    } else if (key == "traced") {
      read_traced(words, facility);
    } else if (key == "filter") {
      read_filter(words, facility);
    } else {
      return fail(ErrorKind::failed, "the state of the facility is damaged: " + line);
    }
  }
  return facility;
}

Result<Facility> load_facility(const lab::EmulatedHost& host) {
  auto text = host.read_state(facility_state);
  if (!text) return fail(std::move(text.error()));
  if (*text) return read_back(**text);
  Facility facility;
  // Reference section 5: it normally runs from boot.
  facility.started = host.setting("nettl-at-boot").value_or("started") == "started";
  return facility;
}

Result<void> save_facility(const lab::EmulatedHost& host, const Facility& facility) {
  return host.write_state(facility_state, write_down(facility));
}

ReaderReport load_report(const lab::EmulatedHost& host) {
  ReaderReport report;
  auto text = host.read_state(reader_state);
  if (!text || !*text) return report;
  std::istringstream words(**text);
  words >> report.trace >> report.ready >> report.dropped >> report.waiting >> report.written;
  report.failure = rest_of(words);
  return report;
}

Result<void> save_report(const lab::EmulatedHost& host, const ReaderReport& report) {
  std::ostringstream out;
  out << report.trace << ' ' << report.ready << ' ' << report.dropped << ' ' << report.waiting << ' '
      << report.written << ' ' << report.failure << '\n';
  return host.write_state(reader_state, out.str());
}

std::uint64_t file_kilobytes(const Facility& facility) {
  return std::max<std::uint64_t>(facility.tracemax / 2, facility.buffer);
}

RingSettings ring_of(const lab::EmulatedHost& host, const Edition& edition, const Facility& facility) {
  RingSettings ring;
  ring.stem = facility.stem;
  ring.digits = edition.suffix_digits;
  ring.files = facility.files;
  ring.file_limit = file_kilobytes(facility) * 1024;
  ring.buffer = std::size_t{facility.buffer} * 1024;
  ring.header.zone = host.setting("timezone").value_or("GMT0");
  ring.header.host = host.name();
  ring.header.release = host.release();
  ring.header.model = host.setting("model").value_or("9000/800");
  ring.header_when_appending = reads(host, "nettl-append-header", "again");
  if (const auto full = host.fault("nettl-disk-full")) {
    std::uint64_t bytes = 0;
    std::from_chars(full->data(), full->data() + full->size(), bytes);
    ring.disk = bytes;
  }
  return ring;
}

}  // namespace anchoko::nettl::emulated
