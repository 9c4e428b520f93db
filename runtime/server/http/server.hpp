// Listens, keeps idle connections without a thread each, and gives every request to
// the handler on a thread of the pool.
//
// A connection's thread waits a moment for its next request; then the connection is
// parked with the one event thread (epoll), so that a thousand idle clients cost no
// thread, no wake-ups and little memory.
//
// Not httplib's server (design §5): what was left of it, after its fixed pool,
// its one thread an idle connection, its request parser (which takes what Cog's
// server refuses) and its reply writer were replaced, was one accept() call.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/server/http/connection.hpp"
#include "runtime/server/support/descriptors.hpp"
#include "runtime/server/support/elastic_pool.hpp"
#include "runtime/server/support/unique_fd.hpp"
#include "runtime/server/support/wake_fd.hpp"
#include "schema/result.hpp"

namespace cogpp::server {

class HttpServer {
 public:
  /// Answers one request: exactly one reply() or one stream. Any pool thread; must
  /// not throw but std::bad_alloc, which ends the connection.
  using Handler = std::function<void(Connection&)>;

  struct Options {
    std::string host = "0.0.0.0";  ///< An IP literal, as Cog's.
    int port = 5000;               ///< 0: any.
    std::size_t max_connections = kMaxConnections;
    std::chrono::seconds keep_alive{75};  ///< An idle connection lives this long.
    HttpLimits limits = {};
  };

  /// Binds and listens; the kernel queues clients until serve().
  static Result<std::unique_ptr<HttpServer>> listen(Options options, ElasticPool& pool);
  /// Ends everything; waits for running handlers.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  /// Starts the event thread. Once. `refused` is told of a connection whose request was
  /// malformed and is answered already.
  void serve(Handler handler, Handler refused = nullptr);
  /// Closes the listener and idle connections at once; running requests go on and
  /// are their connection's last.
  void stop();
  /// After stop(): waits for running requests; false when `deadline` came first.
  bool wait_closed(SteadyTime deadline);
  std::size_t connections() const { return open_; }

 private:
  struct Parked {
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };
  using ParkedList = std::list<Parked>;

  HttpServer(Options options, ElasticPool& pool, UniqueFd listener, int port);

  void run();
  void accept_clients();
  void start(std::unique_ptr<Connection> connection);
  void talk(std::unique_ptr<Connection> connection);
  void park(std::unique_ptr<Connection> connection);
  void unpark(int socket);
  void drop(std::unique_ptr<Connection> connection);
  bool evict_oldest();
  bool has_parked();
  void pause_accepting(bool pause);
  int close_expired();
  void close_all_parked();

  const Options options_;
  HttpShared shared_;
  ElasticPool& pool_;
  const int port_;
  Handler handler_;
  Handler refused_;
  UniqueFd listener_;
  UniqueFd epoll_;
  WakeFd wake_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> paused_{false};

  std::mutex mutex_;  ///< Guards the parked connections and closed_.
  std::condition_variable closed_;
  ParkedList parked_;  ///< The oldest first.
  std::map<int, ParkedList::iterator> parked_by_socket_;
  std::thread thread_;
};

}  // namespace cogpp::server
