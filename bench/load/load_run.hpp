// One run of load against a server on this machine: a warm-up, then one measured
// window. Closed loop (every connection asks again when it has its answer) or open
// loop (requests are due at a fixed rate and their latency counts from when they
// were due, so that a stalled server cannot hide its stall).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/statistics.hpp"
#include "schema/result.hpp"

namespace cogpp::bench {

struct LoadOptions {
  std::uint16_t port = 0;
  std::string request;  ///< Head and body as they go over the wire.
  std::string expect;   ///< Text at the end of a wanted answer; empty: any 2xx.
  std::size_t connections = 1;
  std::size_t idle = 0;  ///< Further connections that only exist.
  double warmup = 0.5;   ///< Seconds.
  double seconds = 5.0;
  double rate = 0.0;  ///< Requests per second, over all connections; 0: closed loop.
};

/// Runs in the calling thread. Use once.
class LoadRun {
 public:
  explicit LoadRun(LoadOptions options);
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;
  ~LoadRun();

  /// The window's report as JSON. Fails when the server cannot be reached.
  Result<std::string> run();

 private:
  struct Lane {
    Connection connection;
    Clock::time_point due;  ///< When its request was to be sent.
    bool busy = false;
    bool fresh = true;  ///< No answer on this connection yet.
  };

  Status open_all();
  Status open(Lane& lane);
  Status watch(Lane& lane, int operation);
  Status wait();
  Status handle(Lane& lane, std::uint32_t events);
  Status finish(Lane& lane);
  Status lost(Lane& lane);
  Status start(Lane& lane, Clock::time_point due);
  Status start_due();
  bool open_loop() const { return options_.rate > 0; }
  bool in_window(Clock::time_point now) const { return now >= measure_start_ && now < end_; }

  LoadOptions options_;
  Statistics statistics_;
  std::vector<Lane> lanes_;
  std::vector<Connection> idle_;
  std::vector<char> buffer_;
  int epoll_ = -1;
  std::size_t in_flight_ = 0;
  Clock::time_point measure_start_;
  Clock::time_point end_;
  Clock::time_point next_due_;
};

}  // namespace cogpp::bench
