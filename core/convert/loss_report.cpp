#include "core/convert/loss_report.h"

#include "core/formats/record_limits.h"

namespace anchoko::convert {

void add_report(LossReport& loss, const std::string& file, const formats::ReadReport& report) {
  loss.damage_count += report.damage_count;
  loss.lost_bytes += report.lost_bytes;
  loss.skipped_blocks += report.skipped_blocks;
  loss.skipped_options += report.skipped_options;
  loss.rounded_times += report.rounded_times;
  for (const auto& damage : report.damage) {
    if (loss.damage.size() >= formats::max_damage_details) break;
    loss.damage.push_back((damage.file.empty() ? file : damage.file) + ": byte " +
                          std::to_string(damage.offset) + ": " + damage.what);
  }
}

Json to_json(const LossReport& loss) {
  Json json = Json::object();
  json.set("partial", loss.partial());
  json.set("damage_count", loss.damage_count);
  json.set("damage", Json::list(loss.damage));
  json.set("lost_bytes", loss.lost_bytes);
  json.set("skipped_blocks", loss.skipped_blocks);
  json.set("skipped_options", loss.skipped_options);
  json.set("rounded_times", loss.rounded_times);
  json.set("untimed", loss.untimed);
  json.set("shortened", loss.shortened);
  json.set("out_of_order", loss.out_of_order);
  Json unfiltered = Json::object();
  for (const auto& [link_type, count] : loss.unfiltered) unfiltered.set(link_type, count);
  json.set("unfiltered", std::move(unfiltered));
  return json;
}

}  // namespace anchoko::convert
