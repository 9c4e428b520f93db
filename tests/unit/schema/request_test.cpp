// Request bodies and headers against recorded answers.
#include "runtime/server/http/request.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/schema/fixtures.hpp"

namespace cogpp::server {
namespace {

using tests::fixture;

Rejection rejection_of(std::string_view body) {
  const PredictionRequestOrRejection parsed = parse_prediction_request(body);
  return std::holds_alternative<Rejection>(parsed) ? std::get<Rejection>(parsed) : Rejection{0, ""};
}

PredictionRequest request_of(std::string_view body) {
  INFO(rejection_of(body).text);
  return std::get<PredictionRequest>(parse_prediction_request(body));
}

TEST_CASE("bodies get the recorded answers") {
  std::size_t rejected = 0;
  for (const Json& recorded : fixture("bodies.json")) {
    INFO("case " << recorded["name"]);
    const Rejection rejection = rejection_of(recorded["body"].get<std::string>());
    CHECK(rejection.status == recorded["status"].get<int>());
    CHECK(rejection.text == recorded["text"].get<std::string>());
    rejected += rejection.status == 0 ? 0 : 1;
  }
  CHECK(rejected > 40);
}

TEST_CASE("headers get the recorded answers") {
  for (const Json& recorded : fixture("headers.json")) {
    INFO("case " << recorded["name"]);
    const auto first = [&recorded](const char* name) -> std::optional<std::string> {
      for (const Json& header : recorded["headers"]) {
        if (header[0] == name) return header[1].get<std::string>();
      }
      return std::nullopt;
    };
    const int status = recorded["status"];
    const std::optional<std::string> type = first("Content-Type");
    const BodyKind kind = body_kind(type);
    CHECK((kind == BodyKind::kUnsupported) == (status == 415));
    CHECK((kind == BodyKind::kNone) == !type.has_value());
    if (status == 415) CHECK(unsupported_media_type().text == recorded["text"].get<std::string>());
    CHECK(prefers_async(first("Prefer").value_or("")) == (status == 202));
    CHECK(accepts_event_stream(first("Accept").value_or("")) == (status == 406));
  }
}

TEST_CASE("a request without members has the defaults") {
  for (const char* body : {"{}", R"({"id":null,"input":null,"webhook":null,"version":[1]})"}) {
    const PredictionRequest request = request_of(body);
    CHECK_FALSE(request.id);
    CHECK(request.input == Json::object());
    CHECK(request.context.empty());
    CHECK_FALSE(request.webhook);
    CHECK(request.webhook_events == WebhookEvents::all());
  }
}

TEST_CASE("members arrive, named or by position") {
  for (const char* body : {R"({"id":"a","input":{"x":[1]},"context":{"k":"1","k":"2"},"webhook":"u",
            "webhook_events_filter":["logs",{"start":null}]})",
                           R"(["a",{"x":[1]},{"k":"2"},"u",["start","logs","logs"]])"}) {
    const PredictionRequest request = request_of(body);
    CHECK(request.id == "a");
    CHECK(to_text(request.input) == R"({"x":[1]})");
    CHECK(request.context == std::map<std::string, std::string>{{"k", "2"}});
    CHECK(request.webhook == "u");
    CHECK(request.webhook_events.contains(WebhookEvent::kStart));
    CHECK(request.webhook_events.contains(WebhookEvent::kLogs));
    CHECK_FALSE(request.webhook_events.contains(WebhookEvent::kOutput));
    CHECK_FALSE(request.webhook_events.contains(WebhookEvent::kCompleted));
  }
  CHECK(request_of(R"({"webhook_events_filter":[]})").webhook_events == WebhookEvents::none());
}

const std::string kMalformed = "Failed to parse the request body as JSON: ";
const std::string kWrongShape = "Failed to deserialize the JSON body into the target type: ";

TEST_CASE("positional bodies of the wrong length say so") {
  CHECK(rejection_of("[]") ==
        Rejection{422, kWrongShape + "invalid length 0, expected struct PredictionRequest with 5 "
                                     "elements at line 1 column 2"});
  CHECK(rejection_of(R"(["a",{},{},null,["start"],1])") ==
        Rejection{400, kMalformed + "trailing characters at line 1 column 27"});
}

TEST_CASE("further places and texts") {
  CHECK(rejection_of(R"({"id":5})").text ==
        kWrongShape + "id: invalid type: integer `5`, expected a string at line 1 column 7");
  CHECK(rejection_of(R"({"id":-1.5e3})").text ==
        kWrongShape +
            "id: invalid type: floating point `-1500.0`, expected a string at line 1 column 12");
  CHECK(rejection_of(R"({"id":nul})") ==
        Rejection{400, kMalformed + "id: expected ident at line 1 column 10"});
  CHECK(rejection_of(R"({"x":[1,]})") ==
        Rejection{400, kMalformed + "x: expected value at line 1 column 9"});
  CHECK(rejection_of(R"({"webhook_events_filter":[{"start":1}]})").text ==
        kWrongShape +
            "webhook_events_filter[0].start: invalid type: integer `1`, expected unit at "
            "line 1 column 36");
  CHECK(rejection_of("{\"context\":{\"a\":\"\xff\"}}") ==
        Rejection{400, kMalformed + "context.a: invalid unicode code point at line 1 column 19"});
  CHECK(rejection_of(R"({"context":"a\"b\u0001"})").text ==
        kWrongShape +
            R"(context: invalid type: string "a\"b\u{1}", expected a map at line 1 column 23)");
}

TEST_CASE("media types") {
  for (const char* json :
       {"application/json", "APPLICATION/JSON", "application/json;", "application/json; charset=x",
        "application/json;a=\"b; c\" ; d=e", "application/vnd.api+json", " application/json "}) {
    INFO(json);
    CHECK(body_kind(json) == BodyKind::kJson);
  }
  for (const char* other :
       {"", "application/json; x", "application/json ; a=b", "text/json", "text/foo+json",
        "application/+json", "application/json-seq", "text/plain, application/json",
        "application/json, text/plain", "application", "application/json; a=\"b"}) {
    INFO(other);
    CHECK(body_kind(other) == BodyKind::kUnsupported);
  }
  CHECK(body_kind(std::nullopt) == BodyKind::kNone);
}

TEST_CASE("preferences and accepted types match to the letter") {
  CHECK(prefers_async("\trespond-async "));
  CHECK_FALSE(prefers_async("Respond-Async"));
  CHECK_FALSE(prefers_async(""));
  CHECK(accepts_event_stream("text/html , text/event-stream;q=0"));
  CHECK_FALSE(accepts_event_stream("text/event-stream ;q=1"));
  CHECK_FALSE(accepts_event_stream("*/*"));
}

}  // namespace
}  // namespace cogpp::server
