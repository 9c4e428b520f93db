// What can be asked of a worker process, and what it prints.
#include "runtime/server/supervise/worker.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

/// A cancel frame may arrive before its prediction does, as the two take different
/// sockets: it is repeated until the prediction ends, ever more rarely.
constexpr std::chrono::milliseconds kFirstPress{20};
constexpr int kMaxPresses = 12;
/// A worker that closed a socket is given this long to end by itself, so that its
/// own exit status is known.
constexpr std::chrono::milliseconds kDyingTime{1000};
/// Of control messages that the worker has not read: cancels of all its slots several
/// times over. One that leaves more unread has stopped reading.
constexpr std::size_t kMaxUnsent = 1024UL * 1024;

}  // namespace

Worker::Worker(WorkerProcess process, WorkerPatience patience, Log& log, WakeFd& wake)
    : process_(std::move(process)), patience_(patience), log_(log), wake_(wake) {
  for (const auto& slot : process_.slots) slot_fds_.push_back(slot.fd());
  uses_.resize(process_.slots.size());
}

Worker::~Worker() {
  if (has_ended_) return;
  ::kill(-process_.pid, SIGKILL);
  ::waitpid(process_.pid, nullptr, 0);
}

std::vector<std::unique_ptr<Slot>> Worker::take_slots(const std::shared_ptr<ScratchRoot>& scratch,
                                                      const std::shared_ptr<Worker>& self) {
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::uint32_t i = 0; i < process_.slots.size(); ++i) {
    std::string name = std::to_string(process_.pid);
    name.append("-").append(std::to_string(i));
    slots.push_back(std::make_unique<Slot>(
        Slot{i, std::move(process_.slots[i]), self, Scratch(scratch, name), false}));
  }
  return slots;
}

Ticket Worker::begin(std::uint32_t slot, const std::shared_ptr<Prediction>& prediction) {
  Ticket ticket{slot, 0};
  bool alone = true;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t other = 0; other < uses_.size(); ++other) {
      alone = alone && (other == slot || uses_[other].number == 0);
    }
    several_ = !alone;
    ticket.number = uses_[slot].number = ++tickets_;
  }
  if (!alone) return ticket;
  read_pipes();  // What was printed before is not this prediction's.
  const std::lock_guard lock(output_mutex_);
  tail_ = OutputTail();
  if (uses_.size() == 1) printing_ = prediction;
  return ticket;
}

bool Worker::was_used() const {
  const std::lock_guard lock(mutex_);
  return tickets_ > 0;
}

void Worker::end(const Ticket& ticket) {
  {
    const std::lock_guard lock(mutex_);
    uses_[ticket.slot] = Use{};
  }
  if (uses_.size() != 1) return;
  read_pipes();
  const std::lock_guard lock(output_mutex_);
  printing_.reset();
}

void Worker::cancel(const Ticket& ticket, const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    Use& use = uses_[ticket.slot];
    if (use.number != ticket.number || use.cancelled) return;
    use.cancelled = true;
    use.cancel_id = id;
    use.cancelled_at = std::chrono::steady_clock::now();
    use.next_press = use.cancelled_at + kFirstPress;
  }
  send(ipc::Cancel{ticket.slot, id});
  wake_.signal();
}

void Worker::send(const ipc::ServerMessage& message) {
  {
    const std::lock_guard lock(send_mutex_);
    process_.control.queue(ipc::encode(message));
  }
  push_control();
}

// Never waits: a worker that does not read must not hold up who cancels or asks.
void Worker::push_control() {
  std::size_t unsent = 0;
  {
    const std::lock_guard lock(send_mutex_);
    // A failure means that the process is ending, which the supervisor sees itself.
    [[maybe_unused]] const auto sent = process_.control.try_flush();
    unsent = process_.control.unsent();
  }
  if (unsent > kMaxUnsent) {
    broken(Breach::kGarbage, "it does not read its control socket");
  } else if (unsent > 0) {
    wake_.signal();  // The supervisor waits for room.
  }
}

bool Worker::has_unsent() {
  const std::lock_guard lock(send_mutex_);
  return process_.control.unsent() > 0;
}

void Worker::ask_health(const std::string& id) { send(ipc::Healthcheck{id}); }

bool Worker::press_cancels(SteadyTime now) {
  bool outlived = false;
  std::vector<std::pair<std::uint32_t, std::string>> due;
  {
    const std::lock_guard lock(mutex_);
    for (std::uint32_t slot = 0; slot < uses_.size(); ++slot) {
      Use& use = uses_[slot];
      if (!use.cancelled) continue;
      if (patience_.cancel_grace.count() > 0 && now >= use.cancelled_at + patience_.cancel_grace) {
        outlived = true;
      }
      if (now < use.next_press || use.presses >= kMaxPresses) continue;
      due.emplace_back(slot, use.cancel_id);
      use.next_press = now + kFirstPress * (1 << ++use.presses);
    }
  }
  if (has_unsent()) return outlived;  // It has not even read the first.
  for (const auto& [slot, id] : due) send(ipc::Cancel{slot, id});
  return outlived;
}

