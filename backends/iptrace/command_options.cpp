// What each option asks for (reference: sections 1 and 2). The filter is what the manual says in the widest
// reading: kinds are ANDed, values in a list ORed.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "backends/iptrace/command.h"
#include "core/backend/option_uses.h"
#include "core/base/diagnostic.h"
#include "core/filter/address.h"
#include "core/filter/names.h"

namespace anchoko::iptrace {
namespace {

using filter::FilterExpr;
using filter::Primitive;
using filter::PrimitiveKind;

struct Row {
  char letter;
  const char* argument;
};

std::vector<OptionSpec> make_options(const std::string& program, const std::vector<Row>& rows) {
  std::vector<OptionSpec> options;
  for (const auto& row : rows) {
    OptionSpec spec;
    spec.id = (program.empty() ? "" : program + " ") + "-" + row.letter;
    spec.letter = row.letter;
    spec.argument = row.argument;
    if (const CribOption* entry = crib_table().option(spec.id)) spec.since = entry->since;
    options.push_back(std::move(spec));
  }
  return options;
}

std::optional<std::uint64_t> read_number(const std::string& text, std::uint64_t most) {
  const bool digits = !text.empty() && text.size() <= 18 &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  const std::uint64_t value = std::strtoull(text.c_str(), nullptr, 10);
  return value <= most ? std::optional(value) : std::nullopt;
}

// A value of a list, and where it begins in it.
struct Item {
  std::string text;
  std::size_t begin;
};
std::vector<Item> items(const std::string& list) {
  std::vector<Item> result;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    result.push_back({list.substr(begin, end - begin), begin});
    begin = end + 1;
  }
  return result;
}

class Values {
 public:
  explicit Values(NativeCommand& command) : command_(command), model_(command.model) {}

  void apply(const std::vector<ScannedOption>& options) {
    model_.interface = "any";
    model_.promiscuous = false;
    for (const auto& option : options) one(option);
    sort_by_table(model_.other, tool_options());
    filter();
  }

 private:
  void problem(const char* id, TextRange where, std::vector<std::string> values, std::string hint = {}) {
    command_.problems.push_back({id, where, std::move(values), std::move(hint)});
  }

  void one(const ScannedOption& option) {
    const std::string& id = option.spec->id;
    if (!seen_.emplace(id, option).second) problem("repeated", option.where, {id});
    seen_[id] = option;
    std::erase_if(model_.other, [&](const OptionUse& use) { return use.id == id; });
    if (id == "-i") {
      model_.interface = option.value;
      if (option.value == "any") problem("no-any", option.value_where, {});
    } else if (id == "-e") {
      model_.promiscuous = true;
    } else if (id == "-L") {
      log_size(option);
    } else if (id == "-S") {
      const auto length = read_number(option.value, 0x7fffffff);
      if (!length || *length == 0) problem("bad-snaplen", option.value_where, {option.value});
      model_.snaplen = static_cast<std::uint32_t>(length.value_or(0));
    } else {
      if (id == "-u") model_.activity = CommandActivity::set_up;
      if (id == "-Q" || id == "-V") problem("unknown-meaning", option.where, {id});
      if (id == "-s" || id == "-d") host(option);
      if (id == "-p") ports(option);
      if (id == "-P") protocols(option);
      model_.other.push_back({id, option.value});
    }
  }

  void log_size(const ScannedOption& option) {
    const auto bytes = read_number(option.value, std::uint64_t{1} << 40U);
    if (!bytes || *bytes == 0) {
      problem("bad-size", option.value_where, {option.value});
      return;
    }
    model_.rotation.bytes = *bytes;
    model_.rotation.files = 2;
  }

  void host(const ScannedOption& option) {
    const auto read = filter::parse_partial_ipv4(option.value);
    if (read && read->bits == 32) {
      Primitive p;
      p.kind = PrimitiveKind::host;
      p.proto = filter::Proto::ip;
      p.ipv4 = read->value;
      (option.spec->id == "-s" ? source_ : destination_) = p;
      return;
    }
    sayable_ = false;
    const bool ipv6 = option.value.find(':') != std::string::npos;
    problem(ipv6 ? "ipv6-host" : "kept-name", option.value_where, {option.value});
  }

  TextRange where(const ScannedOption& option, const Item& item) const {
    const auto begin = static_cast<std::uint32_t>(option.value_where.begin + item.begin);
    return {begin, begin + static_cast<std::uint32_t>(item.text.size())};
  }

