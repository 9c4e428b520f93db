// The file that Cog's containers make for Kubernetes' probes once the model is ready
// (cog-runtime §4.4).
#pragma once

#include <atomic>
#include <filesystem>
#include <utility>

#include "runtime/server/telemetry/log.hpp"

namespace cogpp::server {

/// Any thread.
class ReadyMarker {
 public:
  /// Where Cog puts it. The images of cogpp have the folder, owned by the model's user.
  static constexpr const char* kFile = "/var/run/cog/ready";

  ReadyMarker(std::filesystem::path file, Log& log) : file_(std::move(file)), log_(log) {}

  /// Makes the empty file, and its folder where that is missing; it is never removed. The
  /// first failure is logged, as a probe that reads the file would wait for ever.
  void set();

 private:
  const std::filesystem::path file_;
  Log& log_;
  std::atomic<bool> told_{false};
};

}  // namespace cogpp::server
