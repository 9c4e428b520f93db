// Threads take the next item; an eventfd wakes the main thread when one has ended.
#include "cli/registry/transfers.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "cli/support/files.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace {

/// What the threads share.
class Queue {
 public:
  Queue(std::size_t count, std::size_t threads)
      : count_(count), running_(threads), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  std::optional<std::size_t> take() {
    const std::lock_guard lock(mutex_);
    if (next_ == count_ || failure_) return std::nullopt;
    return next_++;
  }
  void report(const Status& status) {
    const std::lock_guard lock(mutex_);
    if (!status && !failure_) failure_ = status.error();
    wake();
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --running_;
    wake();
  }
  bool done() const {
    const std::lock_guard lock(mutex_);
    return running_ == 0;
  }
  std::optional<Error> failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
  }
  int fd() const { return wake_.get(); }
  void quiet() const {
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count));
  }

 private:
  void wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_.get(), &one, sizeof one));
  }

  mutable std::mutex mutex_;
  const std::size_t count_;
  std::size_t next_ = 0;          // under mutex_
  std::size_t running_;           // under mutex_
  std::optional<Error> failure_;  // under mutex_
  const Descriptor wake_;
};

/// Shows the board: bars on a terminal, else a line for each that has ended.
class Display {
 public:
  Display(const TransferPlan& plan, const TransferBoard& board, Console& console)
      : plan_(plan), board_(board), console_(console), told_(plan.count, false) {}

  void update() {
    const std::vector<TransferStatus> all = board_.snapshot();
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const TransferState state = all[i].state;
      const bool ended = state == TransferState::kDone || state == TransferState::kPresent ||
                         state == TransferState::kMounted;
      if (ended && !told_[i]) {
        console_.block({});
        console_.info("  " + transfer_result(all[i], plan_.verb));
        told_[i] = true;
      }
      if (state == TransferState::kRunning || state == TransferState::kRetrying) {
        lines.push_back("  " + transfer_line(all[i], std::chrono::steady_clock::now()));
      }
    }
    console_.block(std::move(lines));
  }

 private:
  const TransferPlan& plan_;
  const TransferBoard& board_;
  Console& console_;
  std::vector<bool> told_;
};

}  // namespace

Status run_transfers(const TransferPlan& plan, const Transfer& transfer, TransferBoard& board,
                     Cancellation& cancellation, Context& context) {
  const std::size_t threads = std::min(std::max<std::size_t>(plan.jobs, 1), plan.count);
  Queue queue(plan.count, threads);
  std::vector<std::unique_ptr<Transport>> transports;
  for (std::size_t i = 0; i < threads; ++i) transports.push_back(make_transport());
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      while (const std::optional<std::size_t> item = queue.take()) {
        queue.report(transfer(*item, *transports[i]));
      }
      queue.leave();
    });
  }
  const auto stop = [&] {
    cancellation.cancel();
    for (const auto& transport : transports) transport->stop();
  };
  Display display(plan, board, context.console);
  bool interrupted_by_user = false;
  std::array<pollfd, 2> waits = {{{queue.fd(), POLLIN, 0}, {context.interrupt.fd(), POLLIN, 0}}};
  while (!queue.done()) {
    ::poll(waits.data(), waits.size(), static_cast<int>(Console::kTick.count()));
    queue.quiet();
    if (waits[1].revents != 0 && context.interrupt.take() != 0) {
      interrupted_by_user = true;
      stop();
    }
    if (queue.failure() && !cancellation.cancelled()) stop();
    display.update();
  }
  workers.clear();
  display.update();
  context.console.block({});
  if (interrupted_by_user) return interrupted();
  if (const std::optional<Error> failure = queue.failure()) return *failure;
  return {};
}

}  // namespace cogpp::cli
