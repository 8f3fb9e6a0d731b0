// One thread that reads the next blocks of many files, in the order in which they will be wanted.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/base/result.h"

namespace anchoko::convert {

// A file of which blocks are read ahead. It is touched by the thread only from being asked for until the
// block is there.
class AheadFile {
 public:
  virtual ~AheadFile() = default;

 private:
  friend class ReadAhead;
  // Bytes from the front; 0 at the end.
  virtual Result<std::size_t> read_now(std::span<std::byte> buffer) = 0;

  // The consumer's.
  enum class Place { nowhere, waiting, given } place_ = Place::nowhere;
  std::list<AheadFile*>::iterator waits_at_;

  // While given, the thread's from begun_ to ready_. Those two are below the mutex.
  std::vector<std::byte> storage_;  // the block's, with room in front
  std::size_t room_ = 0;
  Result<std::size_t> count_ = std::size_t{0};
  bool begun_ = false;
  bool ready_ = false;
};

class ReadAhead {
 public:
  // So many blocks at most are kept beside those in use. Files that are merged want their next blocks about
  // as often, so the ones whose last block is the longest ago come first.
  static constexpr std::size_t most_blocks = 128;

  ReadAhead() = default;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();

  // As InputFile::read_behind().
  Result<std::size_t> next(AheadFile& file, std::span<const std::byte> tail, std::vector<std::byte>& storage,
                           std::size_t room);
  // As InputFile::read(), what was read ahead first.
  Result<std::size_t> read(AheadFile& file, std::span<std::byte> buffer);
  // Nothing of it is being read any more; what was read ahead is lost.
  void forget(AheadFile& file);

 private:
  // The thread sleeps until so many bytes are asked for: waking it costs more than a small block.
  static constexpr std::size_t worth_waking = std::size_t{128} * 1024;

  bool was_read_ahead(AheadFile& file);
  void line_up(AheadFile& file);
  void ask_for_more(std::size_t size, std::size_t room);
  void release(AheadFile& file);
  bool worth_it() const { return queue_.size() * block_size_ >= worth_waking; }
  void run();

  // The consumer's.
  std::list<AheadFile*> waiting_;  // the last block the longest ago in front
  std::vector<std::vector<std::byte>> spares_;
  std::size_t made_ = 0;
  std::vector<AheadFile*> asking_;  // scratch
  bool threaded_ = true;            // false: no thread could be made, every block is read when it is wanted

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable done_;
  // Below the mutex, and the states of the files in it.
  std::deque<AheadFile*> queue_;
  std::size_t block_size_ = 0;
  bool idle_ = false;
  bool stop_ = false;
};

}  // namespace anchoko::convert
