// A session as it is now, for a person and as JSON.
#pragma once

#include <string>
#include <vector>

#include "cli/render/table.h"
#include "core/base/json.h"
#include "core/session/capture_session.h"

namespace anchoko::cli {

// "12s, 48s left, 1.2 MiB, 3,456 packets": for a progress line.
std::string live_text(const session::LiveState& now);

// What 'anchoko status' knows of one session: its journal, and its target where that could be asked.
struct SessionView {
  std::string id;
  std::optional<session::SessionRecord> record;
  std::optional<session::LiveState> now;
  std::string problem;  // why one of them is missing
};

Table session_table(const std::vector<SessionView>& views);
Json to_json(const SessionView& view);

}  // namespace anchoko::cli
