// A queue of entries that are finished in any order and leave from the front.
#include "runtime/server/predictions/output_queue.hpp"

#include <new>
#include <utility>

namespace cogpp::server {

OutputQueue::OutputQueue(Upload upload, Spawn spawn, std::stop_token stop)
    : upload_(std::move(upload)),
      spawn_(std::move(spawn)),
      chain_(std::move(stop), [this] { give_up_.request_stop(); }) {}

OutputQueue::~OutputQueue() {
  give_up_.request_stop();
  std::unique_lock lock(mutex_);
  waiting_.clear();
  idle_.wait(lock, [this] { return running_ == 0; });
}

void OutputQueue::add_chunk(std::string json) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::make_shared<Entry>(Entry{{}, Result<std::string>(std::move(json))}));
}

void OutputQueue::add_file(std::string path) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::make_shared<Entry>(Entry{std::move(path), std::nullopt}));
  waiting_.push_back(entries_.back());
  start_uploads();
}

bool OutputQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty();
}

std::vector<Result<std::string>> OutputQueue::take() {
  std::vector<Result<std::string>> ready;
  wake_.clear();
  const std::lock_guard lock(mutex_);
  while (!entries_.empty() && entries_.front()->done) {
    ready.push_back(std::move(*entries_.front()->done));
    entries_.pop_front();
  }
  return ready;
}

void OutputQueue::start_uploads() {
  while (running_ < kParallel && !waiting_.empty()) {
    ++running_;
    spawn_([this, entry = std::move(waiting_.front())] { upload(entry); });
    waiting_.pop_front();
  }
}

void OutputQueue::upload(const std::shared_ptr<Entry>& entry) {
  Result<std::string> done = Error{"Failed to upload an output file: there is no memory for it"};
  try {
    done = upload_(entry->path, give_up_.get_token());
  } catch (const std::bad_alloc&) {
    // A thread of the pool has nobody to tell it to.
  }
  const std::lock_guard lock(mutex_);
  // What failed first is the reason, not what was aborted because of it.
  if (!done && !give_up_.stop_requested()) {
    give_up_.request_stop();
    entries_.clear();
    waiting_.clear();
    entries_.push_back(entry);
  }
  entry->done = std::move(done);
  --running_;
  start_uploads();
  wake_.signal();
  idle_.notify_all();
}

}  // namespace cogpp::server