  void ports(const ScannedOption& option) {
    ports_.clear();
    for (const auto& item : items(option.value)) {
      const auto number = read_number(item.text, 65535);
      const auto service = filter::find_service(item.text);
      if ((!number || *number == 0) && !service) {
        problem("bad-port", where(option, item), {item.text},
                did_you_mean(item.text, filter::service_names()));
        continue;
      }
      Primitive p;
      p.kind = PrimitiveKind::port;
      p.low = p.high = number ? static_cast<std::uint16_t>(*number) : service->port;
      ports_.push_back(filter::primitive(p));
    }
    problem("open-reading", option.where, {"-p"});
  }

  void protocols(const ScannedOption& option) {
    protocols_.clear();
    for (const auto& item : items(option.value)) {
      const auto number = read_number(item.text, 255);
      const auto named = filter::find_protocol(item.text);
      if (!number && !named) {
        problem("bad-protocol", where(option, item), {item.text});
        continue;
      }
      Primitive p;
      p.kind = PrimitiveKind::proto;
      p.number = number ? static_cast<std::uint32_t>(*number) : *named;
      protocols_.push_back(filter::primitive(p));
    }
    problem("open-reading", option.where, {"-P"});
  }

  bool given(const char* id) const { return seen_.contains(id); }

  static FilterExpr end(Primitive p, filter::Direction direction) {
    p.direction = direction;
    return filter::primitive(p);
  }

  FilterExpr hosts() const {
    using filter::Direction;
    const bool both = given("-b");
    if (!source_ && !destination_) return filter::match_all();
    if (!source_ || !destination_) {
      const bool from = source_.has_value();
      return end(from ? *source_ : *destination_, both   ? Direction::unspecified
                                                  : from ? Direction::src
                                                         : Direction::dst);
    }
    auto there = filter::conjunction({end(*source_, Direction::src), end(*destination_, Direction::dst)});
    if (!both) return there;
    auto back = filter::conjunction({end(*destination_, Direction::src), end(*source_, Direction::dst)});
    return filter::disjunction({std::move(there), std::move(back)});
  }

  void filter() {
    for (const auto& use : model_.other) {
      if (std::string_view("-a -b -s -d -p -P").find(use.id) == std::string_view::npos) continue;
      model_.filter_text += (model_.filter_text.empty() ? "" : " ") + use.id;
      if (!use.value.empty()) model_.filter_text += " " + use.value;
    }
    if (given("-b") && !given("-s") && !given("-d"))
      problem("both-ways-of-nothing", seen_.at("-b").where, {});
    std::vector<FilterExpr> all;
    if (source_ || destination_) all.push_back(hosts());
    if (!protocols_.empty()) all.push_back(filter::disjunction(protocols_));
    if (!ports_.empty()) all.push_back(filter::disjunction(ports_));
    if (all.empty() && given("-a")) {
      Primitive arp;
      arp.proto = filter::Proto::arp;
      all.push_back(filter::negation(filter::primitive(arp)));
    }
    command_.filter = sayable_ ? filter::conjunction(std::move(all)) : nullptr;
  }

  NativeCommand& command_;
  CommandModel& model_;
  std::map<std::string, ScannedOption> seen_;
  bool sayable_ = true;
  std::optional<Primitive> source_;
  std::optional<Primitive> destination_;
  std::vector<FilterExpr> ports_;
  std::vector<FilterExpr> protocols_;
};

}  // namespace

const std::vector<OptionSpec>& tool_options() {
  static const std::vector<OptionSpec> options = make_options("", {{'a', ""},
                                                                   {'b', ""},
                                                                   {'B', ""},
                                                                   {'d', "HOST"},
                                                                   {'e', ""},
                                                                   {'i', "INTERFACE"},
                                                                   {'L', "BYTES"},
                                                                   {'p', "PORTS"},
                                                                   {'P', "PROTOCOLS"},
                                                                   {'Q', ""},
                                                                   {'s', "HOST"},
                                                                   {'S', "BYTES"},
                                                                   {'T', ""},
                                                                   {'u', ""},
                                                                   {'V', ""}});
  return options;
}

const std::vector<OptionSpec>& controller_options(const std::string& program) {
  static const std::vector<OptionSpec> start =
      make_options("startsrc", {{'s', "SUBSYSTEM"}, {'a', "ARGUMENTS"}});
  static const std::vector<OptionSpec> stop =
      make_options("stopsrc", {{'s', "SUBSYSTEM"}, {'c', ""}, {'f', ""}});
  static const std::vector<OptionSpec> list =
      make_options("lssrc", {{'s', "SUBSYSTEM"}, {'g', "GROUP"}, {'a', ""}});
  return program == "startsrc" ? start : program == "stopsrc" ? stop : list;
}

void apply_options(NativeCommand& command, const std::vector<ScannedOption>& options) {
  Values(command).apply(options);
}

}  // namespace anchoko::iptrace
