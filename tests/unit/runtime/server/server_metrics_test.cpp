// The document of GET /metrics.
#include <catch2/catch_test_macros.hpp>

#include "runtime/server/telemetry/metrics.hpp"

using cogpp::server::PredictionStatus;
using cogpp::server::ServerMetrics;
using cogpp::server::SlotTimes;

TEST_CASE("what happened is in the metrics document") {
  ServerMetrics metrics;
  metrics.prediction_ended(PredictionStatus::kSucceeded, SlotTimes{.waited = 0, .run = 0.002});
  metrics.prediction_ended(PredictionStatus::kSucceeded, SlotTimes{.waited = 0.5, .run = 20});
  metrics.prediction_ended(PredictionStatus::kCanceled, SlotTimes{.waited = 0, .run = 1});
  metrics.prediction_ended(PredictionStatus::kCanceled, std::nullopt);  // Out of the queue.
  metrics.request_answered(200, 10, 100);
  metrics.request_answered(409, 10, 50);
  metrics.request_answered(418, 0, 5);
  metrics.setup_ended(true, 3);
  metrics.setup_ended(false, 0);
  metrics.worker_restarted();
  metrics.webhook_ended(true, false);
  metrics.upload_ended(true);
  const std::string text =
      metrics.text({.slots_free = 3, .slots_total = 8, .connections = 2, .ready = true});
  INFO(text);
  for (const char* line : {"cogpp_predictions_total{status=\"succeeded\"} 2\n",
                           "cogpp_predictions_total{status=\"failed\"} 0\n",
                           "cogpp_predictions_total{status=\"canceled\"} 2\n",
                           "cogpp_predict_seconds_count 3\n",
                           "cogpp_predict_seconds_bucket{le=\"0.0025\"} 1\n",
                           "cogpp_queue_seconds_count 3\n",
                           "cogpp_queue_seconds_sum 0.5\n",
                           "cogpp_setup_seconds_count 1\n",
                           "cogpp_setup_failures_total 1\n",
                           "cogpp_worker_restarts_total 1\n",
                           "cogpp_http_requests_total{code=\"200\"} 1\n",
                           "cogpp_http_requests_total{code=\"409\"} 1\n",
                           "cogpp_http_requests_total{code=\"other\"} 1\n",
                           "cogpp_http_request_bytes_total 20\n",
                           "cogpp_http_response_bytes_total 155\n",
                           "cogpp_webhooks_total{event=\"completed\",result=\"lost\"} 1\n",
                           "cogpp_uploads_total{result=\"succeeded\"} 1\n",
                           "cogpp_slots{state=\"free\"} 3\n",
                           "cogpp_slots{state=\"busy\"} 5\n",
                           "cogpp_http_connections 2\n",
                           "cogpp_ready 1\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}
