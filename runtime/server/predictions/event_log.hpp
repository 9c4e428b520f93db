// Everything that happened to one prediction, numbered from 0: the one source that
// event streams read.
//
// The thread that drains the prediction's slot appends; readers each have a
// position of their own and never make it wait. Only the newest events are kept,
// so a reader that falls too far behind has lost some, and is told how many. Where
// finished predictions are kept, all events are, within a number of bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/server/support/wake_fd.hpp"

namespace cogpp::server {

enum class EventKind { kStart, kOutput, kLog, kMetric, kCompleted };

struct Event {
  EventKind kind = EventKind::kStart;
  std::uint64_t index = 0;  ///< Of an output chunk: 0, 1, …
  /// JSON text: of kOutput the chunk alone, else the event's whole data.
  std::shared_ptr<const std::string> text;
};

class EventReader;

/// Any thread.
class EventLog {
 public:
  /// Events that a reader may lag behind (cog-runtime §7.4 says 1024; a worker that
  /// makes 100 000 chunks a second would cut a healthy reader within 10 ms).
  static constexpr std::uint64_t kMaxLag = 65536;
  static constexpr std::size_t kMaxReaders = 1024;
  /// Events that a reader from subscribe_from() gets at once: the log is locked meanwhile.
  static constexpr std::uint64_t kMaxBatch = 8192;

  /// What an event costs beside its text.
  static constexpr std::uint64_t kEventBytes = 128;

  /// `history`: how many events a late reader can still get
  /// (COG_STREAM_HISTORY_CAPACITY); 0: none, and it is not told about the loss.
  /// `keep_bytes`: events are kept up to this size, however many; 0: by number only.
  explicit EventLog(std::uint64_t history, std::uint64_t keep_bytes = 0)
      : history_(history), keep_bytes_(keep_bytes) {}

  void append(EventKind kind, std::shared_ptr<const std::string> text, std::uint64_t index = 0);
  /// A reader from the first event on, or nullptr when there are too many, or no
  /// descriptor is left. The log must outlive it.
  std::unique_ptr<EventReader> subscribe();
  /// A reader from event `next` on, which goes on after a loss (GET /events).
  std::unique_ptr<EventReader> subscribe_from(std::uint64_t next);
  std::size_t readers() const;
  std::uint64_t size() const;   ///< Events so far, kept or not.
  std::uint64_t bytes() const;  ///< Of the events that are kept, output aside.

 private:
  friend class EventReader;

  bool too_many() const;

  const std::uint64_t history_;
  const std::uint64_t keep_bytes_;
  mutable std::mutex mutex_;
  std::deque<Event> kept_;        ///< The newest events.
  std::uint64_t first_kept_ = 0;  ///< Number of kept_.front().
  std::uint64_t all_bytes_ = 0;   ///< Of the kept events.
  std::uint64_t own_bytes_ = 0;   ///< Without output, whose text the state has, too.
  bool complete_ = false;
  std::vector<EventReader*> readers_;
};

/// One reader; used by one thread.
class EventReader {
 public:
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  ~EventReader();

  /// What there is to send. `replay_skipped`: the history is no longer whole, and
  /// `lag_skipped`: the reader was too slow; in both cases nothing else follows.
  /// `lost`: events before `first` that a reader from subscribe_from() cannot get.
  struct Batch {
    std::vector<Event> events;
    std::uint64_t first = 0;  ///< Number of events.front(); of subscribe_from().
    std::uint64_t lost = 0;
    std::uint64_t replay_skipped = 0;
    std::uint64_t lag_skipped = 0;
    bool complete = false;  ///< The last event is among them.
  };

  /// Everything since the last call; no events: poll fd() and call again.
  Batch take();
  /// Readable when there may be more.
  int fd() const { return wake_.fd(); }

 private:
  friend class EventLog;
  explicit EventReader(EventLog& log) : log_(log) {}

  EventLog& log_;
  WakeFd wake_;
  std::uint64_t next_ = 0;
  bool resumable_ = false;
  std::uint64_t replay_skipped_ = 0;
  std::vector<Event> history_;  ///< What was there at subscription, not yet taken.
  bool waiting_ = true;         ///< Guarded by log_.mutex_: append must signal.
};

}  // namespace cogpp::server
