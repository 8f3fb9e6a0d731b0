#include "core/formats/etl/facts.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace anchoko::formats::etl {
namespace {

constexpr std::size_t max_providers = 4096;
constexpr std::size_t providers_shown = 20;

struct KnownProvider {
  Guid guid;
  const char* name;
};
constexpr std::array known_providers{
    KnownProvider{provider::ndis, "Microsoft-Windows-NDIS-PacketCapture"},
    KnownProvider{provider::pktmon, "Microsoft-Windows-PktMon"},
    KnownProvider{provider::ras, "Microsoft-Windows-Ras-NdisWanPacketCapture"},
    KnownProvider{make_guid(0x2f07e2ee, 0x15db, 0x40f1, 0x90ef9d7ba282188a), "Microsoft-Windows-TCPIP"},
    KnownProvider{make_guid(0xe53c6823, 0x7bb8, 0x44bb, 0x90dc3f86090d48a6), "Microsoft-Windows-Winsock-AFD"},
    KnownProvider{make_guid(0x55404e71, 0x4db9, 0x4deb, 0xa5f58f86e46dde56),
                  "Microsoft-Windows-Winsock-NameResolution"},
    KnownProvider{make_guid(0x1c95126e, 0x7eea, 0x49a9, 0xa3fea378b03ddb4d), "Microsoft-Windows-DNS-Client"},
    KnownProvider{make_guid(0x50b3e73c, 0x9370, 0x461d, 0xbb9f26f32d68887d), "Microsoft-Windows-WebIO"},
    KnownProvider{make_guid(0x43d1a55c, 0x76d6, 0x4f7e, 0x995c64c711e5cafe), "Microsoft-Windows-WinINet"},
    KnownProvider{make_guid(0xdd5ef90a, 0x6398, 0x47a4, 0xad344dcecdef795f), "Microsoft-Windows-HttpService"},
    KnownProvider{make_guid(0x22fb2cd6, 0x0e7b, 0x422b, 0xa0c72fad1fd0e716),
                  "Microsoft-Windows-Kernel-Process"},
    KnownProvider{make_guid(0x7dd42a49, 0x5329, 0x4832, 0x8dfd43d979153a88),
                  "Microsoft-Windows-Kernel-Network"},
    KnownProvider{make_guid(0xe13c0d23, 0xccbc, 0x4e12, 0x931bd9cc2eee27e4),
                  "Microsoft-Windows-DotNETRuntime"},
    KnownProvider{make_guid(0x9b79ee91, 0xb5fd, 0x41c0, 0xa2434248e266e9d0), "SystemConfigEx"},
    KnownProvider{make_guid(0xbbccf6c1, 0x6cd1, 0x48c4, 0x80ff839482e37671), "event metadata"},
};

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string counted(std::uint64_t count, const char* one) {
  return number(count) + " " + one + (count == 1 ? "" : "s");
}

std::string guid_text(const Guid& guid) {
  std::array<char, 40> text{};
  const auto swapped = std::byteswap(guid.high);
  std::snprintf(text.data(), text.size(), "{%08x-%04x-%04x-%04x-%012llx}", static_cast<unsigned>(guid.low),
                static_cast<unsigned>(guid.low >> 32 & 0xffff), static_cast<unsigned>(guid.low >> 48),
                static_cast<unsigned>(swapped >> 48),
                static_cast<unsigned long long>(swapped & 0xffffffffffff));
  return text.data();
}

void add(FileFacts& facts, const char* name, std::vector<std::string> lines) {
  if (!lines.empty()) facts.list.push_back({name, std::move(lines)});
}

void tell_session(const WholeTrace& trace, FileFacts& facts) {
  const LogfileHeader& header = trace.header;
  add(facts, "system", {header.windows() + ", " + counted(header.processors, "processor")});
  std::string session = header.session.empty() ? "without a name" : "'" + header.session + "'";
  if ((header.mode & logfile::mode_circular) != 0) session += ", circular: later events overwrite the first";
  if ((header.mode & logfile::mode_append) != 0) session += ", appended to an earlier trace";
  if (header.end_time == 0) session += ", not ended when the file was copied";
  add(facts, "session", {session});
  if (!header.file.empty()) add(facts, "logged to", {header.file});
  add(facts, "clock", {trace.clock.description()});
  add(facts, "buffers",
      {number(trace.survey.buffer_count) +
       ((header.mode & logfile::mode_compressed) != 0 ? ", compressed" : "")});
}

constexpr const char not_stopped[] =
    "the session was not stopped when the file was copied: what its buffers still held is missing";

// "5 events and 2 buffers of events"; empty: none.
std::string lost_words(const Survey& survey) {
  std::string words;
  if (survey.events_lost > 0) words = counted(survey.events_lost, "event");
  if (survey.buffers_lost > 0)
    words += (words.empty() ? "" : " and ") + counted(survey.buffers_lost, "buffer") + " of events";
  return words;
}

void tell_losses(const WholeTrace& trace, FileFacts& facts) {
  const Survey& survey = trace.survey;
  facts.lost = survey.events_lost + survey.buffers_lost;
  if (const auto words = lost_words(survey); !words.empty()) {
    facts.lost_words.push_back(words);
  } else if (survey.flagged_losses > 0) {
    const bool one = survey.flagged_losses == 1;
    facts.lost_words.push_back("events before " + counted(survey.flagged_losses, "buffer") +
                               (one ? " that tells so" : " that tell so"));
  }
  add(facts, "events lost", {number(survey.events_lost)});
  add(facts, "buffers lost", {number(survey.buffers_lost)});
  if (survey.flagged_losses > 0) {
    *facts.lost = std::max(*facts.lost, survey.flagged_losses);
    add(facts, "marked losses",
        {counted(survey.flagged_losses, "buffer") + " with a mark that events before it were lost"});
  }
}

void tell_uncertain(const WholeTrace& trace, FileFacts& facts) {
  const Survey& survey = trace.survey;
  if (survey.overwritten > 0) {
    const std::string words =
        counted(survey.overwritten, "buffer") + (survey.overwritten == 1 ? " was" : " were") + " overwritten";
    add(facts, "overwritten", {words});
    facts.uncertain.push_back("the file is circular: " + words + " by later ones");
  }
  // Without packets it is among the reasons for that.
  if (trace.survey.not_stopped && trace.delivered.records > 0) facts.uncertain.emplace_back(not_stopped);
  if (survey.unwritten_end)
    facts.uncertain.emplace_back("the file ends in zeros: buffers that were never written");
  if (trace.delivered.without_time > 0) {
    const std::string why =
        trace.clock.problem().empty() ? "theirs are before 1970 or after 2262" : trace.clock.problem();
    facts.uncertain.push_back(counted(trace.delivered.without_time, "packet") + " without a time: " + why);
  }
}

void tell_providers(const WholeTrace& trace, FileFacts& facts) {
  std::vector<std::string> lines;
  const auto counts = trace.providers.most_first();
  std::uint64_t rest = trace.providers.others();
  for (const auto& count : counts) {
    if (lines.size() < providers_shown) {
      lines.push_back(counted(count.events, "event") + " of " + provider_text(count.by));
    } else {
      rest += count.events;
    }
  }
  if (rest > 0) lines.push_back(counted(rest, "event") + " of other providers");
  if (trace.survey.kernel_events > 0)
    lines.push_back(counted(trace.survey.kernel_events, "event") + " of the kernel");
  if (trace.survey.messages > 0) lines.push_back(counted(trace.survey.messages, "message") + " (WPP)");
  add(facts, "events", std::move(lines));
}

void tell_left_out(const WholeTrace& trace, FileFacts& facts) {
  const Delivered& delivered = trace.delivered;
  if (delivered.copies_left_out > 0)
    facts.left_out.push_back(counted(delivered.copies_left_out, "record") +
                             " of packets at other layers or components" +
                             (trace.pktmon.packets_elsewhere() > 0
                                  ? " (" + counted(trace.pktmon.packets_elsewhere(), "packet") +
                                        " crossed no network adapter, as between virtual machines)"
                                  : "") +
                             ": --all-components keeps them");
  if (delivered.uncounted_left_out > 0)
    facts.left_out.push_back(
        counted(delivered.uncounted_left_out, "record") +
        " of packets at no network adapter: this build does not tell copies from packets that cross none, as "
        "between virtual machines; --all-components keeps them");
  if (delivered.drops_left_out > 0)
    facts.left_out.push_back(counted(delivered.drops_left_out, "record") +
                             " of packets that the system dropped: --drops keeps them");
  if (trace.pktmon.packets() > 0 && !trace.options.all_components) {
    const std::string repeats = "are kept, so that a packet may come several times";
    if (!trace.pktmon.has_components()) {
      facts.left_out.push_back(
          "no copies: the table of components is missing, as at the end of a cut file; all "
          "records " +
          repeats);
    } else if (const auto unknown = trace.pktmon.undescribed_with_packets(); unknown > 0) {
      const std::string lacks =
          "the table of components lacks " + counted(unknown, "component") + ", as where its end was lost; ";
      facts.left_out.push_back("no copies: " + lacks +
                               (trace.pktmon.selects() ? "their records " : "all records ") + repeats);
    } else if (!trace.pktmon.selects()) {
      facts.left_out.push_back(
          "no copies: no packet was logged at a network adapter; those of all components " + repeats);
    }
  }
  std::vector<std::string> about;
  if (trace.pktmon.headers_only() > 0)
    about.push_back(counted(trace.pktmon.headers_only(), "event") +
                    " with the headers of packets only: they were logged without payload");
  if (trace.pktmon.unclear() > 0)
    about.push_back(counted(trace.pktmon.unclear(), "event") +
                    " (240) laid out as packets: what they are for is not known, so they are not taken");
  if (trace.pktmon.others() > 0)
    about.push_back(counted(trace.pktmon.others(), "event") + " about lists of packets, without their bytes");
  add(facts, "about packets", std::move(about));
}

// Before Windows 8 netsh trace knows no report=disabled; before build 19041 pktmon logs packets with other
// options and --capture is none of them (manual pages of the tools).
void tell_command(const LogfileHeader& header, bool pktmon, FileFacts& facts) {
  constexpr std::uint32_t windows_8 = 9200;
  constexpr std::uint32_t first_with_capture = 19041;
  std::string start = "netsh trace start capture=yes ";
  if (header.build == 0 || header.build >= windows_8) start += "report=disabled ";
  start += "maxSize=250 traceFile=C:\\trace.etl";
  if (pktmon)
    start = header.build != 0 && header.build < first_with_capture
                ? "pktmon start --etw -p 0 -f C:\\trace.etl"
                : "pktmon start --capture --pkt-size 0 --file-name C:\\trace.etl";
  facts.why_empty.push_back("this captures packets: " + start);
  facts.why_empty.push_back(std::string("and this ends the capture: ") +
                            (pktmon ? "pktmon stop" : "netsh trace stop"));
}

// The likely reasons, the likeliest first.
void tell_why_empty(const WholeTrace& trace, FileFacts& facts) {
  auto& why = facts.why_empty;
  const Delivered& delivered = trace.delivered;
  if (delivered.drops_left_out > 0) {
    why.emplace_back("all packets of the trace are ones that the system dropped: --drops shows them");
    return;
  }
  const bool damaged = trace.damaged_places > 0;
  if (damaged)
    why.push_back("the file is damaged or cut in " + counted(trace.damaged_places, "place") +
                  ": packets may have stood there");
  const bool netsh = trace.ndis.any();
  const bool pktmon = trace.pktmon.any();
  if (trace.pktmon.headers_only() > 0) {
    why.emplace_back("pktmon logged headers of packets only, without payload");
  } else if (netsh) {
    why.emplace_back("the packet capture of netsh trace ran and logged no packet: " +
                     std::string(trace.ndis.rules().empty()
                                     ? "there was no traffic, or it was stopped too soon"
                                     : "its filter let none pass, there was no traffic, or it was stopped "
                                       "too soon"));
  } else if (pktmon) {
    why.emplace_back(trace.pktmon.filters().empty()
                         ? "pktmon ran and logged no packet: it counted only (no --capture), or there was no "
                           "traffic"
                         : "pktmon ran and logged no packet: its filters let none pass, or it counted only "
                           "(no --capture)");
  } else if (trace.survey.events == 0 && !damaged) {
    why.emplace_back(
        "the trace holds no events at all: no provider was switched on, or it was stopped at once");
  } else if (trace.survey.events > 0) {
    why.emplace_back(
        "neither the packet capture of netsh trace (capture=yes) nor pktmon was on: the events "
        "are of other providers");
  }
  for (const auto& problem : trace.ndis.problems()) why.push_back(problem);
  if (const auto words = lost_words(trace.survey); !words.empty())
    why.push_back("the session lost " + words + ": packets may be among them");
  if ((trace.header.mode & logfile::mode_circular) != 0)
    why.emplace_back("the file is circular: packets may have been overwritten");
  if (trace.survey.not_stopped) why.emplace_back(not_stopped);
  tell_command(trace.header, pktmon, facts);
}

}  // namespace

