#include "core/formats/etl/ndis.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/formats/etl/rule_text.h"
#include "core/formats/record_limits.h"

namespace anchoko::formats::etl {
namespace {

// More are a sign of damage, and would cost memory.
constexpr std::size_t max_adapters = 4096;
constexpr std::size_t max_layers = 64;
constexpr std::size_t max_texts = 64;
constexpr std::size_t max_pending = 1024;
constexpr std::size_t max_pending_bytes = std::size_t{16} * 1024 * 1024;

LinkType link_type_of(std::uint64_t keyword) {
  if ((keyword & ndis::keyword_wifi) != 0) return LinkType::ieee802_11;
  if ((keyword & ndis::keyword_wwan) != 0) return LinkType::raw;
  return LinkType::ethernet;
}

// Of the bytes, adapter and direction, by which a copy at another layer is known.
std::uint64_t frame_hash(const Frame& frame) {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
  std::array<std::byte, ethernet_header_size> header{};
  std::span<const std::byte> rest = frame.data;
  // Above the Wi-Fi filter the same frame is an Ethernet one.
  if (frame.source.link_type == LinkType::ieee802_11 && !as_ethernet(frame.data, header, rest))
    rest = frame.data;
  if (rest.data() == frame.data.data() && rest.size() >= header.size()) {
    std::copy_n(rest.begin(), header.size(), header.begin());
    rest = rest.subspan(header.size());
  }
  std::uint64_t hash = (std::uint64_t{frame.source.miniport} << 32 | rest.size()) * factor;
  hash += static_cast<std::uint64_t>(frame.direction);
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 29;
  };
  for (const std::span<const std::byte> part : {std::span<const std::byte>(header), rest}) {
    std::size_t at = 0;
    for (; at + 8 <= part.size(); at += 8) mix(load<std::uint64_t>(part.data() + at, little));
    for (; at < part.size(); ++at) mix(std::to_integer<std::uint64_t>(part[at]));
  }
  return hash;
}

std::uint32_t milliseconds(std::int64_t time_ns) {
  return static_cast<std::uint32_t>(time_ns / 1'000'000);
}

// Passes over a text with its zero. False: it has none.
bool skip_text(ByteCursor& cursor) {
  std::uint16_t unit = 0;
  do {
    if (!cursor.read(unit)) return false;
  } while (unit != 0);
  return true;
}

bool take_sized(ByteCursor& cursor, std::span<const std::byte>& bytes) {
  std::uint32_t size = 0;
  return cursor.read(size) && cursor.take(size, bytes);
}

// The 802.1Q entry of an array of pointers that is indexed by NDIS_NET_BUFFER_LIST_INFO: priority, CFI and
// VLAN id from the lowest bit on, in the tag from the highest.
std::uint16_t tag_beside(std::span<const std::byte> values, std::uint32_t pointer_size) {
  constexpr std::size_t ieee8021q = 4;
  const std::size_t at = ieee8021q * pointer_size;
  if (values.size() < at + pointer_size) return 0;
  const auto value = load<std::uint16_t>(values.data() + at, little);
  return static_cast<std::uint16_t>((value & 7) << 13 | (value >> 3 & 1) << 12 | value >> 4);
}

bool read_switch_fragment(ByteCursor& cursor, std::uint32_t pointer_size, Fragment& fragment) {
  if (!cursor.read(fragment.port)) return false;
  const auto names = cursor.rest();
  const std::size_t start = cursor.position();
  for (int i = 0; i < 3; ++i) {
    if (!skip_text(cursor)) return false;
  }
  fragment.names = names.first(cursor.position() - start);
  std::uint32_t destinations = 0;
  std::span<const std::byte> skipped;
  if (!cursor.read(destinations) || destinations > cursor.remaining() / 8 ||
      !cursor.take(std::size_t{destinations} * 8, skipped) || !take_sized(cursor, fragment.bytes))
    return false;
  std::span<const std::byte> beside;
  if (cursor.remaining() > 0) fragment.beside_damaged = !take_sized(cursor, beside);
  fragment.vlan = tag_beside(beside, pointer_size);
  return true;
}

}  // namespace

