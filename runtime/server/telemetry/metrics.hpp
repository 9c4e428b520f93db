// The numbers of GET /metrics. What happens is counted when it happens, with atomics;
// what is (slots, connections) is asked for when somebody looks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/server/predictions/state.hpp"
#include "runtime/server/telemetry/device_memory.hpp"

namespace cogpp::server {

/// What is at the moment of a look.
struct ServerGauges {
  std::size_t slots_free = 0;
  std::size_t slots_total = 0;
  std::size_t queued = 0;
  std::size_t connections = 0;
  bool ready = false;
};

/// Any thread.
class ServerMetrics {
 public:
  ServerMetrics() : ServerMetrics(DeviceMonitor::kLibrary) {}
  /// `gpu_driver`: see DeviceMonitor.
  explicit ServerMetrics(const std::string& gpu_driver);
  ServerMetrics(const ServerMetrics&) = delete;
  ServerMetrics& operator=(const ServerMetrics&) = delete;
  ~ServerMetrics();

  /// Without `times` it had no slot: it is counted, and no time of it observed.
  void prediction_ended(PredictionStatus status, const std::optional<SlotTimes>& times);
  void request_answered(int status, std::uint64_t bytes_in, std::uint64_t bytes_out);
  void setup_ended(bool succeeded, double seconds);
  void worker_restarted();
  /// A worker is ready on that device; see DeviceMonitor.
  void worker_ready(const std::string& device) { devices_.used_by_worker(device); }
  void webhook_ended(bool completed, bool delivered);
  void upload_ended(bool succeeded);

  /// The document, in Prometheus' text format 0.0.4.
  std::string text(const ServerGauges& gauges);

 private:
  struct Families;
  DeviceMonitor devices_;
  std::unique_ptr<Families> families_;  ///< Keeps the library's headers in one file.
};

}  // namespace cogpp::server
