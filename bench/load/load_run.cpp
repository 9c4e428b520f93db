// The event loop of the load generator; see the header.
#include "bench/load/load_run.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace cogpp::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
// How long answers may stay out after the window before the run gives up on them.
constexpr std::chrono::seconds kDrainLimit{30};

Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

LoadRun::LoadRun(LoadOptions options)
    : options_(std::move(options)),
      statistics_(options_.expect),
      lanes_(options_.connections),
      idle_(options_.idle),
      buffer_(kReadBytes) {}

LoadRun::~LoadRun() {
  if (epoll_ >= 0) {
    ::close(epoll_);
  }
}

Result<std::string> LoadRun::run() {
  if (Status opened = open_all(); !opened) {
    return opened.error();
  }
  const Clock::time_point begin = Clock::now();
  measure_start_ = begin + to_duration(options_.warmup);
  end_ = measure_start_ + to_duration(options_.seconds);
  next_due_ = begin;
  if (!open_loop()) {
    for (Lane& lane : lanes_) {
      if (Status started = start(lane, begin); !started) {
        return started.error();
      }
    }
  }
  // The last answers are awaited, so that the server is idle for the next run.
  while (Clock::now() < end_ || in_flight_ > 0) {
    if (Clock::now() > end_ + kDrainLimit) {
      return Error{std::to_string(in_flight_) + " requests had no answer 30 s after the window"};
    }
    if (Status waited = wait(); !waited) {
      return waited.error();
    }
  }
  return statistics_.to_json(options_.seconds);
}

Status LoadRun::open_all() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) {
    return Error{std::string("epoll_create1 failed: ") + std::strerror(errno)};
  }
  for (Lane& lane : lanes_) {
    if (Status opened = open(lane); !opened) {
      return opened;
    }
  }
  for (Connection& connection : idle_) {
    if (Status opened = connection.open(options_.port); !opened) {
      return opened;
    }
  }
  return {};
}

Status LoadRun::open(Lane& lane) {
  lane.fresh = true;
  if (Status opened = lane.connection.open(options_.port); !opened) {
    return opened;
  }
  return watch(lane, EPOLL_CTL_ADD);
}

Status LoadRun::watch(Lane& lane, int operation) {
  epoll_event event{};
  event.events = lane.connection.sending() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &lane;
  if (::epoll_ctl(epoll_, operation, lane.connection.fd(), &event) != 0) {
    return Error{std::string("epoll_ctl failed: ") + std::strerror(errno)};
  }
  return {};
}

Status LoadRun::wait() {
  const Clock::time_point now = Clock::now();
  Clock::time_point until = now < end_ ? end_ : end_ + kDrainLimit;
  const bool has_free_lane = in_flight_ < lanes_.size();
  if (open_loop() && has_free_lane && now < end_) {
    until = std::min(until, next_due_);
  }
  const auto left = std::chrono::nanoseconds(std::max(until - now, Clock::duration::zero()));
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
  timeout.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  std::array<epoll_event, 256> events;
  const int count =
      ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (Status handled = handle(*static_cast<Lane*>(event.data.ptr), event.events); !handled) {
      return handled;
    }
  }
  return open_loop() ? start_due() : Status{};
}

Status LoadRun::handle(Lane& lane, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    if (lane.connection.continue_sending() == Progress::kClosed) {
      return lost(lane);
    }
    if (!lane.connection.sending()) {
      if (Status watched = watch(lane, EPOLL_CTL_MOD); !watched) {
        return watched;
      }
    }
  }
  if ((events & ~EPOLLOUT) == 0) {
    return {};
  }
  switch (lane.connection.receive(buffer_)) {
    case Progress::kWaiting:
      return {};
    case Progress::kResponse:
      return finish(lane);
    case Progress::kClosed:
      break;
  }
  return lost(lane);
}

Status LoadRun::finish(Lane& lane) {
  const Clock::time_point now = Clock::now();
  if (lane.busy && in_window(now)) {
    statistics_.add(lane.connection.response(), now - lane.due);
  }
  in_flight_ -= lane.busy ? 1 : 0;
  lane.busy = false;
  lane.fresh = false;
  if (lane.connection.response().closes()) {
    if (Status opened = open(lane); !opened) {
      return opened;
    }
  }
  return open_loop() || now >= end_ ? Status{} : start(lane, now);
}

/// A server may end a connection between two requests (its keep-alive limit); to
/// end one instead of answering is an error of the server.
Status LoadRun::lost(Lane& lane) {
  const bool between_requests = !lane.fresh && lane.connection.response().empty();
  if (lane.busy && !between_requests) {
    statistics_.add_error();
  } else {
    statistics_.add_reconnect();
  }
  const bool again = lane.busy && (between_requests || !open_loop()) && Clock::now() < end_;
  in_flight_ -= lane.busy ? 1 : 0;
  lane.busy = false;
  if (Status opened = open(lane); !opened) {
    return opened;
  }
  return again ? start(lane, lane.due) : Status{};
}

Status LoadRun::start(Lane& lane, Clock::time_point due) {
  lane.due = due;
  lane.busy = true;
  ++in_flight_;
  if (lane.connection.send(options_.request) == Progress::kClosed) {
    return lost(lane);
  }
  return lane.connection.sending() ? watch(lane, EPOLL_CTL_MOD) : Status{};
}

Status LoadRun::start_due() {
  const Clock::time_point now = Clock::now();
  for (Lane& lane : lanes_) {
    if (next_due_ > now || next_due_ >= end_) {
      return {};
    }
    if (!lane.busy) {
      const Clock::time_point due = next_due_;
      next_due_ += to_duration(1.0 / options_.rate);
      if (Status started = start(lane, due); !started) {
        return started;
      }
    }
  }
  return {};
}

}  // namespace cogpp::bench
