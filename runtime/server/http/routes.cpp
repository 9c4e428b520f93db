// Handlers: parse at this edge, native values from here on.
#include "runtime/server/http/routes.hpp"

#include <utility>
#include <variant>

#include "runtime/server/http/request.hpp"
#include "runtime/server/http/sse.hpp"
#include "runtime/server/http/target.hpp"
#include "schema/json.hpp"
#include "schema/openapi.hpp"

namespace cogpp::server {
namespace {

/// 422 for a PUT whose body names another id.
std::string id_mismatch(Endpoint endpoint) {
  const std::string what = endpoint == Endpoint::kTrainings ? "training" : "prediction";
  return R"({"detail":[{"loc":["body","id"],"msg":")" + what +
         R"( ID must match the ID supplied in the URL","type":"value_error"}]})";
}

Reply bad_id() { return Reply::text(400, "Invalid URL: Invalid UTF-8 in `id`"); }

Reply body_reply(BodyError error) {
  if (error == BodyError::kTooLarge) {
    const auto rejection = body_too_large();
    return Reply::text(rejection.status, rejection.text);
  }
  if (error == BodyError::kNoMemory) {
    return Reply::json(
        503, R"({"error":"Too many large requests at once; try again later","status":"failed"})");
  }
  return Reply::text(400,
                     "Failed to buffer the request body: error reading a body from connection");
}

/// Reads and parses the body; what is wrong with it is the reply.
std::variant<PredictionRequest, Reply> read_request(Connection& connection) {
  switch (body_kind(connection.head().header("content-type"))) {
    case BodyKind::kNone:
      return PredictionRequest{};
    case BodyKind::kUnsupported: {
      const auto rejection = unsupported_media_type();
      return Reply::text(rejection.status, rejection.text);
    }
    case BodyKind::kJson:
      break;
  }
  std::string body;
  if (const auto failed = connection.read_body(body)) return body_reply(*failed);
  auto parsed = parse_prediction_request(body);
  if (auto* rejection = std::get_if<Rejection>(&parsed)) {
    return Reply::text(rejection->status, std::move(rejection->text));
  }
  return std::get<PredictionRequest>(std::move(parsed));
}

std::string context_text(const std::map<std::string, std::string>& context) {
  return context.empty() ? "{}" : to_text(Json(context));
}

TraceContext trace_of(const RequestHead& head) {
  return {std::string(head.header("traceparent").value_or("")),
          std::string(head.header("tracestate").value_or(""))};
}

bool wants_stream(const RequestHead& head) {
  return accepts_event_stream(head.header("accept").value_or(""));
}

}  // namespace

Routes::Routes(Service& service, ReadyMarker* ready_marker, std::function<void()> shut_down)
    : service_(service),
      history_(service),
      ready_marker_(ready_marker),
      shut_down_(std::move(shut_down)) {}

void Routes::handle(Connection& connection) {
  const auto& head = connection.head();
  const Target target = match_target(head.path);
  const bool keeps = history_.on();
  if (target.resource == Resource::kNone || (target.resource == Resource::kEvents && !keeps)) {
    return connection.reply(Reply::empty(404));
  }
  if (!allows(target.resource, head.method, keeps)) {
    Reply reply = Reply::empty(405);
    reply.allow = allowed_methods(target.resource, keeps);
    return connection.reply(std::move(reply));
  }
  switch (target.resource) {
    case Resource::kHealth:
      return health(connection);
    case Resource::kOpenapi:
      return openapi(connection);
    case Resource::kPredictions:
      return head.method == "POST" ? predict(connection, std::nullopt, Endpoint::kPredictions)
                                   : history_.list(connection);
    case Resource::kPrediction:
      return prediction(connection, target.id);
    case Resource::kTrainings:
      return predict(connection, std::nullopt, Endpoint::kTrainings);
    case Resource::kTraining:
      return predict(connection, target.id, Endpoint::kTrainings);
    case Resource::kEvents:
      return history_.events(connection, target.id);
    case Resource::kCancel:
    case Resource::kTrainingCancel:
      return cancel(connection, target.id);
    case Resource::kShutdown:
      connection.reply(Reply::json(200, "{}"));
      return shut_down_();
    default:
      return root(connection);
  }
}

void Routes::prediction(Connection& connection, std::string_view id) {
  const auto method = connection.head().method;
  if (method == "PUT") return predict(connection, id, Endpoint::kPredictions);
  method == "DELETE" ? history_.forget(connection, id) : history_.get(connection, id);
}

