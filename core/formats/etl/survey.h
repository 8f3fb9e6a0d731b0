// The first pass over a trace file: where packets lie and in which order of time, and what all events tell.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/formats/etl/buffer.h"
#include "core/formats/etl/buffer_image.h"
#include "core/formats/etl/damage_log.h"
#include "core/formats/etl/logfile_header.h"
#include "core/formats/etl/packet_event.h"
#include "core/formats/etl/preparer.h"

namespace anchoko::formats::etl {

// Packets that lie one behind the other in a buffer, in order of time.
struct Run {
  std::uint32_t buffer = 0;  // index
  std::uint32_t start = 0;   // of the first packet's event, as BufferImage counts
  std::uint32_t end = 0;     // behind the last one's
  std::int64_t first = 0;    // by the session's clock
  std::int64_t last = 0;
};

struct Survey {
  std::vector<BufferPlace> buffers;  // those with packets, in the order of the file
  std::vector<Run> runs;             // the same
  std::uint64_t buffer_count = 0;    // all that were read
  std::uint64_t events = 0;          // all, the header's not
  std::uint64_t packet_events = 0;
  std::uint64_t kernel_events = 0;   // of kinds that name no provider
  std::uint64_t messages = 0;        // WPP
  std::uint64_t flagged_losses = 0;  // buffers that say that events or buffers before them were lost
  std::uint64_t events_lost = 0;     // as the headers of all sessions in the file count them
  std::uint64_t buffers_lost = 0;
  std::uint64_t overwritten = 0;  // buffers of a circular file that later ones have replaced
  bool not_stopped = false;       // a session in it had not ended when the file was copied
  bool unwritten_end = false;     // the file ends in zeros
};

class Surveyor {
 public:
  // Called for every event that names its provider; a view of the buffer.
  using Visit = std::function<void(const Event& event, const Guid& by, PacketKind kind)>;

  // `go_on`, where there is one, is asked often: false interrupts.
  Surveyor(SeekableInput& input, const LogfileHeader& header, DamageLog& damage, Visit visit,
           GoOn go_on = {});

  // False: the input could not be read, or it was interrupted.
  bool run(Survey& survey);
  const Error& error() const { return error_; }

 private:
  bool walk();
  bool goes_on();
  bool survey_buffer(const BufferHeader& header, std::uint64_t at, std::uint64_t left);
  BufferPlace place_of(const BufferHeader& header, std::uint64_t at) const;
  void take_second_header(const BufferHeader& header, std::uint64_t at);
  void take_image(const BufferPlace& place);
  void ask_ahead(std::uint64_t at);
  std::uint32_t walk_events(const BufferPlace& place);
  void note_rest(const BufferPlace& place, std::uint32_t at);
  bool is_filling_from(const BufferPlace& place, std::uint32_t at);
  void take_event(const std::byte* at, const EventHead& head, std::uint32_t position,
                  const BufferPlace& place);
  void take_packet(std::int64_t time, std::uint32_t position, std::uint16_t size, const BufferPlace& place);
  bool skip_damage(std::uint64_t& at, const std::string& why);
  bool is_buffer(const BufferHeader& header, std::uint64_t at);
  std::optional<std::uint64_t> next_of_stride(std::uint64_t at);
  std::optional<std::uint64_t> next_anywhere(std::uint64_t at);
  std::optional<BufferHeader> header_at(std::uint64_t at);
  bool begins_buffer(std::uint64_t at);
  bool is_zero_from(std::uint64_t at);
  void judge_count();

  SeekableInput& input_;
  const LogfileHeader& header_;
  DamageLog& damage_;
  Visit visit_;
  GoOn go_on_;
  Survey* survey_ = nullptr;
  Preparer preparer_;
  std::unique_ptr<BufferImage> image_;
  std::deque<BufferPlace> asked_;                             // of the buffers that are prepared
  std::deque<std::pair<std::uint64_t, BufferHeader>> known_;  // headers that were read ahead, by offset
  bool compressed_ = false;
  std::uint32_t most_used_ = max_used;  // by a buffer, when decompressed
  std::uint64_t expanded_ = 0;          // bytes that were decompressed
  std::uint32_t stride_ = 0;            // of all buffers of an uncompressed file
  std::uint64_t before_ = 0;            // where the last buffer begins that was read
  std::int64_t time_shift_ = 0;         // of the buffers that come
  std::int64_t session_start_ = 0;      // of the session whose buffers come
  std::uint32_t runs_here_ = 0;
  bool backwards_here_ = false;
  bool backwards_told_ = false;
  bool cut_here_ = false;  // the file ends within the buffer
  bool in_run_ = false;
  bool failed_ = false;
  Error error_;
};

// Of `bytes` of a buffer's content, how many that are in the file.
std::uint64_t bytes_in_file(const BufferPlace& place, std::uint64_t bytes);

}  // namespace anchoko::formats::etl
