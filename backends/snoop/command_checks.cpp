// Commands that snoop takes and that hardly do what was meant (reference: sections 1, 2, 4.5, 4.7).
#include <algorithm>

#include "backends/snoop/command.h"

namespace anchoko::snoop {
namespace {

class Checker {
 public:
  Checker(NativeCommand& command, const std::vector<ScannedOption>& options)
      : command_(command), model_(command.model), options_(options) {}

  void check() {
    conflicts();
    if (model_.activity == CommandActivity::capture) {
      capture();
      hazards();
    }
  }

 private:
  const ScannedOption* find(std::string_view id) const {
    const auto found = std::ranges::find_if(options_, [&](const auto& o) { return o.spec->id == id; });
    return found == options_.end() ? nullptr : &*found;
  }
  void problem(const char* id, TextRange where, std::vector<std::string> values = {}) {
    command_.problems.push_back({id, where, std::move(values), {}});
  }
  TextRange program() const {
    return std::ranges::find(command_.tokens, TokenRole::program, &CommandToken::role)->where;
  }

  void conflicts() {
    if (find("-o") != nullptr && find("-O") != nullptr) problem("two-outputs", find("-O")->where);
    if (find("-N") != nullptr && find("-i") == nullptr) problem("names-need-file", find("-N")->where);
  }

  void capture() {
    if (model_.interface.empty()) problem("interface-missing", program());
    const bool shows = model_.write_file.empty();
    if (shows && find("-r") == nullptr) problem("names-looked-up", program());
    if (!shows && model_.write_file != "-" && model_.packets == 0 && model_.ends_after.count() == 0 &&
        !model_.rotation.rotates())
      problem("no-limit", program());
    if (model_.snaplen && *model_.snaplen > 0 && !model_.filter_text.empty())
      problem("cut-before-filter", find("-s")->where, {std::to_string(*model_.snaplen)});
    const bool ipnet = model_.link_type == "IPNET" || model_.interface == "lo0";
    if (ipnet && !model_.filter_text.empty()) {
      problem("ipnet-words", program());
      command_.filter = nullptr;
    }
  }

  void hazards() {
    const auto touch = [&](bool applies, const char* id) {
      if (applies) command_.hazards.emplace_back(id);
    };
    const bool to_file = !model_.write_file.empty();
    touch(to_file && model_.packets == 0, "snoop-tail-loss");
    touch(true, "snoop-hangup");
    touch(model_.promiscuous, "snoop-promiscuous");
    touch(true, "snoop-sees-unfinished-frames");
  }

  NativeCommand& command_;
  const CommandModel& model_;
  const std::vector<ScannedOption>& options_;
};

}  // namespace

void check_command(NativeCommand& command, const std::vector<ScannedOption>& options) {
  Checker(command, options).check();
}

}  // namespace anchoko::snoop
