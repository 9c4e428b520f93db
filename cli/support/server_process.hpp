// cogpp-server as a child of this program: started, watched, stopped.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/context.hpp"
#include "cli/support/http_client.hpp"
#include "cli/support/log_relay.hpp"
#include "cli/support/process.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

enum class ServerLogs {
  kRelay,    ///< Through a LogRelay, without spoiling a spinner.
  kInherit,  ///< Straight to this program's standard error.
};

struct ServerPlan {
  std::vector<std::string> server_arguments;  ///< --host, --port, …
  std::filesystem::path worker = {};          ///< Its program; empty: cogpp-worker.
  std::vector<std::string> worker_arguments;  ///< After the worker's program.
  std::vector<std::string> environment;       ///< NAME=value
  std::filesystem::path project;
  ServerLogs logs = ServerLogs::kRelay;
};

/// Of a server, wherever it runs.
Error setup_timed_out(std::chrono::seconds timeout);
/// The same; `logs` are those of set-up, which end with the reason.
Error setup_failed(std::string_view logs);

/// Owned by the main thread. Destruction stops the server and waits for it.
class ServerProcess {
 public:
  static Result<ServerProcess> start(const ServerPlan& plan, Context& context);
  ServerProcess(ServerProcess&&) noexcept = default;
  ~ServerProcess();

  /// Waits for the server's own word that it listens.
  Result<Endpoint> wait_until_listening();
  /// Waits for the end of set-up; the error says why it failed. An empty timeout: no limit.
  Status wait_until_ready(std::optional<std::chrono::seconds> timeout);
  /// Shows logs until `fd` becomes readable. Fails when the server ends before, or on
  /// a signal.
  Status relay_until_readable(int fd);
  /// As LogRelay's.
  std::size_t end_prediction() { return relay_.end_prediction(); }
  /// Until the server has ended; signals go to it, and what its end then waits for is told.
  /// A third one kills it. True when a signal was the reason.
  Result<bool> run_to_end();

 private:
  enum class Wake { kStatus, kExtra, kEnded, kSignal, kTimeout };
  using Clock = std::chrono::steady_clock;

  ServerProcess(Child child, std::string token, Descriptor status, Descriptor logs,
                Context& context)
      : child_(std::move(child)),
        token_(std::move(token)),
        status_(std::move(status)),
        logs_(std::move(logs)),
        relay_(context.console),
        context_(context) {}
  Wake wait(int extra_fd, std::optional<Clock::time_point> deadline);
  std::optional<std::string> take_status_line();
  void tell_what_it_waits_for();
  Error ended_error();

  Child child_;
  std::string token_;  ///< See Endpoint.
  Descriptor status_;
  Descriptor logs_;
  std::string status_text_;
  std::filesystem::path scratch_;  ///< The server's, once it listens.
  LogRelay relay_;
  Context& context_;
};

}  // namespace cogpp::cli
