// The command line and environment of cogpp-server (cog-runtime §15).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/server/predictions/model.hpp"
#include "runtime/server/telemetry/log.hpp"

namespace cogpp::server {

struct ServerOptions {
  std::string host = "0.0.0.0";
  int port = 5000;
  std::uint32_t concurrency = 1;
  bool await_explicit_shutdown = false;
  RunMode mode = RunMode::kPredict;
  std::string schema_file;  ///< Empty: the document is made from the worker's signature.
  std::string upload_url;
  bool forbid_private_urls = false;
  bool probes = false;
  bool metrics = false;
  std::string auth_token;  ///< Empty: none is asked for.
  std::uint64_t max_body = 104'857'600;
  std::uint64_t max_logs = 16ULL << 20;
  std::uint64_t max_output = 256ULL << 20;
  std::uint64_t max_input_file = 8ULL << 30;
  std::uint64_t history = 1024;
  std::chrono::milliseconds setup_timeout{0};     ///< 0: none.
  std::chrono::milliseconds cancel_grace{30000};  ///< 0: never.
  std::chrono::milliseconds drain_timeout{300000};
  std::chrono::milliseconds predict_timeout{0};  ///< 0: none.
  std::size_t queue = 0;                         ///< Predictions that may wait for a slot.
  std::size_t replicas = 1;
  std::vector<std::string> devices;  ///< Empty, or one for each replica.
  std::size_t keep_finished = 0;     ///< Finished predictions that are kept; 0: none.
  std::chrono::milliseconds keep_time{0};
  std::uint64_t keep_bytes = 256ULL << 20;
  LogFormat log_format = LogFormat::kJson;
  LogFilter log_filter;
  bool in_kubernetes = false;  ///< KUBERNETES_SERVICE_HOST is set.
  std::string project;
  std::string user_agent;
  std::string webhook_token;  ///< Of WEBHOOK_AUTH_TOKEN.
  std::chrono::nanoseconds webhook_interval = std::chrono::milliseconds(500);
  int status_fd = -1;
  std::vector<std::string> worker;
  std::vector<std::string> warnings;  ///< About ignored values of the environment.
};

/// What main() is to do: run with `options`, or end at once with `exit_code` after
/// `message` was printed (to stdout for 0, else to stderr).
struct ParsedOptions {
  std::optional<ServerOptions> options;
  int exit_code = 0;
  std::string message;
};

/// This program's own version.
std::string server_version();

/// Reads the arguments and the process's environment. Once, at start.
ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace cogpp::server
