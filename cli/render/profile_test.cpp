#include "cli/render/profile.h"

#include <doctest/doctest.h>

using namespace anchoko;

TEST_CASE("a resolved request is TOML that asks for the same") {
  config::ProfileView view;
  SessionSpec& spec = view.spec;
  spec.filter_text = "host \"a\\b\"\n or tcp";
  spec.interface_choice = InterfaceChoice::named;
  spec.interfaces = {"eth0", "eth1"};
  view.filter = spec.filter_text;
  view.interfaces = spec.interfaces;
  spec.snaplen = 96;
  spec.direction = CaptureDirection::in;
  spec.push = Push::none;
  spec.limits.duration = std::chrono::seconds(90);
  spec.limits.max_size = 500'000'000;
  spec.limits.min_free = 1536;
  spec.backend_options = {{"persistent", "true"}, {"report", "disabled"}};
  spec.origins = {{"capture.filter", "profile dns"}, {"limits.duration", "flag --for"}};
  const auto values = cli::resolved_values(view, "netsh");
  CHECK(cli::to_toml(values, false) ==
        "accept      = []\n"
        "\n[capture]\n"
        "filter      = \"host \\\"a\\\\b\\\"\\n or tcp\"\n"
        "interface   = [\"eth0\", \"eth1\"]\n"
        "snaplen     = 96\n"
        "promiscuous = false\n"
        "direction   = \"in\"\n"
        "push        = \"none\"\n"
        "assume      = []\n"
        "\n[limits]\n"
        "duration    = \"90s\"\n"
        "max_size    = \"500MB\"\n"
        "files       = 1\n"
        "packets     = 0\n"
        "min_free    = \"1536\"\n"
        "\n[output]\n"
        "directory   = \"captures\"\n"
        "\n[backend.netsh]\n"
        "persistent  = true\n"
        "report      = \"disabled\"\n");
  const std::string with_origins = cli::to_toml(values, true);
  CHECK(with_origins.find("# profile dns\n") != std::string::npos);
  CHECK(with_origins.find("duration    = \"90s\"") != std::string::npos);
  CHECK(with_origins.find("# flag --for\n") != std::string::npos);
  CHECK(with_origins.find("snaplen     = 96                        ") != std::string::npos);
  CHECK(cli::to_json(values).find("limits.max_size")->dump(-1) ==
        R"({"value":500000000,"origin":"default"})");
}
