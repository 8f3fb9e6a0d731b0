#include "cli/render/outcome.h"

#include <map>

#include <doctest/doctest.h>

using namespace anchoko;
using Reasons = std::vector<std::string>;

TEST_CASE("a whole conversion has no shortfall") {
  convert::Outcome outcome;
  outcome.records_in = 10;
  outcome.records_out = 4;
  outcome.filtered_out = 6;
  CHECK(cli::shortfalls(outcome).empty());
}

TEST_CASE("damage and records that could not be judged are shortfalls") {
  convert::Outcome outcome;
  outcome.loss.damage_count = 2;
  outcome.loss.lost_bytes = 1500;
  outcome.loss.unfiltered["BLUETOOTH_HCI_H4"] = 3;
  CHECK(
      cli::shortfalls(outcome) ==
      Reasons{"the input is damaged in 2 places, 1,500 bytes lost",
              "3 packets kept without judging: the filter cannot be applied to link type BLUETOOTH_HCI_H4"});
}

TEST_CASE("dropped packets are shortfalls, zero drops are not") {
  session::CaptureOutcome outcome;
  outcome.conversion.records_in = outcome.conversion.records_out = 5;
  outcome.stats.captured = 5;
  outcome.stats.dropped_by_kernel = 0;
  outcome.stats.dropped_by_interface = 0;
  CHECK(cli::shortfalls(outcome, true).empty());
  outcome.stats.dropped_by_kernel = 1;
  outcome.stats.dropped_by_interface = 2;
  CHECK(cli::shortfalls(outcome, true) ==
        Reasons{"1 packet dropped by the kernel", "2 packets dropped by the interface"});
}

TEST_CASE("no packets: well, unless they were expected or the capture is incomplete") {
  session::CaptureOutcome outcome;
  outcome.stats.captured = 0;
  CHECK(cli::shortfalls(outcome, false).empty());
  CHECK(cli::shortfalls(outcome, true) == Reasons{"packets were expected and there are none"});
  outcome.incomplete = {"the tool counted 7 packets, its file holds 0"};
  CHECK(cli::shortfalls(outcome, false) == outcome.incomplete);
}

TEST_CASE("damage notes are limited and say so") {
  convert::LossReport loss;
  loss.damage = {"a", "b", "c"};
  loss.damage_count = 3;
  CHECK(cli::damage_notes(loss, 5) == Reasons{"a", "b", "c"});
  loss.damage_count = 1200;
  CHECK(cli::damage_notes(loss, 2) == Reasons{"a", "b", "and 1,198 more"});
}

TEST_CASE("what many inputs tell is limited by input and says so") {
  const Reasons lines{"a: 1", "a: 2", "b: 1", "c: 1", "c: 2"};
  CHECK(cli::lines_of_inputs(lines, 3, 3) == lines);
  CHECK(cli::lines_of_inputs(lines, 3, 1, "lost ", " of it") ==
        Reasons{"lost a: 1 of it", "lost a: 2 of it", "and 2 more inputs"});
  CHECK(cli::lines_of_inputs({"x: 1", "y: 2", "z: 3"}, 1, 1) == Reasons{"x: 1", "y: 2", "z: 3"});
  convert::Outcome outcome;
  outcome.input_formats.assign(600, "etl");
  for (int i = 0; i < 600; ++i) outcome.facts.left_out.push_back(std::to_string(i) + ".etl: 3 records");
  Reasons told;
  for (const auto& field : cli::summary(outcome, "x.pcapng", 5)) {
    if (field.name == "left out") told.push_back(field.value);
  }
  REQUIRE(told.size() == 6);
  CHECK(told.back() == "and 595 more inputs");
}

TEST_CASE("the summary of a ring tells what was captured and what of it was overwritten") {
  session::CaptureOutcome outcome;
  outcome.conversion.records_in = outcome.conversion.records_out = 2162;
  outcome.overwritten = 2838;
  outcome.ended_by = "lost";
  CapturePlan plan;
  plan.backend = "tcpdump";
  plan.asked.files = 3;
  std::map<std::string, std::string> fields;
  for (const auto& field : cli::summary(outcome, plan, "x.pcapng")) fields[field.name] = field.value;
  CHECK(fields["captured"].starts_with("5,000 packets by tcpdump"));
  CHECK(fields["overwritten"] == "2,838 packets by the ring of 3 files");
  CHECK(fields["ended"].find("from outside") != std::string::npos);
}

TEST_CASE("the summary tells why there are packets behind the time that was asked for") {
  session::CaptureOutcome outcome;
  outcome.duration = std::chrono::seconds(3);
  outcome.ended_by = "duration";
  CapturePlan plan;
  plan.backend = "tcpdump";
  plan.interface = "lo";
  plan.asked.duration = std::chrono::seconds(1);
  const auto captured = [&] { return cli::summary(outcome, plan, "x.pcapng")[2].value; };
  CHECK(captured() == "0 packets by tcpdump on lo in 3s: 1s as asked, then until the tool had written all");
  outcome.ended_by = "request";
  CHECK(captured() == "0 packets by tcpdump on lo in 3s");
}
