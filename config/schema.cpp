#include "config/schema.h"

namespace anchoko::config {

const std::vector<ProfileKey>& profile_keys() {
  static const std::vector<ProfileKey> keys{
      {"", "description", KeyType::text, &Profile::description, "", R"("DNS queries and answers")", "",
       "One line for lists of profiles. Not inherited."},
      {"", "extends", KeyType::text, &Profile::extends, "", R"("base")", "",
       "The profile that gives every value not written here: a name, or a path relative to this file."},
      {"", "accept", KeyType::text_list, &Profile::accept, "[]", R"(["nic-link-flap"])", "--accept",
       "Hazards accepted, by their id."},
      {"capture", "filter", KeyType::filter, &Profile::filter, R"("")", R"("udp port 53 or tcp port 53")",
       "-f", "Which packets, as pcap-filter text. Empty: all."},
      {"capture", "interface", KeyType::interfaces, &Profile::interfaces, R"("default")",
       R"(["eth0", "eth1"])", "-i",
       R"("default" is the interface of the default route, "any" all of them; otherwise a name or a list of names.)"},
      {"capture",
       "snaplen",
       KeyType::snaplen,
       &Profile::snaplen,
       R"("full")",
       "128",
       "--snaplen",
       R"(Bytes kept of each packet; "full" keeps whole packets.)",
       {},
       1,
       262144},
      {"capture", "promiscuous", KeyType::boolean, &Profile::promiscuous, "false", "true", "--promiscuous",
       "Also packets for other machines, where the interface sees them."},
      {"capture",
       "direction",
       KeyType::choice,
       &Profile::direction,
       R"("both")",
       R"("in")",
       "--direction",
       "Packets received, sent, or both.",
       {"both", "in", "out"}},
      {"capture",
       "push",
       KeyType::choice,
       &Profile::push,
       R"("safe")",
       R"("none")",
       "--no-pushdown",
       R"("safe" lets the native tool filter what it can say exactly or wider; "none" leaves all filtering to the conversion.)",
       {"safe", "none"}},
      {"capture", "assume", KeyType::text_list, &Profile::assume, "[]",
       R"(["netsh-protocol-extension-headers"])", "--assume",
       "Open facts about the native tool taken as true, by their name."},
      {"limits", "duration", KeyType::duration, &Profile::duration, R"("10m")", R"("1h30m")", "--for",
       "How long. Never without: zero is refused."},
      {"limits", "max_size", KeyType::size, &Profile::max_size, R"("1GiB")", R"("100MiB")", "--max-size",
       "Size of one native file. 0: no limit."},
      {"limits",
       "files",
       KeyType::integer,
       &Profile::files,
       "1",
       "4",
       "",
       "More than 1: a ring of that many files, the oldest overwritten.",
       {},
       1,
       65535},
      {"limits",
       "packets",
       KeyType::integer,
       &Profile::packets,
       "0",
       "1000",
       "--packets",
       "How many packets that match. 0: no limit.",
       {},
       0,
       std::uint64_t{INT64_MAX}},
      {"limits", "min_free", KeyType::size, &Profile::min_free, R"("1GiB")", R"("5GB")", "",
       "Free disk space that the capture must leave. 0: no floor."},
      {"output", "directory", KeyType::text, &Profile::directory, R"("captures")", R"("/srv/captures")", "",
       "Folder for the finished pcapng."},
  };
  return keys;
}

const ProfileKey* find_key(const std::string& table, const std::string& key) {
  for (const ProfileKey& one : profile_keys()) {
    if (one.table == table && one.key == key) return &one;
  }
  return nullptr;
}

const std::vector<ParameterKey>& parameter_keys() {
  static const std::vector<ParameterKey> keys{
      {"type", "a type", R"("address")",
       "What its values are, see below. Needed, but where only an inherited parameter is changed."},
      {"default", "a string or an integer", R"("192.0.2.53")",
       "The value where no `--set` gives one. Without it a value must be given, but for `narrow`."},
      {"help", "a string", R"("the name server")", "What it is, for lists and for messages."},
      {"allowed", "an array of strings", R"(["tcp", "udp"])", R"(The words of `type = "choice"`.)"},
      {"narrow", "a string", R"("host {server}")",
       "Joined to `capture.filter` with `and` when the parameter has a value, so that giving one is "
       "optional."},
  };
  return keys;
}

std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += "\"" + words[i] + "\"";
  }
  return text;
}

std::string expectation(const ProfileKey& key) {
  const std::string range = "between " + std::to_string(key.minimum) + " and " + std::to_string(key.maximum);
  const bool open_ended = key.maximum == std::uint64_t{INT64_MAX};
  switch (key.type) {
    case KeyType::text:
    case KeyType::filter:
      return "a string";
    case KeyType::text_list:
      return "an array of strings";
    case KeyType::interfaces:
      return "a string or an array of strings";
    case KeyType::boolean:
      return "true or false";
    case KeyType::integer:
      return open_ended ? std::to_string(key.minimum) + " or a larger integer" : "an integer " + range;
    case KeyType::snaplen:
      return "\"full\" or an integer " + range;
    case KeyType::duration:
      return "a duration";
    case KeyType::size:
      return "a size";
    case KeyType::choice:
      return one_of(key.allowed);
  }
  return "";
}

}  // namespace anchoko::config