bool read_fragment(const Event& event, PacketKind kind, std::uint32_t pointer_size, Fragment& fragment) {
  ByteCursor cursor({event.data(), event.data_size()}, little);
  fragment = {};
  if (kind == PacketKind::ras)
    return skip_text(cursor) && skip_text(cursor) && take_sized(cursor, fragment.bytes);
  if (!cursor.read(fragment.miniport) || !cursor.read(fragment.lower)) return false;
  if (kind == PacketKind::switch_fragment) return read_switch_fragment(cursor, pointer_size, fragment);
  // Newer builds add 16 bytes (flow offload) behind the fragment.
  return take_sized(cursor, fragment.bytes);
}

void NdisFacts::take(const Event& event, PacketKind kind) {
  any_ = true;
  const std::span<const std::byte> data{event.data(), event.data_size()};
  if (kind == PacketKind::fragment || kind == PacketKind::switch_fragment)
    any_cut_ |= (event.keyword() & ndis::keyword_truncated) != 0;
  if (kind == PacketKind::fragment) {
    ++packets_;
    if (data.size() < 8) return;
    const auto miniport = load_le32(data.data());
    const auto lower = load_le32(data.data() + 4);
    if (packets_ > 1 && miniport == last_miniport_ && lower == last_lower_) return;
    last_miniport_ = miniport;
    last_lower_ = lower;
    if (layers_.size() >= max_adapters && !layers_.contains(miniport)) return;
    Layers& layers = layers_[miniport];
    if (lower == miniport) {
      layers.own = true;
    } else if (layers.others.size() < max_layers &&
               std::find(layers.others.begin(), layers.others.end(), lower) == layers.others.end()) {
      layers.others.push_back(lower);
    }
    return;
  }
  if (kind != PacketKind::none) {
    if (kind == PacketKind::switch_fragment) ++packets_;
    return;
  }
  const auto add = [](std::vector<std::string>& list, std::string text) {
    if (list.size() < max_texts && std::find(list.begin(), list.end(), text) == list.end())
      list.push_back(std::move(text));
  };
  switch (event.id()) {
    case ndis::rule:
    case ndis::invalid_rule:
      if (event.id() == ndis::rule) truncation_ = truncation_ ? truncation_ : truncation_of(data);
      add(event.id() == ndis::rule ? rules_ : problems_,
          (event.id() == ndis::rule ? "" : "refused as invalid: ") + rule_text(data));
      break;
    case ndis::driver_failed:
    case ndis::attach_failed:
      if (data.size() < 4) break;
      add(problems_, (event.id() == ndis::driver_failed ? "the capture driver failed to load, error 0x"
                                                        : "the capture filter failed to attach, error 0x") +
                         hex_number(load_le32(data.data())));
      break;
    case ndis::event_source: {
      if (data.size() < 3 || names_.size() >= max_adapters) break;
      std::size_t used = 0;
      std::string name = name_text(data.subspan(1), used);
      if (data.size() - 1 - used >= 4 && !name.empty())
        names_[load_le32(data.data() + 1 + used)] = std::move(name);
      break;
    }
    default:
      break;
  }
}

bool NdisFacts::may_be_copy(std::uint32_t miniport, std::uint32_t lower) const {
  if (miniport == lower) return false;
  const auto found = layers_.find(miniport);
  return found != layers_.end() && found->second.own;
}

bool NdisFacts::any_copies() const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [](const auto& one) { return one.second.own && !one.second.others.empty(); });
}

void NdisFacts::learn(const Frame& frame, std::int64_t time_ns) {
  if (frame.source.miniport == frame.source.lower && own_frames_.size() < max_own_frames)
    own_frames_.push_back({frame_hash(frame), milliseconds(time_ns), 0});
}

// They come in order of time: it is kept for those of one hash, also where the milliseconds wrap.
void NdisFacts::end_learning() {
  learned_ = true;
  std::stable_sort(own_frames_.begin(), own_frames_.end(),
                   [](const OwnFrame& left, const OwnFrame& right) { return left.hash < right.hash; });
}

