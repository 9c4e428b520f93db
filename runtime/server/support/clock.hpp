// Times as text, in the formats that the API and the log use. Pure; any thread.
#pragma once

#include <chrono>
#include <string>

namespace cogpp::server {

using SystemTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

/// `2026-08-21T22:16:55.123456789+00:00` (cog-runtime §4).
std::string rfc3339_nanos(SystemTime time);
/// `2026-08-21T22:16:55.123456Z`, the log's format (cog-runtime §12).
std::string rfc3339_micros(SystemTime time);
/// `Fri, 21 Aug 2026 22:16:55 GMT`.
std::string http_date(std::time_t time);

/// Seconds between two instants.
inline double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace cogpp::server
