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
  all_bytes_ += kEventBytes + text->size();
  own_bytes_ += kEventBytes + (kind == EventKind::kOutput ? 0 : text->size());
  kept_.push_back(Event{kind, index, std::move(text)});
  while (too_many()) {
    const Event& oldest = kept_.front();
    all_bytes_ -= kEventBytes + oldest.text->size();
    own_bytes_ -= kEventBytes + (oldest.kind == EventKind::kOutput ? 0 : oldest.text->size());
    kept_.pop_front();
    ++first_kept_;
  }
  for (EventReader* reader : readers_) {
    if (std::exchange(reader->waiting_, false)) reader->wake_.signal();
  }
}

bool EventLog::too_many() const {
  if (keep_bytes_ > 0) return all_bytes_ > keep_bytes_ && kept_.size() > 1;
  return kept_.size() > (readers_.empty() ? history_ : std::max(history_, kMaxLag));
}

std::unique_ptr<EventReader> EventLog::subscribe_from(std::uint64_t next) {
  std::unique_ptr<EventReader> reader(new EventReader(*this));
  reader->next_ = next;
  reader->resumable_ = true;
  const std::lock_guard lock(mutex_);
  if (readers_.size() >= kMaxReaders || reader->fd() < 0) return nullptr;
  readers_.push_back(reader.get());
  return reader;
}

std::unique_ptr<EventReader> EventLog::subscribe() {
  std::unique_ptr<EventReader> reader(new EventReader(*this));
  const std::lock_guard lock(mutex_);
  if (readers_.size() >= kMaxReaders || reader->fd() < 0) return nullptr;
  const std::uint64_t total = first_kept_ + kept_.size();
  reader->next_ = total;
  if (history_ > 0) {
    if (total > history_ || first_kept_ > 0) {
      reader->replay_skipped_ = total - std::min<std::uint64_t>(history_, kept_.size());
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

std::uint64_t EventLog::bytes() const {
  const std::lock_guard lock(mutex_);
  return own_bytes_;
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
    const auto gone = log_.first_kept_ - next_;
    (resumable_ ? batch.lost : batch.lag_skipped) = gone;
    if (!resumable_) return batch;
    next_ = log_.first_kept_;
  }
  batch.first = next_;
  waiting_ = true;
  // A `from` beyond the end may be any number.
  const auto end =
      resumable_ && next_ < total ? std::min(total, next_ + EventLog::kMaxBatch) : total;
  batch.complete = log_.complete_ && end == total;
  if (next_ >= end) return batch;
  const auto at = [&](std::uint64_t number) {
    return log_.kept_.begin() + static_cast<std::ptrdiff_t>(number - log_.first_kept_);
  };
  batch.events.insert(batch.events.end(), at(next_), at(end));
  next_ = end;
  return batch;
}

}  // namespace cogpp::server
