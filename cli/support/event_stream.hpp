// Reads server-sent events (cog-runtime §7) from a stream that comes in pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cogpp::cli {

class EventStream {
 public:
  using Receiver = std::function<void(const std::string& event, const std::string& data)>;
  explicit EventStream(Receiver receiver) : receiver_(std::move(receiver)) {}

  /// Calls the receiver for each event that `piece` completes.
  void feed(std::string_view piece);

 private:
  void take_line(std::string_view line);

  Receiver receiver_;
  std::string pending_;
  std::string event_;
  std::string data_;
};

}  // namespace cogpp::cli
