// Both kinds of waiting: a thread that polls its client, and a task put off.
#include "runtime/server/predictions/queued_run.hpp"

#include <poll.h>

#include <array>
#include <utility>

#include "runtime/server/support/wake_fd.hpp"

namespace cogpp::server {
namespace {

/// What came of the wait. Leaves the queue.
Turn settle(QueuePlace& place, const Prediction& prediction) {
  Turn turn{.lease = place.take(), .ended = Outcome::canceled()};
  place.leave();
  if (prediction.cancel_requested()) {
    turn.lease.reset();
  } else if (!turn.lease) {
    turn.ended = Outcome::failed(place.refusal());
  }
  return turn;
}

}  // namespace

Turn wait_for_turn(QueuePlace& place, Prediction& prediction, ClientWatch*& client) {
  WakeFd wake;
  if (wake.fd() < 0) {
    place.leave();
    return {.lease = {}, .ended = Outcome::failed(kNoDescriptor)};
  }
  place.when_settled([&wake] { wake.signal(); });
  const std::stop_callback cancelled(prediction.stop_token(), [&wake] { wake.signal(); });
  while (true) {
    const int watched = client != nullptr ? client->fd() : -1;
    std::array<pollfd, 2> entries{pollfd{wake.fd(), POLLIN, 0}, pollfd{watched, POLLIN, 0}};
    ::poll(entries.data(), watched >= 0 ? 2 : 1, -1);
    if (entries[1].revents != 0 && client->left()) {
      client = nullptr;
      prediction.request_cancel();
    }
    if (entries[0].revents != 0) break;
  }
  return settle(place, prediction);
}

void QueuedRun::start(std::shared_ptr<Prediction> prediction, QueuePlace place, Spawn spawn,
                      GoOn go_on) {
  const std::shared_ptr<QueuedRun> run(
      new QueuedRun(std::move(prediction), std::move(place), std::move(spawn), std::move(go_on)));
  // First this one: it holds the run, until the place is left.
  run->place_.when_settled([run] { run->wake(); });
  // Weak: the callback is part of the run and may fire while the run is being destroyed.
  run->cancelled_.emplace(run->prediction_->stop_token(), [weak = std::weak_ptr<QueuedRun>(run)] {
    if (const auto strong = weak.lock()) strong->wake();
  });
}

void QueuedRun::wake() {
  if (woken_.exchange(true)) return;
  spawn_([run = shared_from_this()] {
    // Leaving the queue drops the callback there, and with it the other reference.
    Turn turn = settle(run->place_, *run->prediction_);
    run->go_on_(run->prediction_, std::move(turn));
  });
}

}  // namespace cogpp::server
