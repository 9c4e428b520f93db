// Supervisors side by side; they share the slot pool and the health board.
#include "runtime/server/supervise/replicas.hpp"

#include <utility>

namespace cogpp::server {

Replicas::Replicas(const Options& options, Parts parts) : parts_(std::move(parts)) {
  for (std::size_t replica = 0; replica < options.count; ++replica) {
    auto own = options.worker;
    if (!options.devices.empty()) {
      // The last one counts where the command has a device already.
      own.command.arguments.emplace_back("--device");
      own.command.arguments.push_back(options.devices[replica]);
    }
    supervisors_.push_back(std::make_unique<Supervisor>(std::move(own), parts_of(replica)));
  }
}

Supervisor::Parts Replicas::parts_of(std::size_t replica) {
  if (replica > 0) logs_.push_back(parts_.log.sibling());
  Supervisor::Parts own{
      .log = replica > 0 ? *logs_.back() : parts_.log,
      .slots = parts_.slots,
      .health = parts_.health,
      .scratch = parts_.scratch,
      .metrics = parts_.metrics,
      .on_first_setup = [this](bool succeeded,
                               const std::string& logs) { setup_ended(succeeded, logs); },
      .replica = replica,
      .start_turn = start_turn_};
  own.on_ready = [this, replica] { encourage_others(replica); };
  return own;
}

void Replicas::setup_ended(bool succeeded, const std::string& logs) {
  const std::lock_guard lock(told_mutex_);
  if (!succeeded && ++failed_ < supervisors_.size()) return;
  if (!std::exchange(told_, true) && parts_.on_first_setup) parts_.on_first_setup(succeeded, logs);
}

void Replicas::encourage_others(std::size_t ready) {
  for (std::size_t replica = 0; replica < supervisors_.size(); ++replica) {
    if (replica != ready) supervisors_[replica]->encourage();
  }
}

void Replicas::start() {
  // No process is forked while these threads are made: ThreadSanitizer hung once in between.
  const std::lock_guard turn(start_turn_);
  for (const auto& supervisor : supervisors_) supervisor->start();
}

void Replicas::stop(std::chrono::milliseconds patience) {
  for (const auto& supervisor : supervisors_) supervisor->begin_stop(patience);
  for (const auto& supervisor : supervisors_) supervisor->stop(patience);
}

}  // namespace cogpp::server
