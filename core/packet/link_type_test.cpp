#include "core/packet/link_type.h"

#include <doctest/doctest.h>

namespace anchoko {

TEST_CASE("link types: names of the registry, numbers where there is none") {
  CHECK(link_type_name(LinkType::null) == "NULL");
  CHECK(link_type_name(LinkType::ethernet) == "EN10MB");
  CHECK(link_type_name(LinkType::raw) == "RAW");
  CHECK(link_type_name(LinkType::linux_sll2) == "LINUX_SLL2");
  CHECK(link_type_name(static_cast<LinkType>(283)) == "IEEE802_15_4_TAP");
  CHECK(link_type_name(static_cast<LinkType>(147)) == "LINKTYPE_147");
  CHECK(link_type_name(static_cast<LinkType>(65535)) == "LINKTYPE_65535");
}

TEST_CASE("link types: the numbers of DLT_RAW are one link type, upper bits do not count") {
  CHECK(canonical_link_type(12) == LinkType::raw);
  CHECK(canonical_link_type(14) == LinkType::raw);
  CHECK(canonical_link_type(101) == LinkType::raw);
  CHECK(canonical_link_type(0x54000001) == LinkType::ethernet);
}

}  // namespace anchoko
