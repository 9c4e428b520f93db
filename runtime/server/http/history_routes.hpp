// Predictions that can still be asked for: in flight, and finished ones that are kept
// (--keep-finished). Not part of Cog's API; without that flag none of this exists.
#pragma once

#include <string_view>

#include "runtime/server/http/connection.hpp"
#include "runtime/server/predictions/service.hpp"

namespace cogpp::server {

/// Any number of pool threads at the same time. Each function answers one request.
class HistoryRoutes {
 public:
  explicit HistoryRoutes(Service& service) : service_(service) {}

  bool on() const { return service_.history().on(); }
  /// GET /predictions?limit=N&cursor=C: the newest first.
  void list(Connection& connection);
  /// GET /predictions/{id}
  void get(Connection& connection, std::string_view encoded_id);
  /// DELETE /predictions/{id}: it is acknowledged, and forgotten.
  void forget(Connection& connection, std::string_view encoded_id);
  /// GET /predictions/{id}/events?from=SEQ: the numbered event log.
  void events(Connection& connection, std::string_view encoded_id);

 private:
  /// nullptr: a 400 or 404 was sent.
  std::shared_ptr<Prediction> find(Connection& connection, std::string_view encoded_id);

  Service& service_;
};

}  // namespace cogpp::server
