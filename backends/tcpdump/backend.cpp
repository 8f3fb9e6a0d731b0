#include "core/backend/backend.h"

#include "backends/tcpdump/command.h"
#include "backends/tcpdump/dialect.h"
#include "backends/tcpdump/examine.h"
#include "backends/tcpdump/messages.h"
#include "backends/tcpdump/plan.h"
#include "backends/tcpdump/probe.h"
#include "backends/tcpdump/remote_files.h"

namespace anchoko {
namespace {

class TcpdumpBackend final : public Backend {
 public:
  BackendInfo info() const override { return {"tcpdump", "tcpdump (libpcap)", {"linux"}, "tcpdump"}; }

  Capabilities capabilities() const override {
    Capabilities c;
    c.runs_here = true;
    c.any_interface = true;
    c.snaplen = true;
    c.keeps_original_length = true;
    c.promiscuous = true;
    c.direction = true;
    c.packet_limit = true;
    // A ring by -C and -W; -G rotates only when a packet arrives and cannot end a capture on time.
    c.size_limit = false;
    c.duration_limit = false;
    c.ring = true;
    c.drop_counters = true;
    c.filter_shape = "boolean";
    c.native_format = "pcap";
    return c;
  }

  std::vector<BackendOption> options() const override {
    return {{"buffer", "integer", "kernel buffer in KiB (-B), 32768 when not given"}};
  }

  std::vector<Hazard> hazards() const override { return tcpdump::crib_table().hazards; }

  const CommandGrammar* command_grammar() const override { return &tcpdump::command_grammar(); }

  Result<HostFacts> probe(CommandRunner& runner) const override {
    if (runner.target().empty()) return tcpdump::probe(runner, tcpdump::LocalFiles());
    const auto files = tcpdump::RemoteFiles::fetch(runner);
    if (!files) return fail(files.error());
    return tcpdump::probe(runner, *files);
  }

  std::vector<Finding> examine(const HostFacts& facts) const override {
    return tcpdump::examine(facts, tcpdump::LocalFiles());
  }

  Result<std::vector<Finding>> examine_on(CommandRunner& runner, const HostFacts& facts) const override {
    if (runner.target().empty()) return examine(facts);
    const auto files = tcpdump::RemoteFiles::fetch(runner);
    if (!files) return fail(files.error());
    return tcpdump::examine(facts, *files);
  }

  HostFacts assumed_facts() const override {
    HostFacts facts;
    facts.os = "linux";
    facts.os_release = "Debian GNU/Linux 12 (bookworm)";
    facts.tool = "/usr/bin/tcpdump";
    facts.tool_version = "4.99.3";
    facts.tool_library = "libpcap 1.10.3";
    facts.fractional_sleep = true;
    facts.elevated = true;
    facts.root = true;
    facts.rights = "assumed: root";
    HostInterface loopback;
    loopback.name = "lo";
    loopback.up = true;
    loopback.loopback = true;
    loopback.link_type = "EN10MB";
    HostInterface ethernet;
    ethernet.name = "eth0";
    ethernet.up = true;
    ethernet.is_default = true;
    ethernet.link_type = "EN10MB";
    facts.interfaces = {loopback, ethernet};
    return facts;
  }

  const Dialect& dialect() const override { return tcpdump::tcpdump_dialect(); }

  Result<CapturePlan> plan(const SessionSpec& spec, const HostFacts& facts, const LoweredFilter& filter,
                           const std::string& session_id) const override {
    return tcpdump::make_plan(spec, facts, filter, session_id);
  }

  ToolMessages read_messages(const std::string& text) const override { return tcpdump::read_messages(text); }
};

}  // namespace

std::unique_ptr<Backend> make_tcpdump_backend();
std::unique_ptr<Backend> make_tcpdump_backend() {
  return std::make_unique<TcpdumpBackend>();
}

}  // namespace anchoko
