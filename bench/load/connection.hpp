// One keep-alive client connection to a server on this machine. Non-blocking but
// for connect(), which a loopback listener answers at once. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bench/load/response.hpp"
#include "schema/result.hpp"

namespace cogpp::bench {

enum class Progress {
  kWaiting,   ///< Nothing complete; wait for the socket.
  kResponse,  ///< response() is complete.
  kClosed,    ///< The server closed before it answered; open() again.
};

class Connection {
 public:
  Connection() = default;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  /// Connects (again) to 127.0.0.1:port.
  Status open(std::uint16_t port);
  int fd() const { return fd_; }

  /// Starts a request; `request` must stay valid until its response is complete.
  Progress send(std::string_view request);
  /// Goes on writing after the socket became writable.
  Progress continue_sending();
  /// Reads what there is. `buffer` is scratch space shared by all connections.
  Progress receive(std::span<char> buffer);

  bool sending() const { return !unsent_.empty(); }
  const ResponseReader& response() const { return response_; }

 private:
  void close();

  int fd_ = -1;
  std::string_view unsent_;
  ResponseReader response_;
};

}  // namespace cogpp::bench