bool NdisFacts::claim_copy(const Frame& frame, std::int64_t time_ns) {
  constexpr std::uint32_t window_ms = 1000;
  const std::uint8_t layer = layer_of(frame.source.miniport, frame.source.lower);
  if (!learned_ || layer >= last_claims_.size()) return false;
  const std::uint32_t bit = std::uint32_t{1} << layer;
  const std::uint32_t now = milliseconds(time_ns);
  const std::uint64_t hash = frame_hash(frame);
  auto at = std::lower_bound(own_frames_.begin(), own_frames_.end(), hash,
                             [](const OwnFrame& own, std::uint64_t than) { return own.hash < than; });
  // Of many of one hash those too long ago are not gone through.
  const auto end = std::partition_point(at, own_frames_.end(), [&](const OwnFrame& own) {
    return own.hash == hash &&
           static_cast<std::int32_t>(own.time_ms - now) <= static_cast<std::int32_t>(window_ms);
  });
  at = std::partition_point(at, end, [&](const OwnFrame& own) {
    return static_cast<std::int32_t>(own.time_ms - now) < -static_cast<std::int32_t>(window_ms);
  });
  // Mostly the one behind the last claim. A flood of equal frames at once does not get an endless search:
  // what is not found is no copy.
  constexpr std::ptrdiff_t most_looked_at = 4096;
  Claim& last = last_claims_[layer];
  const auto behind = own_frames_.begin() + static_cast<std::ptrdiff_t>(last.next);
  if (last.hash == hash && behind > at) at = std::min(behind, end);
  const auto limit = end - at > most_looked_at ? at + most_looked_at : end;
  const auto free = std::find_if(at, limit, [&](const OwnFrame& own) { return (own.claims & bit) == 0; });
  if (free == limit) return false;
  free->claims |= bit;
  last = {hash, static_cast<std::size_t>(free - own_frames_.begin()) + 1};
  return true;
}

std::uint8_t NdisFacts::layer_of(std::uint32_t miniport, std::uint32_t lower) const {
  const auto found = layers_.find(miniport);
  if (miniport == lower || found == layers_.end()) return 0;
  const auto& others = found->second.others;
  const auto at = std::find(others.begin(), others.end(), lower) - others.begin();
  return static_cast<std::uint8_t>(at + (found->second.own ? 1 : 0));
}

bool NdisFacts::has_layers(std::uint32_t miniport) const {
  const auto found = layers_.find(miniport);
  return found != layers_.end() && found->second.others.size() + (found->second.own ? 1 : 0) > 1;
}

std::string NdisFacts::name_of(std::uint32_t index) const {
  const auto found = names_.find(index);
  return found == names_.end() ? std::string() : found->second;
}

NdisDecoder::Outcome NdisDecoder::damage(const char* problem, std::uint64_t lost) {
  problem_ = problem;
  lost_ = lost;
  return Outcome::lost;
}

