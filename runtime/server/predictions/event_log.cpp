// A deque of the newest events under one mutex. A reader copies what was there when
// it came, so that the replay does not count as lag, and then follows live.
#include "runtime/server/predictions/event_log.hpp"

#include <algorithm>
#include <utility>

namespace cogpp::server {

void EventLog::append(EventKind kind, std::shared_ptr<const std::string> text,
                      std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  if (complete_) return;
  complete_ = kind == EventKind::kCompleted;
  kept_.push_back(Event{kind, index, std::move(text)});
  const std::uint64_t limit = readers_.empty() ? history_ : std::max(history_, kMaxLag);
  while (kept_.size() > limit) {
    kept_.pop_front();
    ++first_kept_;
  }
  for (EventReader* reader : readers_) {
    if (std::exchange(reader->waiting_, false)) reader->wake_.signal();
  }
}

std::unique_ptr<EventReader> EventLog::subscribe() {
  std::unique_ptr<EventReader> reader(new EventReader(*this));
  const std::lock_guard lock(mutex_);
  if (readers_.size() >= kMaxReaders) return nullptr;
  const std::uint64_t total = first_kept_ + kept_.size();
  reader->next_ = total;
  if (history_ > 0) {
    if (total > history_) {
      reader->replay_skipped_ = total - history_;
    } else {
      reader->history_.assign(kept_.begin(), kept_.end());
    }
  }
  readers_.push_back(reader.get());
  return reader;
}

std::size_t EventLog::readers() const {
  const std::lock_guard lock(mutex_);
  return readers_.size();
}

std::uint64_t EventLog::size() const {
  const std::lock_guard lock(mutex_);
  return first_kept_ + kept_.size();
}

EventReader::~EventReader() {
  const std::lock_guard lock(log_.mutex_);
  std::erase(log_.readers_, this);
}

EventReader::Batch EventReader::take() {
  Batch batch;
  batch.events = std::exchange(history_, {});
  batch.replay_skipped = replay_skipped_;
  wake_.clear();
  const std::lock_guard lock(log_.mutex_);
  const std::uint64_t total = log_.first_kept_ + log_.kept_.size();
  if (next_ < log_.first_kept_) {
    batch.lag_skipped = log_.first_kept_ - next_;
    return batch;
  }
  const auto begin = log_.kept_.begin() + static_cast<std::ptrdiff_t>(next_ - log_.first_kept_);
  batch.events.insert(batch.events.end(), begin, log_.kept_.end());
  next_ = total;
  waiting_ = true;
  batch.complete = log_.complete_;
  return batch;
}

}  // namespace cogpp::server