std::optional<SteadyTime> Worker::next_press() const {
  const std::lock_guard lock(mutex_);
  std::optional<SteadyTime> next;
  const auto consider = [&next](SteadyTime time) { next = next ? std::min(*next, time) : time; };
  for (const Use& use : uses_) {
    if (!use.cancelled) continue;
    if (use.presses < kMaxPresses) consider(use.next_press);
    if (patience_.cancel_grace.count() > 0 && !retired) {
      consider(use.cancelled_at + patience_.cancel_grace);
    }
  }
  return next;
}

void Worker::abandon_cancelled() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t slot = 0; slot < uses_.size(); ++slot) {
    const Use& use = uses_[slot];
    if (!use.cancelled || now < use.cancelled_at + patience_.cancel_grace) continue;
    // Ends a send() that waits as well.
    ::shutdown(slot_fds_[slot], SHUT_RDWR);
  }
}

void Worker::broken(Breach breach, const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    if (breach == Breach::kGarbage) kill_locked(what);
    if (why_.empty()) why_ = what;
    if (!kill_time_) kill_time_ = std::chrono::steady_clock::now() + kDyingTime;
  }
  wake_.signal();
}

void Worker::close_control() {
  const std::lock_guard lock(send_mutex_);
  process_.control.close();
}

std::optional<SteadyTime> Worker::kill_time() const {
  const std::lock_guard lock(mutex_);
  return has_ended_ ? std::nullopt : kill_time_;
}

void Worker::kill(const std::string& why) {
  const std::lock_guard lock(mutex_);
  kill_locked(why);
}

void Worker::kill_locked(const std::string& why) {
  if (has_ended_ || std::exchange(killed_, true)) return;
  if (why_.empty()) why_ = why;
  // The group: helpers that the model started end with it.
  ::kill(-process_.pid, SIGKILL);
  ::kill(process_.pid, SIGKILL);
}

void Worker::request_shutdown() { send(ipc::Shutdown{}); }

void Worker::reap() {
  collect_output();
  ::kill(-process_.pid, SIGKILL);  // What is left of its group.
  int status = 0;
  while (::waitpid(process_.pid, &status, 0) < 0 && errno == EINTR) {
  }
  OutputTail tail;
  {
    const std::lock_guard lock(output_mutex_);
    tail = tail_;
  }
  const std::lock_guard lock(mutex_);
  last_output_ = std::move(tail);
  const bool by_us = killed_ && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  end_reason_ = by_us ? why_ : describe_status(status);
  has_ended_ = true;
  ended_.notify_all();
}

std::string Worker::end_text() const {
  const std::lock_guard lock(mutex_);
  return with_output(end_reason_, last_output_.lines());
}

std::string Worker::wait_for_end(const std::string& logs) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return has_ended_; });
  // With one slot the logs hold all that was printed, in order; else they hold what the
  // prediction printed the SDK's way. Raw output may be another client's where another
  // prediction ran beside this one: then only the server's log has it.
  OutputTail output;
  if (!several_ && (uses_.size() > 1 || logs.empty())) output = last_output_;
  output.add(logs);
  return "Worker crashed\n" + with_output(end_reason_, output.lines());
}

void Worker::collect_output() {
  const std::lock_guard lock(output_mutex_);
  // At its end a pipe closes, or poll(2) would report it for ever. Only here: the
  // supervisor polls these descriptors.
  if (!read_pipe(process_.out.get(), ipc::LogSource::kStdout)) process_.out.reset();
  if (!read_pipe(process_.err.get(), ipc::LogSource::kStderr)) process_.err.reset();
}

void Worker::read_pipes() {
  const std::lock_guard lock(output_mutex_);
  read_pipe(process_.out.get(), ipc::LogSource::kStdout);
  read_pipe(process_.err.get(), ipc::LogSource::kStderr);
}

// False at the end of the pipe.
bool Worker::read_pipe(int fd, ipc::LogSource source) {
  if (fd < 0) return false;
  std::array<char, 16 * 1024> bytes;
  auto& carry = carry_[source == ipc::LogSource::kStderr ? 1 : 0];
  while (true) {
    const auto count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0;
    const std::string text = join_whole(carry, {bytes.data(), static_cast<std::size_t>(count)});
    if (!text.empty()) give_output(source, to_utf8(text));
  }
}

void Worker::give_output(ipc::LogSource source, const std::string& text) {
  tail_.add(text);
  if (printing_) return printing_->add_log(source, text);
  if (!ready) log_.setup().add_output(text);
  log_.write_printed(ready ? "coglet::user" : "coglet::setup", text);
}

}  // namespace cogpp::server