void ProviderCounts::take(const Guid& by) {
  if (last_ < counts_.size() && counts_[last_].by == by) [[likely]] {
    ++counts_[last_].events;
    return;
  }
  const auto key = std::pair(by.low, by.high);
  auto found = places_.find(key);
  if (found == places_.end()) {
    if (counts_.size() >= max_providers) {
      ++others_;
      return;
    }
    found = places_.emplace(key, counts_.size()).first;
    counts_.push_back({by, 0});
  }
  last_ = found->second;
  ++counts_[last_].events;
}

std::vector<ProviderCounts::Count> ProviderCounts::most_first() const {
  auto sorted = counts_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Count& left, const Count& right) { return left.events > right.events; });
  return sorted;
}

std::string provider_text(const Guid& guid) {
  for (const auto& known : known_providers) {
    if (known.guid == guid) return known.name + (" " + guid_text(guid));
  }
  return guid_text(guid);
}

FileFacts tell(const WholeTrace& trace) {
  FileFacts facts;
  tell_session(trace, facts);
  tell_losses(trace, facts);
  tell_uncertain(trace, facts);
  tell_providers(trace, facts);
  add(facts, "capture rules", trace.ndis.rules());
  add(facts, "capture problems", trace.ndis.problems());
  add(facts, "capture filters", trace.pktmon.filters());
  tell_left_out(trace, facts);
  if (trace.delivered.records == 0) tell_why_empty(trace, facts);
  return facts;
}

}  // namespace anchoko::formats::etl
