// prometheus-cpp holds and formats the numbers; every counter is made at the start, so
// that a name's first value is 0 and no lock is taken to find it.
#include "runtime/server/telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>

namespace cogpp::server {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using Buckets = Histogram::BucketBoundaries;

/// What the server answers with.
constexpr std::array<int, 14> kCodes{200, 202, 400, 401, 404, 406, 409,
                                     413, 414, 415, 422, 429, 431, 503};

const Buckets& work_buckets() {
  static const Buckets buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                               1,     2.5,    5,     10,   30,    60,   120, 300,  600};
  return buckets;
}

}  // namespace

struct ServerMetrics::Families {
  prometheus::Registry registry;

  Counter& counter(const char* name, const char* help, const Labels& labels = {}) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
  }
  Gauge& gauge(const char* name, const char* help, const Labels& labels = {}) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
  }
  Histogram& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
        Labels{}, work_buckets());
  }
  Counter& predictions(const char* status) {
    return counter("cogpp_predictions_total", "Predictions that have ended.", {{"status", status}});
  }
  Counter& requests(const std::string& code) {
    return counter("cogpp_http_requests_total", "Requests that were answered.", {{"code", code}});
  }
  Counter& webhooks(const char* event, const char* result) {
    return counter("cogpp_webhooks_total",
                   "Webhook events: completed ones delivered or given up, others attempted.",
                   {{"event", event}, {"result", result}});
  }
  Counter& uploads(const char* result) {
    return counter("cogpp_uploads_total", "Output files sent to --upload-url.",
                   {{"result", result}});
  }

  /// The first time adds the device, and a family without devices is not shown.
  void set_device(const DeviceMemory& device) {
    const Labels labels{{"gpu", std::to_string(device.index)}, {"uuid", device.uuid}};
    gauge("cogpp_device_memory_used_bytes", "Memory in use on a GPU, by all processes.", labels)
        .Set(static_cast<double>(device.used));
    gauge("cogpp_device_memory_total_bytes", "Memory of a GPU.", labels)
        .Set(static_cast<double>(device.total));
  }

  std::array<Counter*, 3> ended{&predictions("succeeded"), &predictions("failed"),
                                &predictions("canceled")};
  std::array<Counter*, kCodes.size() + 1> answered = [this] {
    std::array<Counter*, kCodes.size() + 1> all{};
    for (std::size_t i = 0; i < kCodes.size(); ++i) {
      all.at(i) = &requests(std::to_string(kCodes.at(i)));
    }
    all.back() = &requests("other");
    return all;
  }();
  Histogram& predict =
      histogram("cogpp_predict_seconds", "Time of a prediction, its files and uploads included.");
  Histogram& queue = histogram("cogpp_queue_seconds", "Time between a request and its slot.");
  Histogram& setup = histogram("cogpp_setup_seconds", "Time of a set-up that succeeded.");
  Counter& setup_failures =
      counter("cogpp_setup_failures_total", "Set-ups that failed or timed out.");
  Counter& restarts =
      counter("cogpp_worker_restarts_total", "Workers started in place of another.");
  Counter& bytes_in = counter("cogpp_http_request_bytes_total", "Bytes of request bodies.");
  Counter& bytes_out = counter("cogpp_http_response_bytes_total", "Bytes of replies.");
  std::array<std::array<Counter*, 2>, 2> webhook{
      {{&webhooks("other", "failed"), &webhooks("other", "delivered")},
       {&webhooks("completed", "lost"), &webhooks("completed", "delivered")}}};
  std::array<Counter*, 2> upload{&uploads("failed"), &uploads("succeeded")};
  Gauge& free =
      gauge("cogpp_slots", "Slots for predictions, of workers that live.", {{"state", "free"}});
  Gauge& busy =
      gauge("cogpp_slots", "Slots for predictions, of workers that live.", {{"state", "busy"}});
  Gauge& queued = gauge("cogpp_queued_predictions", "Predictions that wait for a slot.");
  Gauge& connections = gauge("cogpp_http_connections", "Open connections.");
  Gauge& ready = gauge("cogpp_ready", "1 while predictions are accepted.");
};

ServerMetrics::ServerMetrics(const std::string& gpu_driver)
    : devices_(gpu_driver), families_(std::make_unique<Families>()) {}
ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::prediction_ended(PredictionStatus status,
                                     const std::optional<SlotTimes>& times) {
  const auto index =
      static_cast<std::size_t>(status) - static_cast<std::size_t>(PredictionStatus::kSucceeded);
  families_->ended.at(index)->Increment();
  if (!times) return;
  families_->predict.Observe(times->run);
  families_->queue.Observe(times->waited);
}

void ServerMetrics::request_answered(int status, std::uint64_t bytes_in, std::uint64_t bytes_out) {
  const auto code = std::ranges::find(kCodes, status);  // Past the end: "other".
  families_->answered.at(static_cast<std::size_t>(code - kCodes.begin()))->Increment();
  if (bytes_in > 0) families_->bytes_in.Increment(static_cast<double>(bytes_in));
  families_->bytes_out.Increment(static_cast<double>(bytes_out));
}

void ServerMetrics::setup_ended(bool succeeded, double seconds) {
  if (succeeded) {
    families_->setup.Observe(seconds);
  } else {
    families_->setup_failures.Increment();
  }
}

void ServerMetrics::worker_restarted() { families_->restarts.Increment(); }

void ServerMetrics::webhook_ended(bool completed, bool delivered) {
  families_->webhook.at(completed ? 1 : 0).at(delivered ? 1 : 0)->Increment();
}

void ServerMetrics::upload_ended(bool succeeded) {
  families_->upload.at(succeeded ? 1 : 0)->Increment();
}

std::string ServerMetrics::text(const ServerGauges& gauges) {
  families_->free.Set(static_cast<double>(gauges.slots_free));
  families_->busy.Set(static_cast<double>(gauges.slots_total - gauges.slots_free));
  families_->queued.Set(static_cast<double>(gauges.queued));
  families_->connections.Set(static_cast<double>(gauges.connections));
  families_->ready.Set(gauges.ready ? 1 : 0);
  for (const DeviceMemory& device : devices_.read()) families_->set_device(device);
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace cogpp::server
