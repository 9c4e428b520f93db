// The event thread: new clients, parked connections that became readable, and parked
// ones that were idle for too long.
#include "runtime/server/http/server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "runtime/server/http/listener.hpp"
#include "runtime/server/support/memory.hpp"

namespace cogpp::server {
namespace {

constexpr int kListenerTag = -1;
constexpr int kWakeTag = -2;
/// How long accepting rests when the process has no descriptor left.
constexpr int kRestMillis = 100;

bool watch(int epoll, int fd, int tag, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = tag;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(Options options, ElasticPool& pool) {
  auto listener = open_listener(options.host, options.port);
  if (!listener) return listener.error();
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(options), pool, std::move(listener->socket), listener->port));
}

HttpServer::HttpServer(Options options, ElasticPool& pool, UniqueFd listener, int port)
    : options_(std::move(options)),
      shared_{.limits = options_.limits},
      pool_(pool),
      port_(port),
      listener_(std::move(listener)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  watch(epoll_.get(), wake_.fd(), kWakeTag, EPOLLIN);
}

HttpServer::~HttpServer() {
  stop();
  wait_closed(SteadyTime::max());
}

void HttpServer::serve(Handler handler, Handler refused) {
  handler_ = std::move(handler);
  refused_ = refused ? std::move(refused) : [](Connection&) {};
  pause_accepting(false);
  thread_ = std::thread([this] { run(); });
}

void HttpServer::stop() {
  shared_.stopping = true;
  wake_.signal();
  if (thread_.joinable()) thread_.join();
  listener_.reset();
}

bool HttpServer::wait_closed(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  const auto none_open = [this] { return open_ == 0; };
  if (deadline == SteadyTime::max()) {
    closed_.wait(lock, none_open);
    return true;
  }
  return closed_.wait_until(lock, deadline, none_open);
}

void HttpServer::run() {
  std::array<epoll_event, 64> events{};
  while (!shared_.stopping) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), close_expired());
    for (int i = 0; i < count; ++i) {
      const int tag = events[static_cast<std::size_t>(i)].data.fd;
      if (tag == kListenerTag) {
        accept_clients();
      } else if (tag == kWakeTag) {
        wake_.clear();
      } else {
        unpark(tag);
      }
    }
    // Full of busy connections when it paused, but an idle one gives way.
    if (paused_ && (open_ < options_.max_connections || has_parked())) pause_accepting(false);
  }
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
  listener_.reset();
  close_all_parked();
}

void HttpServer::accept_clients() {
  while (!shared_.stopping) {
    if (open_ >= options_.max_connections && !evict_oldest()) return pause_accepting(true);
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) {
      const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS;
      if (exhausted && !evict_oldest()) pause_accepting(true);
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    ++open_;
    start(std::make_unique<Connection>(std::move(client), shared_));
  }
}

void HttpServer::pause_accepting(bool pause) {
  paused_ = pause;
  if (pause) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
  } else {
    watch(epoll_.get(), listener_.get(), kListenerTag, EPOLLIN);
  }
}

void HttpServer::start(std::unique_ptr<Connection> connection) {
  // std::function wants to be copied, a connection cannot be.
  auto shared = std::make_shared<std::unique_ptr<Connection>>(std::move(connection));
  pool_.submit([this, shared] { talk(std::move(*shared)); });
}

void HttpServer::talk(std::unique_ptr<Connection> connection) {
  try {
    while (true) {
      const auto next = connection->next_request();
      if (next == Connection::Next::kIdle && !shared_.stopping) return park(std::move(connection));
      const bool asked = next == Connection::Next::kRequest;
      if (!asked && next != Connection::Next::kRefused) break;
      (asked ? handler_ : refused_)(*connection);
      if (!connection->finish_request()) break;
    }
  } catch (const std::bad_alloc&) {
    // One client that the system has no memory for must not end the others.
    if (connection) connection->abandon();
  }
  drop(std::move(connection));
}

/// `connection` may have ended already, when there was no memory to park it.
void HttpServer::drop(std::unique_ptr<Connection> connection) {
  const bool large = connection && connection->rest();
  connection.reset();
  if (large) give_back_freed_memory();
  const std::lock_guard lock(mutex_);
  --open_;
  if (paused_) wake_.signal();
  closed_.notify_all();
}

void HttpServer::park(std::unique_ptr<Connection> connection) {
  if (connection->rest()) give_back_freed_memory();
  const int socket = connection->socket();
  {
    const std::lock_guard lock(mutex_);
    if (!shared_.stopping) {
      const auto entry = parked_.insert(
          parked_.end(), Parked{std::move(connection), std::chrono::steady_clock::now()});
      parked_by_socket_[socket] = entry;
      watch(epoll_.get(), socket, socket, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
      if (parked_.size() == 1) wake_.signal();  // It has an expiry to wait for now.
    }
  }
  if (connection) drop(std::move(connection));
}

void HttpServer::unpark(int socket) {
  std::unique_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    const auto found = parked_by_socket_.find(socket);
    if (found == parked_by_socket_.end()) return;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    connection = std::move(found->second->connection);
    parked_.erase(found->second);
    parked_by_socket_.erase(found);
  }
  start(std::move(connection));
}

bool HttpServer::evict_oldest() {
  std::unique_ptr<Connection> oldest;
  {
    const std::lock_guard lock(mutex_);
    if (parked_.empty()) return false;
    oldest = std::move(parked_.front().connection);
    parked_by_socket_.erase(oldest->socket());
    parked_.pop_front();
  }
  drop(std::move(oldest));  // Closing the descriptor takes it out of epoll.
  return true;
}

bool HttpServer::has_parked() {
  const std::lock_guard lock(mutex_);
  return !parked_.empty();
}

// Returns for how many milliseconds there is nothing to do, -1: for ever.
int HttpServer::close_expired() {
  const auto now = std::chrono::steady_clock::now();
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (parked_.empty()) return paused_ ? kRestMillis : -1;
      const auto end = parked_.front().since + options_.keep_alive;
      if (end > now) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now);
        const int millis = static_cast<int>(left.count()) + 1;
        return paused_ ? std::min(kRestMillis, millis) : millis;
      }
    }
    evict_oldest();
  }
}

void HttpServer::close_all_parked() {
  while (evict_oldest()) {
  }
}

}  // namespace cogpp::server
