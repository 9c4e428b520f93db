// Containers that cogpp runs: started attached, watched, removed in the end.
//
// Every container carries the label run.cogpp.owner with the cogpp process that it belongs
// to. The engine's client is told to end with that process and passes the signal on; what
// is left all the same (a client killed, too) is removed at cogpp's next start.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/engine/engine.hpp"
#include "cli/support/http_client.hpp"
#include "cli/support/log_relay.hpp"
#include "cli/support/process.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// The port that a model's server listens on in its container.
inline constexpr int kContainerPort = 5000;
inline constexpr const char* kOwnerLabel = "run.cogpp.owner";

struct Mount {
  std::filesystem::path source;
  std::string target;
  bool read_only = false;
};

struct PortMapping {
  std::string host = "127.0.0.1";
  int host_port = 0;  ///< 0: any free one.
  int container_port = kContainerPort;
};

struct ContainerPlan {
  std::string image;
  std::vector<std::string> arguments = {};    ///< In place of the image's CMD; empty: that.
  std::vector<std::string> environment = {};  ///< NAME=value, or NAME for this process's.
  std::string token = {};                     ///< Its server's; empty: none is known.
  std::vector<Mount> mounts = {};
  std::vector<PortMapping> ports = {};
  std::string gpus = {};       ///< As `--gpus`; empty: none.
  std::string directory = {};  ///< Working directory; empty: the image's.
  std::string user = {};       ///< `uid:gid` of this machine; empty: the image's.
  bool host_gateway = false;   ///< `host.docker.internal` leads to this machine.
  bool interactive = false;    ///< Standard input is passed on.
  bool terminal = false;       ///< The container gets a terminal.
};

/// The engine's arguments for `run`. Pure.
std::vector<std::string> run_arguments(EngineKind kind, const ContainerPlan& plan,
                                       const std::string& name);

/// Checks `--gpus`: `all`, a number, or `device=0,1`.
Status check_gpus(const std::string& gpus);

/// `N`, `host:N`, `::1:N` or `[::1]:N` of `--publish` (cog-cli §3.6).
Result<PortMapping> parse_publish(const std::string& text);

/// What a reply of /health-check says of set-up: nothing while it lasts, else how it ended.
/// Pure.
std::optional<Status> settled_health(const std::string& body);

/// Removes containers of cogpp processes of this machine that no longer live.
void remove_abandoned_containers(const Engine& engine, Context& context);

/// The container takes this process's place, with its terminal. Returns only when the
/// engine cannot be executed.
Error become_container(const Engine& engine, const ContainerPlan& plan);

/// A running container with a model's server in it. Main thread; destruction stops it.
class Container {
 public:
  enum class Logs { kRelay, kInherit };

  static Result<Container> start(const Engine& engine, const ContainerPlan& plan, Logs logs,
                                 Context& context);
  Container(Container&&) noexcept;
  ~Container();

  /// Waits until /health-check says READY (cog-cli §8) and gives the server's address.
  Result<Endpoint> wait_until_ready(std::optional<std::chrono::seconds> timeout);
  /// Shows logs until `fd` becomes readable. Fails when the container ends, or on a signal.
  Status relay_until_readable(int fd);
  /// Shows the prediction's logs, which the engine may hand on later than the answer that has
  /// them all: waits as long as more come within a second. As LogRelay::end_prediction().
  std::size_t end_prediction(std::string_view logs);
  /// Waits until the engine knows where the server's port is published.
  Result<Endpoint> wait_until_published();
  /// Until the container has ended; signals go to it. True when a signal was the reason.
  Result<bool> run_to_end();

 private:
  struct Parts;
  enum class Wake { kExtra, kEnded, kSignal, kTimeout };
  using Clock = std::chrono::steady_clock;

  explicit Container(std::unique_ptr<Parts> parts);
  Wake wait(int extra_fd, std::optional<Clock::time_point> deadline);
  void drain_logs();
  Error ended_error();
  Result<std::optional<Endpoint>> find_endpoint();
  std::unique_ptr<Parts> parts_;
};

}  // namespace cogpp::cli
