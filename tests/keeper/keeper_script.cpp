// Prints a script of core/plan/script.h for a plan that a test describes, past the planner, which would
// refuse many of its words.
//
//   keeper_script start|status|live|stop|clean <DESCRIPTION
//
// DESCRIPTION: NAME=VALUE items, then `--`, then the words of the tool; a zero byte ends each. Exit status:
// 0, or 1 with the reason on stderr, or 2.
#include <charconv>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "core/plan/script.h"

using namespace anchoko;

namespace {

[[noreturn]] void refuse(const std::string& text) {
  std::cerr << "keeper_script: " << text << "\n";
  std::exit(2);
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) refuse("not a number: " + text);
  return value;
}

std::vector<std::string> items(const std::string& text) {
  std::vector<std::string> result;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\0', at);
    if (end == std::string::npos) refuse("the last item has no zero byte behind it");
    result.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

void set(CapturePlan& plan, const std::string& name, const std::string& value) {
  KeeperSettings& keeper = plan.keeper;
  if (name == "id") {
    plan.session_id = value;
  } else if (name == "folder") {
    plan.folder = value;
  } else if (name == "native") {
    plan.native_file = value;
  } else if (name == "messages") {
    plan.messages_file = value;
  } else if (name == "file") {  // PATH, line break, content
    const auto end = value.find('\n');
    if (end == std::string::npos) refuse("a file without content");
    plan.files.push_back({value.substr(0, end), value.substr(end + 1), ""});
  } else if (name == "shell") {
    keeper.shell = value;
  } else if (name == "fractional") {
    keeper.fractional_sleep = number(value) != 0;
  } else if (name == "duration_ms") {
    plan.asked.duration = std::chrono::milliseconds(number(value));
  } else if (name == "max_size") {
    plan.asked.max_size = number(value);
  } else if (name == "min_free") {
    plan.asked.min_free = number(value);
  } else if (name == "files") {
    plan.asked.files = static_cast<std::uint32_t>(number(value));
  } else if (name == "hard_file_bytes") {
    keeper.hard_file_bytes = number(value);
  } else if (name == "settle") {
    keeper.settle_seconds = static_cast<unsigned>(number(value));
  } else if (name == "stop_signal") {
    keeper.stop_signal = value;
  } else if (name == "report_signal") {
    keeper.report_signal = value;
  } else if (name == "ready_text") {
    keeper.ready_text = value;
  } else if (name == "native_functions") {
    keeper.native_functions = value;
  } else if (name.starts_with("native_value_")) {
    keeper.native_values.emplace_back(name.substr(13), value);
  } else {
    refuse("unknown item " + name);
  }
}

CapturePlan described(const std::string& text) {
  CapturePlan plan;
  plan.backend = "testtool";
  plan.asked.max_size = 0;
  plan.asked.min_free = 0;
  ExplainedWords command;
  bool words = false;
  for (const auto& item : items(text)) {
    if (words) {
      command.words.push_back(item);
    } else if (item == "--") {
      words = true;
    } else {
      const auto equals = item.find('=');
      if (equals == std::string::npos) refuse("an item without a value");
      set(plan, item.substr(0, equals), item.substr(equals + 1));
    }
  }
  PlanStep step;
  step.command.push_back(command);
  plan.steps.push_back(step);
  return plan;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) refuse("usage: keeper_script start|status|live|stop|clean <DESCRIPTION");
  const std::string request = words[1];
  std::cin >> std::noskipws;
  const CapturePlan plan =
      described({std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()});
  static const std::map<std::string, plan::KeeperRequest> requests{{"status", plan::KeeperRequest::status},
                                                                   {"live", plan::KeeperRequest::live_status},
                                                                   {"stop", plan::KeeperRequest::stop},
                                                                   {"clean", plan::KeeperRequest::clean}};
  if (const auto found = requests.find(request); found != requests.end()) {
    std::cout << plan::request_script(plan, found->second);
    return 0;
  }
  if (request != "start") refuse("unknown request " + request);
  const auto script = plan::start_script(plan);
  if (!script) {
    std::cerr << script.error().message << "\n";
    return 1;
  }
  std::cout << *script;
  return 0;
}
