// What is judged: the link types, and the files of filters beside this source.
#pragma once

#include <string>
#include <vector>

#include "core/base/byte_cursor.h"
#include "core/packet/link_type.h"

namespace anchoko::differential {

// What a record stands in. The byte order of the file counts for BSD loopback (LINKTYPE_NULL) only.
struct Link {
  LinkType type = LinkType::ethernet;
  ByteOrder order = ByteOrder::little;
  std::string name() const;
};

// Every link type that the filter language is evaluated on.
const std::vector<Link>& judged_links();

// Lines of a data file beside this source, without comments and blank lines; "<empty>" is the empty text.
std::vector<std::string> read_lines(const std::string& file_name);
// The lines of all written filters.
const std::vector<std::string>& written_filters();
// Long lists and deep nests, at and beyond what snoop takes, and filters of odd shapes.
std::vector<std::string> filters_near_limits();

}  // namespace anchoko::differential
