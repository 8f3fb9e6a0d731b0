#include "core/convert/pipeline.h"

namespace anchoko::convert {

Json to_json(const Outcome& outcome) {
  Json json = Json::object();
  json.set("format", outcome.format);
  json.set("input_formats", Json::list(outcome.input_formats));
  json.set("records_in", outcome.records_in);
  json.set("records_out", outcome.records_out);
  json.set("filtered_out", outcome.filtered_out);
  json.set("control", outcome.control);
  json.set("output_bytes", outcome.output_bytes);
  json.set("verified", outcome.verified);
  json.set("put_in_order", outcome.put_in_order);
  json.set("stopped_early", outcome.stopped_early);
  json.set("copies_left_out", outcome.copies_left_out);
  json.set("left_out", Json::list(outcome.facts.left_out));
  json.set("why_empty", Json::list(outcome.facts.why_empty));
  json.set("lost_by_capture", outcome.facts.lost.value_or(0));
  json.set("ring_gaps", Json::list(outcome.ring_gaps));
  Json not_held = Json::object();
  for (const auto& entry : outcome.not_held)
    not_held.set(entry.key, Json::object().set("what", entry.what).set("count", entry.count));
  json.set("not_held", std::move(not_held));
  json.set("first_ns", outcome.first_ns ? Json(*outcome.first_ns) : Json());
  json.set("last_ns", outcome.last_ns ? Json(*outcome.last_ns) : Json());
  json.set("loss", to_json(outcome.loss));
  return json;
}

}  // namespace anchoko::convert
