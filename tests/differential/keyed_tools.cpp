#include "tests/differential/keyed_tools.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>

#include "backends/iptrace/emulator_filter.h"
#include "tests/differential/iptrace_readings.h"
#include "tests/tools/netsh_model.h"

namespace anchoko::differential {

IptraceHosts::IptraceHosts(const std::vector<std::string>& assume) {
  std::vector<std::string> readings{
      readings_with(assume, [](const IptraceFact&, std::size_t) { return std::size_t{0}; })};
  for (const auto& fact : iptrace_facts()) {
    for (std::size_t i = 1; i < fact.readings.size(); ++i) {
      readings.push_back(readings_with(assume, [&](const IptraceFact& one, std::size_t left) {
        return &one == &fact ? std::min(i, left - 1) : std::size_t{0};
      }));
    }
  }
  for (const auto& reading : readings) {
    const auto folder = folder_.path() / std::to_string(hosts_.size());
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "host.conf")
        << "os aix\nrelease 7.2\ninterface en0 none0 02:00:00:00:00:0a 192.0.2.10\n"
        << reading;
    auto host = lab::EmulatedHost::open(folder);
    if (!host) throw std::runtime_error(host.error().message);
    hosts_.push_back(std::move(*host));
  }
}

std::optional<std::vector<Passes>> IptraceHosts::operator()(const std::vector<std::string>& native) const {
  std::vector<std::string> words{"-e"};
  words.insert(words.end(), native.begin(), native.end());
  words.emplace_back("/tmp/log");
  std::vector<Passes> result;
  for (const auto& host : hosts_) {
    const auto options = iptrace::emulated::parse_options(host, words);
    if (!options) return std::nullopt;
    const auto tool = std::make_shared<iptrace::emulated::Filter>(host, *options);
    result.push_back([tool](std::span<const std::uint8_t> bytes) {
      lab::Frame frame;
      frame.bytes = std::as_bytes(bytes);
      frame.original = static_cast<std::uint32_t>(bytes.size());
      return tool->passes(frame);
    });
  }
  return result;
}

std::optional<std::vector<Passes>> netsh_passes(const std::vector<std::string>& words,
                                                const std::vector<std::string>& assume) {
  const auto model = testing::NetshModel::parse(words);
  if (!model) return std::nullopt;
  std::vector<Passes> result;
  for (const auto& switches : testing::netsh_switches_under(assume)) {
    result.push_back([model, switches](std::span<const std::uint8_t> bytes) {
      return model->passes(std::as_bytes(bytes), switches);
    });
  }
  return result;
}

}  // namespace anchoko::differential
