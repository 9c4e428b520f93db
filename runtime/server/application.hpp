// The server as a whole: its parts, wired, and their orderly end.
#pragma once

#include <memory>
#include <optional>

#include "runtime/server/http/front_door.hpp"
#include "runtime/server/http/ready_marker.hpp"
#include "runtime/server/http/routes.hpp"
#include "runtime/server/http/server.hpp"
#include "runtime/server/options.hpp"
#include "runtime/server/predictions/service.hpp"
#include "runtime/server/status_channel.hpp"
#include "runtime/server/supervise/replicas.hpp"

namespace cogpp::server {

/// Made and run by main()'s thread.
class Application {
 public:
  /// Binds the port; fails when that cannot be had.
  static Result<std::unique_ptr<Application>> create(ServerOptions options);
  ~Application();

  /// Serves until a signal or POST /shutdown, lets running work finish, and returns
  /// the exit code. SIGINT and SIGTERM must be blocked in every thread.
  int run();

 private:
  explicit Application(ServerOptions options, std::shared_ptr<ScratchRoot> scratch);

  Status open(const ServerOptions& options);
  RunEnvironment run_environment();
  WebhookOptions webhook_options();
  FrontDoor::Options door_options();
  /// What --schema-file names, read once; logs why it cannot be used.
  GivenDocument given_document();
  Replicas::Options replica_options();
  Replicas::Parts replica_parts();
  void answer(Connection& connection);
  void wait_for_trigger();
  bool drain();
  [[noreturn]] void quit_now();

  const ServerOptions options_;
  Log log_;
  std::shared_ptr<ScratchRoot> scratch_;
  std::shared_ptr<client::Trust> trust_ = client::make_trust();
  StatusChannel status_;
  UniqueFd signals_;
  WakeFd shutdown_;
  std::unique_ptr<ServerMetrics> metrics_;  ///< With --metrics.
  SlotPool slots_;
  HealthBoard health_;
  History history_;
  TimeLimit time_limit_;
  std::unique_ptr<Webhooks> webhooks_;
  std::unique_ptr<ElasticPool> pool_;
  std::unique_ptr<Service> service_;
  std::optional<ReadyMarker> ready_marker_;  ///< In Kubernetes.
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<Replicas> replicas_;
};

}  // namespace cogpp::server
