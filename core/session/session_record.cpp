#include "core/session/session_record.h"

#include <array>

#include "core/filter/parser.h"

namespace anchoko::session {
namespace {

constexpr const char* schema = "anchoko-session/1";
constexpr std::array<const char*, 8> state_names{"planned", "starting",  "capturing", "stopping",
                                                 "stopped", "converted", "failed",    "lost"};

Json interface_json(const HostInterface& one) {
  return Json::object()
      .set("name", one.name)
      .set("up", one.up)
      .set("loopback", one.loopback)
      .set("is_default", one.is_default);
}

// Takes members out of an object; remembers the first that is not as it should be.
class Fields {
 public:
  explicit Fields(const Json& json, std::string path = {}) : json_(json), path_(std::move(path)) {}

  std::string text(const char* name) {
    const Json* found = json_.find(name);
    if (found == nullptr || found->as_string() == nullptr) return missing<std::string>(name, "text");
    return *found->as_string();
  }
  bool truth(const char* name) {
    const Json* found = json_.find(name);
    const bool* value = found == nullptr ? nullptr : std::get_if<bool>(&found->value());
    return value == nullptr ? missing<bool>(name, "true or false") : *value;
  }
  std::int64_t number(const char* name) {
    const Json* found = json_.find(name);
    if (found != nullptr) {
      if (const auto* value = std::get_if<std::int64_t>(&found->value())) return *value;
      if (const auto* value = std::get_if<std::uint64_t>(&found->value());
          value != nullptr && *value <= INT64_MAX)
        return static_cast<std::int64_t>(*value);
    }
    return missing<std::int64_t>(name, "a whole number");
  }
  std::uint64_t count(const char* name) {
    const Json* found = json_.find(name);
    if (found != nullptr) {
      if (const auto* value = std::get_if<std::uint64_t>(&found->value())) return *value;
      if (const auto* value = std::get_if<std::int64_t>(&found->value()); value != nullptr && *value >= 0)
        return static_cast<std::uint64_t>(*value);
    }
    return missing<std::uint64_t>(name, "a count");
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    for (const Json& item : list(name)) {
      if (item.as_string() == nullptr) return missing<std::vector<std::string>>(name, "a list of texts");
      out.push_back(*item.as_string());
    }
    return out;
  }
  const Json::Array& list(const char* name) {
    static const Json::Array none;
    const Json* found = json_.find(name);
    if (found == nullptr || found->as_array() == nullptr) {
      missing<int>(name, "a list");
      return none;
    }
    return *found->as_array();
  }
  filter::FilterExpr filter(const char* name) {
    const Json* found = json_.find(name);
    if (found != nullptr && std::holds_alternative<std::nullptr_t>(found->value()))
      return filter::match_none();
    const std::string text = this->text(name);
    if (text.empty()) return filter::match_all();
    auto parsed = filter::parse(text);
    if (!parsed) return missing<filter::FilterExpr>(name, "a filter");
    return *parsed;
  }
  const Json& object(const char* name) {
    static const Json none = Json::object();
    const Json* found = json_.find(name);
    if (found == nullptr || found->as_object() == nullptr) {
      missing<int>(name, "an object");
      return none;
    }
    return *found;
  }
  std::string path(const char* name) const { return path_.empty() ? name : path_ + "." + name; }
  bool has(const char* name) const { return json_.find(name) != nullptr; }
  void refuse(const char* name, const char* kind) { missing<int>(name, kind); }
  const std::string& problem() const { return problem_; }
  void take_problem(const Fields& inner) {
    if (problem_.empty()) problem_ = inner.problem_;
  }

 private:
  template <typename T>
  T missing(const char* name, const char* kind) {
    if (problem_.empty()) problem_ = "`" + path(name) + "` is not " + kind;
    if constexpr (std::is_same_v<T, filter::FilterExpr>) {
      return filter::match_all();
    } else {
      return T{};
    }
  }