NdisDecoder::Outcome NdisDecoder::take(const Event& event, PacketKind kind, std::uint16_t processor,
                                       std::int64_t time, Frame& frame, RecordComment& comment) {
  problem_.clear();
  Fragment fragment;
  if (!read_fragment(event, kind, options_.pointer_size, fragment))
    return damage("a packet is longer than its event", 0);
  if (fragment.beside_damaged)
    damage("what is said to stand beside a packet, where its VLAN tag may be, is longer than its event", 0);
  std::uint64_t keyword = event.keyword();
  const bool sent = kind == PacketKind::ras ? event.id() == ras::sent : (keyword & ndis::keyword_send) != 0;
  const bool received =
      kind == PacketKind::ras ? event.id() == ras::received : (keyword & ndis::keyword_receive) != 0;
  const Key key{processor, fragment.miniport, fragment.lower, fragment.port, sent, sent ? event.thread() : 0};
  if (kind == PacketKind::metadata) {
    if (metadata_.size() < max_pending) metadata_[key] = wifi_metadata_text(fragment.bytes);
    return Outcome::nothing_yet;
  }
  frame = {};
  frame.source.miniport = fragment.miniport;
  frame.source.lower = fragment.lower;
  frame.source.port = fragment.port;
  frame.source.link_type = kind == PacketKind::ras ? LinkType::ethernet : link_type_of(keyword);
  if (kind == PacketKind::switch_fragment) frame.source.tool = Source::Tool::switch_port;
  if (kind == PacketKind::ras) frame.source.tool = Source::Tool::ras;
  if (sent != received) frame.direction = sent ? PacketDirection::outbound : PacketDirection::inbound;
  const Outcome outcome =
      kind == PacketKind::ras ? Outcome::frame : assemble(key, fragment, event, keyword, frame, comment);
  if (kind == PacketKind::ras) frame.data = fragment.bytes;
  if (outcome != Outcome::frame) return outcome;
  if (frame.source.link_type == LinkType::ieee802_11 && !options_.all_layers)
    frame.data = without_protected_bit(frame.data, scratch_);
  if (kind == PacketKind::fragment && !options_.all_layers &&
      facts_.may_be_copy(fragment.miniport, fragment.lower) && facts_.claim_copy(frame, time)) {
    if (!metadata_.empty()) metadata_.erase(key);
    return Outcome::left_out;
  }
  if (!metadata_.empty()) add_metadata(key, comment);
  set_length(keyword, frame);
  if (fragment.vlan != 0) put_tag(fragment.vlan, frame);
  if (kind == PacketKind::fragment && options_.all_layers && facts_.has_layers(fragment.miniport))
    set_id(frame, time, comment);
  return Outcome::frame;
}

// Where nothing cuts, a frame that is shorter than its IP header says is damaged, or was made so.
void NdisDecoder::set_length(std::uint64_t keyword, Frame& frame) const {
  const bool marked = (keyword & ndis::keyword_truncated) != 0;
  const std::size_t size = frame.data.size();
  const bool cut = marked || (facts_.truncation() && size >= *facts_.truncation());
  const std::uint32_t by_ip = cut ? length_by_ip(frame.source.link_type, frame.data) : 0;
  frame.inferred_length = by_ip > size;
  frame.unknown_length = marked && !frame.inferred_length;
  frame.original_length = std::max(by_ip, static_cast<std::uint32_t>(size));
}

void NdisDecoder::set_id(const Frame& frame, std::int64_t time, RecordComment& comment) {
  const std::uint8_t layer = facts_.layer_of(frame.source.miniport, frame.source.lower);
  comment.set_id(copies_.identify(frame_hash(frame), layer, time));
}

std::uint64_t LayerCopies::identify(std::uint64_t hash, std::uint8_t layer, std::int64_t time_ns) {
  if (entries_.empty()) {
    entries_.resize(buckets * ways);
    // Made of the time, so that traces that follow each other have different ones.
    next_id_ = std::max<std::uint64_t>(static_cast<std::uint64_t>(time_ns) << 2, 1);
  }
  const std::span<Entry> bucket(&entries_[(hash >> 52) % buckets * ways], ways);
  const std::uint64_t bit = std::uint64_t{1} << (layer % 64);
  Entry* found = nullptr;
  for (auto& entry : bucket) {
    if (entry.id == 0 || entry.hash != hash || (entry.layers & bit) != 0) continue;
    if (time_ns - entry.time_ns > window_ns) continue;
    if (found == nullptr || entry.id < found->id) found = &entry;
  }
  if (found == nullptr) {
    found = &*std::min_element(bucket.begin(), bucket.end(),
                               [](const Entry& left, const Entry& right) { return left.id < right.id; });
    *found = {hash, next_id_++, 0, time_ns};
  }
  found->layers |= bit;
  return found->id;
}

