// Cog's HTTP API over the prediction service: what each resource answers, in Cog's
// order of checks (cog-runtime §1, §2.5).
#pragma once

#include <functional>
#include <string>

#include "runtime/server/http/connection.hpp"
#include "runtime/server/http/history_routes.hpp"
#include "runtime/server/http/ready_marker.hpp"
#include "runtime/server/predictions/service.hpp"

namespace cogpp::server {

/// Trainings are predictions at other addresses, with inputs of their own (cog-runtime §14).
enum class Endpoint { kPredictions, kTrainings };

/// Any number of pool threads call handle() at the same time; it blocks for as long
/// as a prediction runs.
class Routes {
 public:
  /// `ready_marker` is set while the model is ready and asked for its health; nullptr outside
  /// of Kubernetes. `shut_down` is called after POST /shutdown is answered.
  Routes(Service& service, ReadyMarker* ready_marker, std::function<void()> shut_down);

  /// Answers one request.
  void handle(Connection& connection);

 private:
  void prediction(Connection& connection, std::string_view id);
  void root(Connection& connection);
  void health(Connection& connection);
  void openapi(Connection& connection);
  void cancel(Connection& connection, std::string_view id);
  /// POST with no id in the target, PUT with one; of predictions and of trainings.
  void predict(Connection& connection, std::optional<std::string_view> id, Endpoint endpoint);
  void repeat(Connection& connection, const std::shared_ptr<Prediction>& running, bool stream);
  void run(Connection& connection, Admitted admitted, bool async, bool stream);
  void stream(Connection& connection, const std::shared_ptr<Prediction>& prediction,
              std::optional<Admitted> admitted);

  Service& service_;
  HistoryRoutes history_;
  ReadyMarker* ready_marker_;
  std::function<void()> shut_down_;
};

}  // namespace cogpp::server
