// Packets of Microsoft-Windows-NDIS-PacketCapture (netsh trace) and of NdisWan, and what else the first
// tells.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/formats/etl/buffer.h"
#include "core/formats/etl/frame.h"
#include "core/formats/etl/packet_event.h"
#include "core/formats/etl/record_comment.h"

namespace anchoko::formats::etl {

struct Fragment {
  std::uint32_t miniport = 0;
  std::uint32_t lower = 0;
  std::uint32_t port = 0;            // of a virtual switch
  std::span<const std::byte> names;  // of the port, the adapter behind it, its kind: UTF-16Z each
  std::span<const std::byte> bytes;
  std::uint16_t vlan = 0;       // tag control information that travelled beside the bytes; 0: none
  bool beside_damaged = false;  // what travels beside the bytes is longer than the event
};
// False: it says that it is longer than its event, or a text has no end.
bool read_fragment(const Event& event, PacketKind kind, std::uint32_t pointer_size, Fragment& fragment);

// What the first pass learns of the whole trace.
class NdisFacts {
 public:
  void take(const Event& event, PacketKind kind);

  // A packet is logged once for each layer of its adapter; the copy that has the adapter's own index is the
  // one next to the wire. True: this is another layer, and the adapter has records of its own.
  bool may_be_copy(std::uint32_t miniport, std::uint32_t lower) const;
  bool any_copies() const;
  // Which frames adapters logged themselves, and when, is learned in a pass of its own, where there may be
  // copies: what only another layer has seen is none, also when the same bytes came at another time (ARP,
  // DHCP, keepalives). Of more frames than fit, the rest is not known. Times in nanoseconds.
  static constexpr std::size_t max_own_frames = 3'000'000;
  void learn(const Frame& frame, std::int64_t time_ns);
  void end_learning();
  // The adapter has logged this frame within a second, and no other frame of this layer was taken for a copy
  // of that one.
  bool claim_copy(const Frame& frame, std::int64_t time_ns);
  // Of the layers of that adapter, in the order in which they showed: 0 is its own.
  std::uint8_t layer_of(std::uint32_t miniport, std::uint32_t lower) const;
  bool has_layers(std::uint32_t miniport) const;
  std::string name_of(std::uint32_t index) const;  // empty: not told

  bool any() const { return any_; }
  std::uint64_t packets() const { return packets_; }
  const std::vector<std::string>& rules() const { return rules_; }
  const std::vector<std::string>& problems() const { return problems_; }
  std::optional<std::uint32_t> truncation() const { return truncation_; }
  // Packets may be cut: a rule says so, or some are marked as cut.
  bool cuts() const { return truncation_ || any_cut_; }

 private:
  struct Layers {
    std::vector<std::uint32_t> others;
    bool own = false;
  };

  void take_rule(const Event& event, bool valid);

  std::map<std::uint32_t, Layers> layers_;  // by miniport
  struct OwnFrame {
    std::uint64_t hash = 0;
    std::uint32_t time_ms = 0;  // wraps
    std::uint32_t claims = 0;   // by layer
  };
  struct Claim {
    std::uint64_t hash = 0;
    std::size_t next = 0;  // index behind the frame that was claimed
  };
  std::array<Claim, 32> last_claims_;  // by layer
  std::vector<OwnFrame> own_frames_;   // in order of hash and time once all are learned
  std::uint32_t last_miniport_ = 0;
  std::uint32_t last_lower_ = 0;
  std::map<std::uint32_t, std::string> names_;
  std::vector<std::string> rules_;
  std::vector<std::string> problems_;
  std::optional<std::uint32_t> truncation_;  // bytes of each packet
  std::uint64_t packets_ = 0;
  bool any_cut_ = false;
  bool learned_ = false;
  bool any_ = false;
};

// Ids for packets that several layers of an adapter logged: the same bytes, within a second. Remembers the
// last packets, in memory of a fixed size.
class LayerCopies {
 public:
  // That of the oldest packet with this hash that the layer has not shown yet, or a new one.
  std::uint64_t identify(std::uint64_t hash, std::uint8_t layer, std::int64_t time_ns);

 private:
  static constexpr std::size_t buckets = 4096;
  static constexpr std::size_t ways = 8;
  static constexpr std::int64_t window_ns = 1'000'000'000;

  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t id = 0;  // 0: free
    std::uint64_t layers = 0;
    std::int64_t time_ns = 0;
  };
  std::vector<Entry> entries_;  // empty until there is a packet
  std::uint64_t next_id_ = 0;
};

// Makes packets of fragments.
class NdisDecoder {
 public:
  struct Options {
    std::uint32_t pointer_size = 8;
    bool all_layers = false;
  };
  // `facts` outlives it.
  NdisDecoder(NdisFacts& facts, const Options& options) : facts_(facts), options_(options) {}

  enum class Outcome { frame, nothing_yet, left_out, lost };
  // `comment` gets what belongs to the packet; with all layers of an adapter that has several, also its id,
  // which copies share. `time`: nanoseconds. Views of the frame are valid until the next call, and as long as
  // the event's.
  Outcome take(const Event& event, PacketKind kind, std::uint16_t processor, std::int64_t time, Frame& frame,
               RecordComment& comment);
  // Damage that the last call met, whatever came of it; empty: none. lost(): bytes of earlier fragments.
  const std::string& problem() const { return problem_; }
  std::uint64_t lost() const { return lost_; }

  // At the end: packets whose last fragments never came, and their bytes.
  std::uint64_t unfinished() const;
  std::uint64_t unfinished_bytes() const;

 private:
  // Fragments of one packet come from one processor, adapter and direction; those of a sent one also from
  // the thread that sends it, which another one may interrupt.
  struct Key {
    std::uint16_t processor = 0;
    std::uint32_t miniport = 0;
    std::uint32_t lower = 0;
    std::uint32_t port = 0;
    bool sent = false;
    std::uint32_t thread = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Pending {
    std::vector<std::byte> bytes;
    std::uint16_t vlan = 0;
    std::uint64_t keyword = 0;  // of all fragments
    std::int64_t time = 0;      // of the first one, as are the next two
    std::uint32_t process = 0;
    std::uint32_t thread = 0;
    std::uint64_t order = 0;  // of those that wait, the oldest is the least
  };

  Outcome assemble(const Key& key, Fragment& fragment, const Event& event, std::uint64_t& keyword,
                   Frame& frame, RecordComment& comment);
  void make_room(const Key& key, std::size_t bytes);
  void set_length(std::uint64_t keyword, Frame& frame) const;
  void keep_metadata(const Event& event, std::uint16_t processor);
  void add_metadata(const Key& key, RecordComment& comment);
  void put_tag(std::uint16_t vlan, Frame& frame);
  Outcome damage(const char* problem, std::uint64_t lost);

  void set_id(const Frame& frame, std::int64_t time, RecordComment& comment);

  NdisFacts& facts_;
  Options options_;
  LayerCopies copies_;
  std::map<Key, Pending> pending_;
  std::size_t pending_bytes_ = 0;
  std::uint64_t next_order_ = 0;
  std::map<Key, std::string> metadata_;
  std::vector<std::byte> scratch_;
  std::vector<std::byte> assembled_;
  std::string problem_;
  std::uint64_t lost_ = 0;
};

}  // namespace anchoko::formats::etl
