// Server-sent events (cog-runtime §7).
#pragma once

#include <string>

#include "runtime/server/http/connection.hpp"
#include "runtime/server/predictions/event_log.hpp"

namespace cogpp::server {

/// One event as its frame: `event: NAME\ndata: JSON\n\n`. Appends to `out`.
void append_frame(std::string& out, const Event& event);

/// Sends everything that `reader` gives, to the last event or until the client
/// leaves. Blocks the connection's thread.
void stream_events(Connection& connection, EventReader& reader);

/// As stream_events(), of a reader from subscribe_from(): each event has its number as
/// `id:`, and after a loss, which an `error` event tells, it goes on.
void stream_log(Connection& connection, EventReader& reader);

}  // namespace cogpp::server
