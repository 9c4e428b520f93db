// One event is one chunk; all that are there at once leave in one write.
#include "runtime/server/http/sse.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace cogpp::server {
namespace {

/// A write is not larger than this, so that a large backlog is not copied at once.
constexpr std::size_t kWriteBytes = 256 * 1024;

const char* name_of(EventKind kind) {
  switch (kind) {
    case EventKind::kStart:
      return "start";
    case EventKind::kOutput:
      return "output";
    case EventKind::kLog:
      return "log";
    case EventKind::kMetric:
      return "metric";
    default:
      return "completed";
  }
}

std::string loss_frame(const char* what, std::uint64_t skipped) {
  return std::string("event: error\ndata: {\"error\":\"SSE stream ") + what +
         "; events were dropped\",\"skipped\":" + std::to_string(skipped) + "}\n\n";
}

/// The chunks of one batch. False: the client is gone.
bool write_batch(Connection& connection, const EventReader::Batch& batch) {
  std::string out;
  std::string frame;
  const auto add = [&](std::string_view text) { connection.append_chunk(out, text); };
  if (batch.replay_skipped > 0) {
    add(loss_frame("replay truncated", batch.replay_skipped));
    return connection.write_raw(out);
  }
  for (const auto& event : batch.events) {
    frame.clear();
    append_frame(frame, event);
    add(frame);
    if (out.size() < kWriteBytes) continue;
    if (!connection.write_raw(out)) return false;
    out.clear();
  }
  if (batch.lag_skipped > 0) add(loss_frame("lagged", batch.lag_skipped));
  return connection.write_raw(out);
}

/// The same with numbers.
bool write_numbered(Connection& connection, const EventReader::Batch& batch) {
  std::string out;
  std::string frame;
  if (batch.lost > 0) connection.append_chunk(out, loss_frame("replay truncated", batch.lost));
  auto number = batch.first;
  for (const auto& event : batch.events) {
    frame = "id: " + std::to_string(number++) + '\n';
    append_frame(frame, event);
    connection.append_chunk(out, frame);
    if (out.size() < kWriteBytes) continue;
    if (!connection.write_raw(out)) return false;
    out.clear();
  }
  return connection.write_raw(out);
}

/// Waits for more events. False: the client is gone.
bool wait_for_more(Connection& connection, const EventReader& reader) {
  const auto deadline = std::chrono::steady_clock::now() + connection.limits().stream_silence;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    std::array<pollfd, 2> entries{pollfd{reader.fd(), POLLIN, 0},
                                  pollfd{connection.fd(), POLLIN, 0}};
    const int count = ::poll(entries.data(), entries.size(),
                             static_cast<int>(std::max<long long>(left.count(), 0)));
    if (entries[1].revents != 0 && connection.left()) return false;
    if (entries[0].revents != 0) return true;
    if (count != 0) continue;
    std::string out;
    connection.append_chunk(out, ": keep-alive\n\n");
    return connection.write_raw(out);
  }
}

}  // namespace

void append_frame(std::string& out, const Event& event) {
  out += "event: ";
  out += name_of(event.kind);
  out += "\ndata: ";
  if (event.kind == EventKind::kOutput) {
    out += "{\"chunk\":";
    out += *event.text;
    out += ",\"index\":" + std::to_string(event.index) + "}";
  } else {
    out += *event.text;
  }
  out += "\n\n";
}

void stream_log(Connection& connection, EventReader& reader) {
  if (!connection.begin_stream("text/event-stream")) return;
  while (true) {
    const auto batch = reader.take();
    if (!write_numbered(connection, batch)) return;
    if (batch.complete) break;
    if (batch.events.empty() && !wait_for_more(connection, reader)) return connection.abandon();
  }
  connection.end_stream();
}

void stream_events(Connection& connection, EventReader& reader) {
  if (!connection.begin_stream("text/event-stream")) return;
  while (true) {
    const auto batch = reader.take();
    if (!write_batch(connection, batch)) return;
    if (batch.complete || batch.replay_skipped > 0 || batch.lag_skipped > 0) break;
    if (!wait_for_more(connection, reader)) return connection.abandon();
  }
  connection.end_stream();
}

}  // namespace cogpp::server