// Windows 8.1 and later log each packet in one event with both marks; without any mark an event of a live
// session is a whole packet, unless one waits for more.
NdisDecoder::Outcome NdisDecoder::assemble(const Key& key, Fragment& fragment, const Event& event,
                                           std::uint64_t& keyword, Frame& frame, RecordComment& comment) {
  const bool starts = (keyword & ndis::keyword_start) != 0;
  const bool ends = (keyword & ndis::keyword_end) != 0;
  auto waiting = pending_.empty() ? pending_.end() : pending_.find(key);
  if (waiting != pending_.end() && starts) {
    damage("a packet's last fragments are missing", waiting->second.bytes.size());
    pending_bytes_ -= waiting->second.bytes.size();
    pending_.erase(waiting);
    waiting = pending_.end();
  }
  // A part in the midst of a packet whose other ones came from another thread.
  if (waiting == pending_.end() && !starts && !ends && !pending_.empty()) {
    Key first = key;
    first.thread = 0;
    auto other = pending_.lower_bound(first);
    if (other != pending_.end()) {
      first.thread = other->first.thread;
      if (other->first == first) return damage("a packet's first fragments are missing", 0);
    }
  }
  if (waiting == pending_.end() && starts == ends) [[likely]] {
    frame.data = fragment.bytes;
    return Outcome::frame;
  }
  if (waiting == pending_.end() && !starts) return damage("a packet's first fragments are missing", 0);
  make_room(key, fragment.bytes.size());
  Pending& pending = pending_[key];
  if (waiting == pending_.end())
    pending = {{}, 0, 0, event.time(), event.process(), event.thread(), next_order_++};
  const std::size_t most = max_captured_length(frame.source.link_type);
  if (pending.bytes.size() + fragment.bytes.size() > most) {
    const std::uint64_t lost = pending.bytes.size();
    pending_bytes_ -= pending.bytes.size();
    pending_.erase(key);
    return damage("the fragments of a packet are more than a packet may have", lost);
  }
  pending.bytes.insert(pending.bytes.end(), fragment.bytes.begin(), fragment.bytes.end());
  pending_bytes_ += fragment.bytes.size();
  if (fragment.vlan != 0) pending.vlan = fragment.vlan;
  pending.keyword |= keyword;
  if (!ends) return Outcome::nothing_yet;
  pending_bytes_ -= pending.bytes.size();
  assembled_ = std::move(pending.bytes);
  fragment.vlan = pending.vlan;
  keyword = pending.keyword;
  frame.first_time = pending.time;
  comment.begin(pending.process, pending.thread);
  pending_.erase(key);
  frame.data = assembled_;
  return Outcome::frame;
}

// Of packets that wait for their last fragments, gives up the oldest ones until another fragment has room.
void NdisDecoder::make_room(const Key& key, std::size_t bytes) {
  std::uint64_t lost = 0;
  while (true) {
    const bool full = pending_.size() >= max_pending && !pending_.contains(key);
    if (!full && pending_bytes_ + bytes <= max_pending_bytes) break;
    auto oldest = pending_.end();
    for (auto at = pending_.begin(); at != pending_.end(); ++at) {
      if (at->first != key && (oldest == pending_.end() || at->second.order < oldest->second.order))
        oldest = at;
    }
    if (oldest == pending_.end()) break;
    lost += oldest->second.bytes.size();
    pending_bytes_ -= oldest->second.bytes.size();
    pending_.erase(oldest);
    damage("too many packets wait for their last fragments: the oldest is given up", lost);
  }
}

void NdisDecoder::add_metadata(const Key& key, RecordComment& comment) {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return;
  if (!found->second.empty()) comment.part().add(found->second);
  metadata_.erase(found);
}

void NdisDecoder::put_tag(std::uint16_t vlan, Frame& frame) {
  constexpr std::size_t place = 12;  // behind both addresses
  constexpr std::size_t tag_size = 4;
  if (frame.source.link_type != LinkType::ethernet || frame.data.size() < place) return;
  std::vector<std::byte> tagged(frame.data.size() + tag_size);
  std::copy_n(frame.data.begin(), place, tagged.begin());
  store<std::uint16_t>(tagged.data() + place, 0x8100, ByteOrder::big);
  store<std::uint16_t>(tagged.data() + place + 2, vlan, ByteOrder::big);
  std::copy(frame.data.begin() + place, frame.data.end(), tagged.begin() + place + tag_size);
  scratch_ = std::move(tagged);
  frame.data = scratch_;
  frame.original_length += tag_size;
}

std::uint64_t NdisDecoder::unfinished() const {
  return pending_.size();
}

std::uint64_t NdisDecoder::unfinished_bytes() const {
  return pending_bytes_;
}

}  // namespace anchoko::formats::etl
