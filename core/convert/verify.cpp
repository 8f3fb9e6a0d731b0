#include "core/convert/verify.h"

#include "core/formats/capture_format.h"

namespace anchoko::convert {
namespace {

std::unexpected<Error> differs(const std::string& what) {
  return fail(ErrorKind::failed, "the output, read back, is not what was written: " + what,
              "the output was removed; the inputs are untouched");
}

// As far as the writer does not move texts elsewhere.
bool same_source(const InterfaceInfo& left, const InterfaceInfo& right) {
  return left.link_type == right.link_type && left.link_type_extra == right.link_type_extra &&
         left.timestamp_digits == right.timestamp_digits &&
         (left.name == right.name || left.name.size() > 65535);
}

}  // namespace

Result<void> verify(const std::string& path, const Written& written,
                    const std::function<bool()>& interrupted) {
  auto opened = formats::open_capture(path);
  if (!opened) return fail(std::move(opened.error()));
  auto& reader = *opened->reader;
  RecordDigest digest;
  std::uint64_t attachments = 0;
  PacketRecord record;
  for (std::uint64_t count = 0;; ++count) {
    if (count % 16 == 0 && interrupted && interrupted()) return fail(ErrorKind::interrupted, "interrupted");
    const auto status = reader.next(record);
    if (status == formats::ReadStatus::end) break;
    if (status == formats::ReadStatus::failed) return fail(reader.error());
    if (status == formats::ReadStatus::damaged) return differs(reader.report().damage.front().what);
    if (status == formats::ReadStatus::attachment) {
      ++attachments;
    } else if (record.interface >= written.interfaces.size()) {
      return differs("a record of an interface too many");
    } else {
      digest.add(record, record.interface, written.digests_options(record.interface));
    }
  }
  if (digest.records() != written.digest.records()) {
    return differs(std::to_string(digest.records()) + " records instead of " +
                   std::to_string(written.digest.records()));
  }
  if (digest.value() != written.digest.value())
    return differs("times, lengths or bytes of its records differ");
  if (attachments != written.attachments) return differs("blocks that are not packets differ");
  const auto& interfaces = reader.interfaces();
  if (interfaces.size() != written.interfaces.size()) return differs("its interfaces differ in number");
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    if (!same_source(interfaces[i], written.interfaces[i]))
      return differs("interface " + std::to_string(i) + " differs");
  }
  return {};
}

}  // namespace anchoko::convert
