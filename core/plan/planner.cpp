#include "core/plan/planner.h"

#include <algorithm>
#include <string_view>

#include "core/plan/legalize.h"

namespace anchoko::plan {

Result<CapturePlan> make_plan(const Backend& backend, const SessionSpec& spec, const HostFacts& facts,
                              const std::string& session_id) {
  const LoweredFilter lowered = legalize(spec.filter, backend.dialect(), DialectContext{spec, facts});
  auto plan = backend.plan(spec, facts, lowered, session_id);
  if (!plan) return plan;
  plan->backend = backend.info().name;
  plan->session_id = session_id;
  plan->filter = lowered;
  if (plan->os.empty()) plan->os = facts.os;
  if (plan->host.empty()) plan->host = facts.hostname.empty() ? "localhost" : facts.hostname;
  return plan;
}

Result<void> check_hazards(const CapturePlan& plan, const SessionSpec& spec) {
  const auto accepted = [&](const Hazard& h) {
    return std::find(spec.accepted_hazards.begin(), spec.accepted_hazards.end(), h.id) !=
           spec.accepted_hazards.end();
  };
  std::string open;
  std::string flags;
  for (const auto& hazard : plan.hazards) {
    if (hazard.severity != HazardSeverity::high || accepted(hazard)) continue;
    open += (open.empty() ? "" : "; ") + hazard.id + ": " + hazard.text_en;
    flags += " --accept " + hazard.id;
  }
  if (open.empty()) return {};
  return fail(ErrorKind::refused, "not started, a known danger has not been accepted: " + open,
              "accept it with" + flags);
}

std::string new_session_id(std::int64_t unix_seconds, std::uint32_t random) {
  // Crockford's alphabet: no i, l, o, u. Its order is that of ASCII, so ids sort by time.
  static constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id(7 + 1 + 4, '-');
  for (std::size_t i = 7; i-- > 0; unix_seconds /= 32)
    id[i] = alphabet[static_cast<std::size_t>(unix_seconds % 32)];
  for (std::size_t i = 12; i-- > 8; random /= 32) id[i] = alphabet[random % 32];
  return id;
}

bool is_session_id(const std::string& word) {
  return !word.empty() && word.size() <= 40 && word.front() != '-' &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace anchoko::plan
