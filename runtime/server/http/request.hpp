// What a client's request means, before anything of it is checked against a model.
//
// Pure functions of header values and body text; the HTTP layer calls them on its
// connection threads. Texts and statuses are Cog's framework's (cog-runtime §2 and
// live A7-A11, B6-B8); replies of a Rejection are `text/plain; charset=utf-8`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schema/json.hpp"

namespace cogpp::server {

enum class WebhookEvent : unsigned char { kStart, kOutput, kLogs, kCompleted };

/// The events that a client wants to be told of.
class WebhookEvents {
 public:
  static WebhookEvents all() { return WebhookEvents(0b1111); }
  static WebhookEvents none() { return WebhookEvents(0); }

  bool contains(WebhookEvent event) const { return (bits_ & bit(event)) != 0; }
  void insert(WebhookEvent event) { bits_ |= bit(event); }
  friend bool operator==(const WebhookEvents&, const WebhookEvents&) = default;

 private:
  explicit WebhookEvents(unsigned bits) : bits_(bits) {}
  static unsigned bit(WebhookEvent event) { return 1U << static_cast<unsigned>(event); }
  unsigned bits_;
};

/// The body of POST and PUT /predictions and /trainings. As constructed it is what a
/// request without a body means.
struct PredictionRequest {
  std::optional<std::string> id;
  Json input = Json::object();
  std::map<std::string, std::string> context;
  std::optional<std::string> webhook;  ///< Not checked to be a URL.
  WebhookEvents webhook_events = WebhookEvents::all();
};

/// An answer in place of a prediction: status and plain text.
struct Rejection {
  int status = 400;
  std::string text;

  friend bool operator==(const Rejection&, const Rejection&) = default;
};

using PredictionRequestOrRejection = std::variant<PredictionRequest, Rejection>;

/// Reads a body. Malformed JSON is a 400, JSON of another shape a 422; the text names
/// the place ("context.a: invalid type: integer `1`, expected a string at line …").
PredictionRequestOrRejection parse_prediction_request(std::string_view body);

/// What the Content-Type header says about the body.
enum class BodyKind {
  kNone,         ///< No header: the body is not read, the request is empty (§2.3).
  kJson,         ///< application/json or application/*+json.
  kUnsupported,  ///< Anything else: unsupported_media_type().
};
/// `content_type` is the first header of that name, or nothing.
BodyKind body_kind(std::optional<std::string_view> content_type);

Rejection unsupported_media_type();  ///< 415
Rejection body_too_large();          ///< 413

/// Whether `prefer`, the first header of that name or "", asks for an asynchronous
/// prediction: exactly `respond-async`, space around it aside.
bool prefers_async(std::string_view prefer);

/// Whether `accept`, the first header of that name or "", has `text/event-stream`
/// among its items.
bool accepts_event_stream(std::string_view accept);

}  // namespace cogpp::server