  const Json& json_;
  std::string path_;
  std::string problem_;
};

Json plan_json(const CapturePlan& plan) {
  const KeeperSettings& keeper = plan.keeper;
  Json files = Json::array();
  for (const auto& file : plan.files) files.add(Json(file.path));
  const PlanStep* start = plan.step(StepKind::start);
  return Json::object()
      .set("backend", plan.backend)
      .set("os", plan.os)
      .set("host", plan.host)
      .set("session_id", plan.session_id)
      .set("interface", plan.interface)
      .set("link_type", plan.link_type)
      .set("folder", plan.folder)
      .set("native_file", plan.native_file)
      .set("messages_file", plan.messages_file)
      .set("wanted", filter_json(plan.filter.wanted))
      .set("residual", filter_json(plan.filter.residual))
      .set("reading", plan.filter.reading == filter::Reading::capture ? "capture" : "file")
      .set("native_words", Json::list(plan.filter.native_words))
      .set("convert_snaplen", plan.convert_snaplen)
      .set("convert_packets", plan.convert_packets)
      .set("duration_ms", plan.asked.duration.count())
      .set("max_size", plan.asked.max_size)
      .set("files", plan.asked.files)
      .set("packets", plan.asked.packets)
      .set("shell", keeper.shell)
      .set("fractional_sleep", keeper.fractional_sleep)
      .set("settle_seconds", keeper.settle_seconds)
      .set("plan_files", std::move(files))
      .set("command", start == nullptr ? Json::array() : Json::list(start->argv()));
}

CapturePlan plan_of(Fields& f) {
  CapturePlan plan;
  plan.backend = f.text("backend");
  plan.os = f.text("os");
  plan.host = f.text("host");
  plan.session_id = f.text("session_id");
  plan.interface = f.text("interface");
  plan.link_type = f.text("link_type");
  plan.folder = f.text("folder");
  plan.native_file = f.text("native_file");
  plan.messages_file = f.text("messages_file");
  plan.filter.wanted = f.filter("wanted");
  plan.filter.residual = f.filter("residual");
  plan.filter.reading = f.text("reading") == "capture" ? filter::Reading::capture : filter::Reading::file;
  plan.filter.native_words = f.texts("native_words");
  plan.convert_snaplen = static_cast<std::uint32_t>(f.count("convert_snaplen"));
  plan.convert_packets = f.count("convert_packets");
  plan.asked.duration = std::chrono::milliseconds(f.number("duration_ms"));
  plan.asked.max_size = f.count("max_size");
  plan.asked.files = static_cast<std::uint32_t>(f.count("files"));
  plan.asked.packets = f.count("packets");
  plan.keeper.shell = f.text("shell");
  plan.keeper.fractional_sleep = f.truth("fractional_sleep");
  plan.keeper.settle_seconds = static_cast<unsigned>(f.count("settle_seconds"));
  for (auto& path : f.texts("plan_files")) plan.files.push_back({std::move(path), {}, {}});
  plan.steps.push_back({StepKind::start, "Capture", {{f.texts("command"), {}}}, {}});
  return plan;
}

HostFacts facts_of(Fields& f) {
  HostFacts facts;
  facts.os_release = f.text("os_release");
  facts.kernel = f.text("kernel");
  facts.hostname = f.text("hostname");
  facts.tool_version = f.text("tool_version");
  facts.tool_library = f.text("tool_library");
  for (const Json& item : f.list("interfaces")) {
    Fields one(item, f.path("interfaces"));
    HostInterface interface;
    interface.name = one.text("name");
    interface.up = one.truth("up");
    interface.loopback = one.truth("loopback");
    interface.is_default = one.truth("is_default");
    facts.interfaces.push_back(std::move(interface));
    f.take_problem(one);
  }
  return facts;
}

void read_target(Fields& f, SessionRecord& record) {
  record.target.destination = f.text("destination");
  const auto become = become_named(f.text("become"));
  if (!become) f.refuse("become", "a way to the superuser's rights");
  record.target.become = become.value_or(Become::none);
  record.connections = f.texts("connections");
  record.include_control = f.truth("include_control");
  if (!check_destination(record.target.destination)) f.refuse("destination", "a host");
}

}  // namespace

const char* to_string(State state) {
  return state_names[static_cast<std::size_t>(state)];
}

Json to_json(const SessionRecord& record) {
  Json interfaces = Json::array();
  for (const auto& one : record.facts.interfaces) interfaces.add(interface_json(one));
  Json json = Json::object().set("schema", schema);
  if (record.remote()) {
    json.set("target", Json::object()
                           .set("destination", record.target.destination)
                           .set("become", to_string(record.target.become))
                           .set("connections", Json::list(record.connections))
                           .set("include_control", record.include_control));
  }
  return json.set("state", to_string(record.state))
      .set("problem", record.problem)
      .set("profile", record.profile)
      .set("output", record.output)
      .set("overwrite", record.overwrite)
      .set("keep_native", record.keep_native)
      .set("invocation", record.invocation)
      .set("planned_ns", record.planned_ns)
      .set("started_ns", record.started_ns)
      .set("plan", plan_json(record.plan))
      .set("facts", Json::object()
                        .set("os_release", record.facts.os_release)
                        .set("kernel", record.facts.kernel)
                        .set("hostname", record.facts.hostname)
                        .set("tool_version", record.facts.tool_version)
                        .set("tool_library", record.facts.tool_library)
                        .set("interfaces", std::move(interfaces)));
}

Result<SessionRecord> record_from_json(const Json& json) {
  Fields f(json);
  if (const std::string found = f.text("schema"); found != schema)
    return fail(ErrorKind::failed, "its schema is `" + found + "`, not `" + schema + "`");
  SessionRecord record;
  const std::string state = f.text("state");
  bool known = false;
  for (std::size_t i = 0; i < state_names.size(); ++i) {
    if (state != state_names[i] || static_cast<State>(i) == State::lost) continue;
    record.state = static_cast<State>(i);
    known = true;
  }
  if (!known) return fail(ErrorKind::failed, "`" + state + "` is not a state");
  record.problem = f.text("problem");
  record.profile = f.text("profile");
  record.output = f.text("output");
  record.overwrite = f.truth("overwrite");
  record.keep_native = f.truth("keep_native");
  record.invocation = f.text("invocation");
  record.planned_ns = f.number("planned_ns");
  record.started_ns = f.number("started_ns");
  if (f.has("target")) {
    Fields target(f.object("target"), "target");
    read_target(target, record);
    f.take_problem(target);
  }
  Fields plan(f.object("plan"), "plan");
  record.plan = plan_of(plan);
  f.take_problem(plan);
  Fields facts(f.object("facts"), "facts");
  record.facts = facts_of(facts);
  f.take_problem(facts);
  if (!f.problem().empty()) return fail(ErrorKind::failed, f.problem());
  return record;
}

}  // namespace anchoko::session
