// What a trace file tells beside its packets, in words.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/formats/capture_format.h"
#include "core/formats/etl/logfile_header.h"
#include "core/formats/etl/ndis.h"
#include "core/formats/etl/pktmon.h"
#include "core/formats/etl/survey.h"

namespace anchoko::formats::etl {

// Events by provider.
class ProviderCounts {
 public:
  void take(const Guid& by);

  struct Count {
    Guid by;
    std::uint64_t events = 0;
  };
  std::vector<Count> most_first() const;
  std::uint64_t others() const { return others_; }  // of providers beyond the number that is counted apart

 private:
  std::vector<Count> counts_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> places_;
  std::size_t last_ = 0;
  std::uint64_t others_ = 0;
};

// "Microsoft-Windows-TCPIP {2f07e2ee-…}", or the GUID alone.
std::string provider_text(const Guid& guid);

struct Delivered {
  std::uint64_t records = 0;
  std::uint64_t copies_left_out = 0;
  std::uint64_t uncounted_left_out = 0;  // copies, as far as the build tells
  std::uint64_t drops_left_out = 0;
  std::uint64_t without_time = 0;  // of the records
};

struct WholeTrace {
  const LogfileHeader& header;
  const Clock& clock;
  const Survey& survey;
  const ProviderCounts& providers;
  const NdisFacts& ndis;
  const PktmonFacts& pktmon;
  const ReadOptions& options;
  Delivered delivered;
  std::uint64_t damaged_places = 0;
};
FileFacts tell(const WholeTrace& trace);

}  // namespace anchoko::formats::etl
