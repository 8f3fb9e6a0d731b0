// /etc/services of the lab's hosts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace anchoko::nettl::emulated {

std::optional<std::uint16_t> port_of_service(std::string_view name, bool tcp);
std::optional<std::string_view> service_of_port(std::uint16_t port, bool tcp);

}  // namespace anchoko::nettl::emulated
