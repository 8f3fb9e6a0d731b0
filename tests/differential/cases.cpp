#include "tests/differential/cases.h"

#include <algorithm>
#include <map>
#include <utility>

namespace anchoko::differential {
namespace {

Cases frames_of(LinkType link_type, bool cut) {
  Cases out;
  for (const testing::Frame& frame : testing::every_frame()) {
    if (frame.link_type != link_type) continue;
    if (!cut) {
      out.push_back(make_case(frame.data, frame.original_length, frame.name));
      continue;
    }
    for (std::size_t length = 0; length < frame.data.size(); ++length) {
      const testing::Frame part = testing::truncated(frame, length);
      out.push_back(make_case(part.data, part.original_length, length == 0 ? frame.name : ""));
    }
  }
  return out;
}

}  // namespace

Case make_case(const testing::Octets& data, std::uint32_t original_length, std::string name) {
  Case out;
  out.data = std::make_unique<std::uint8_t[]>(data.size());
  std::copy(data.begin(), data.end(), out.data.get());
  out.size = data.size();
  out.original_length = original_length;
  out.name = std::move(name);
  return out;
}

const Cases& whole_frames(const Link& link) {
  static std::map<LinkType, Cases> made;
  if (!made.contains(link.type)) made.emplace(link.type, frames_of(link.type, false));
  return made.at(link.type);
}

const Cases& cut_frames(const Link& link) {
  static std::map<LinkType, Cases> made;
  if (!made.contains(link.type)) made.emplace(link.type, frames_of(link.type, true));
  return made.at(link.type);
}

}  // namespace anchoko::differential