void Routes::root(Connection& connection) {
  Json document{{"cog_version", schema::kCogVersion},
                {"docs_url", "/docs"},
                {"healthcheck_url", "/health-check"},
                {"openapi_url", "/openapi.json"},
                {"predictions_cancel_url", "/predictions/{prediction_id}/cancel"},
                {"predictions_idempotent_url", "/predictions/{prediction_id}"},
                {"predictions_url", "/predictions"},
                {"shutdown_url", "/shutdown"}};
  if (const auto model = service_.health().model(); model && model->describes_training) {
    document["trainings_cancel_url"] = "/trainings/{training_id}/cancel";
    document["trainings_idempotent_url"] = "/trainings/{training_id}";
    document["trainings_url"] = "/trainings";
  }
  connection.reply(Reply::json(200, to_text(document)));
}

void Routes::health(Connection& connection) {
  HealthBoard& board = service_.health();
  std::optional<std::string> error;
  if (board.health() == Health::kReady) {
    if (ready_marker_ != nullptr) ready_marker_->set();
    error = board.checks().run();
  }
  connection.reply(Reply::json(200, board.body(error)));
}

void Routes::openapi(Connection& connection) {
  const auto model = service_.health().model();
  connection.reply(model && model->openapi
                       ? Reply::json(200, *model->openapi)
                       : Reply::json(503, R"({"error":"OpenAPI schema not available"})"));
}

void Routes::cancel(Connection& connection, std::string_view encoded_id) {
  const auto id = percent_decode(encoded_id);
  if (!id) return connection.reply(bad_id());
  connection.reply(Reply::json(service_.cancel(*id) ? 200 : 404, "{}"));
}

void Routes::predict(Connection& connection, std::optional<std::string_view> encoded_id,
                     Endpoint endpoint) {
  std::optional<std::string> id;
  if (encoded_id) {
    id = percent_decode(*encoded_id);
    if (!id) return connection.reply(bad_id());
  }
  auto read = read_request(connection);
  if (auto* reply = std::get_if<Reply>(&read)) return connection.reply(std::move(*reply));
  auto& request = std::get<PredictionRequest>(read);
  if (id && request.id && *request.id != *id)
    return connection.reply(Reply::json(422, id_mismatch(endpoint)));

  const bool training = endpoint == Endpoint::kTrainings;
  const bool stream = wants_stream(connection.head());
  if (stream) {
    if (auto refusal = service_.stream_gate(training)) {
      return connection.reply(Reply::json(refusal->status, std::move(refusal->body)));
    }
  }
  if (id) {
    if (const auto running = service_.find(*id)) return repeat(connection, running, stream);
  }
  const bool async = !stream && prefers_async(connection.head().header("prefer").value_or(""));
  NewPrediction wanted{.generate_id = !id && !request.id,
                       .input = std::move(request.input),
                       .context = context_text(request.context),
                       .unique = id.has_value(),
                       .stream = stream,
                       .training = training,
                       .webhook = std::move(request.webhook),
                       .webhook_events = request.webhook_events,
                       .trace = trace_of(connection.head())};
  if (!wanted.generate_id) wanted.id = id ? std::move(*id) : std::move(*request.id);
  auto admission = service_.admit(std::move(wanted));
  if (auto* refusal = std::get_if<Refusal>(&admission)) {
    Reply reply = Reply::json(refusal->status, std::move(refusal->body));
    reply.retry_after = refusal->retry_after;
    connection.reply(std::move(reply));
  } else if (const auto* in_flight = std::get_if<InFlight>(&admission)) {
    repeat(connection, in_flight->prediction, stream);
  } else {
    run(connection, std::get<Admitted>(std::move(admission)), async, stream);
  }
}

// A PUT for what already runs (cog-runtime §3.4, §7.4), or is kept: not run again.
void Routes::repeat(Connection& connection, const std::shared_ptr<Prediction>& running,
                    bool stream_wanted) {
  if (stream_wanted) return stream(connection, running, std::nullopt);
  if (history_.on() && running->done()) {
    return connection.reply(Reply::json(200, running->reply()));
  }
  connection.reply(Reply::json(202, running->snapshot(true)));
}

void Routes::run(Connection& connection, Admitted admitted, bool async, bool stream_wanted) {
  const auto prediction = admitted.prediction;
  if (stream_wanted) return stream(connection, prediction, std::move(admitted));
  if (!async) {
    return connection.reply(Reply::json(200, service_.run(std::move(admitted), &connection)));
  }
  service_.run_in_background(std::move(admitted));
  connection.reply(
      Reply::json(202, "{\"id\":" + cogpp::quoted(prediction->id()) + ",\"status\":\"starting\"}"));
}

void Routes::stream(Connection& connection, const std::shared_ptr<Prediction>& prediction,
                    std::optional<Admitted> admitted) {
  auto reader = prediction->events().subscribe();
  // The reader is there before the first event.
  if (admitted) service_.run_in_background(std::move(*admitted));
  if (!reader) {
    service_.reader_left(*prediction);  // Without a descriptor for it nobody reads a new one.
    return connection.reply(Reply::json(429, R"({"error":"Too many stream subscribers"})"));
  }
  stream_events(connection, *reader);
  reader.reset();
  service_.reader_left(*prediction);
}

}  // namespace cogpp::server
