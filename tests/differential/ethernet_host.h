// A host with one Ethernet interface, net0, as the judges of dialects plan for it.
#pragma once

#include <string>

#include "core/backend/backend.h"

namespace anchoko::differential {

// Empty words leave what the backend assumes.
inline HostFacts ethernet_host(const Backend& backend, const std::string& hostname = {},
                               const std::string& release = {}) {
  HostFacts facts = backend.assumed_facts();
  if (!hostname.empty()) facts.hostname = hostname;
  if (!release.empty()) facts.os_release = release;
  HostInterface interface;
  interface.name = "net0";
  interface.up = interface.is_default = true;
  interface.link_type = "EN10MB";
  facts.interfaces = {interface};
  return facts;
}

}  // namespace anchoko::differential
