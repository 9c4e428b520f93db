// Messages as text and back, and what is refused.
#include "runtime/ipc/messages.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace cogpp::ipc {
namespace {

template <class Message>
Message from_worker(const std::string& frame) {
  auto message = decode_worker_message(frame);
  REQUIRE(message);
  REQUIRE(std::holds_alternative<Message>(*message));
  return std::get<Message>(*message);
}

template <class Message>
Message from_server(const std::string& frame) {
  auto message = decode_server_message(frame);
  REQUIRE(message);
  REQUIRE(std::holds_alternative<Message>(*message));
  return std::get<Message>(*message);
}

std::string refusal(const std::string& frame) {
  const auto message = decode_worker_message(frame);
  return message ? "accepted" : message.error().message;
}

TEST_CASE("hello carries the signature") {
  Hello hello{.sdk_version = "0.1.0", .slots = 8};
  hello.signature.inputs.push_back({.name = "prompt", .description = "Text \"to\" continue"});
  hello.signature.mode = schema::OutputMode::kConcatenate;
  hello.signature.streaming = true;
  const auto back = from_worker<Hello>(encode(hello));
  CHECK(back.protocol == kProtocolVersion);
  CHECK(back.sdk_version == "0.1.0");
  CHECK(back.slots == 8);
  CHECK(back.signature == hello.signature);
}

TEST_CASE("what hello may say besides") {
  const std::string plain = encode(Hello{.sdk_version = "0.1.0"});
  for (const char* member : {"training", "healthcheck", "python", "undescribed"}) {
    CHECK(plain.find(member) == std::string::npos);
  }
  const auto none = from_worker<Hello>(plain);
  CHECK_FALSE(none.training);
  CHECK_FALSE(none.healthcheck);
  CHECK(none.python.empty());

  Hello hello{.sdk_version = "0.1.0",
              .training = schema::Signature{},
              .healthcheck = true,
              .python = "3.11.7",
              .python_sdk = "0.22.0"};
  hello.training->inputs.push_back({.name = "steps", .type = {schema::Kind::kInteger}});
  const auto back = from_worker<Hello>(encode(hello));
  REQUIRE(back.training);
  CHECK(*back.training == *hello.training);
  CHECK(back.healthcheck);
  CHECK(back.python == "3.11.7");
  CHECK(back.python_sdk == "0.22.0");
}

TEST_CASE("a worker that cannot tell its signature says why") {
  const std::string text = encode(Hello{.undescribed = "cannot resolve type 'Namespace'"});
  CHECK(text.find("signature") == std::string::npos);
  CHECK(from_worker<Hello>(text).undescribed == "cannot resolve type 'Namespace'");
  Hello with_files{.undescribed = "cannot resolve type 'Namespace'"};
  with_files.signature.inputs.push_back({.name = "image", .type = {schema::Kind::kPath}});
  const auto back = from_worker<Hello>(encode(with_files));
  CHECK(back.undescribed == with_files.undescribed);
  CHECK(back.signature == with_files.signature);
}

TEST_CASE("set-up messages") {
  CHECK(encode(Ready{"cuda:0"}) == R"({"type":"ready","device":"cuda:0"})");
  CHECK(from_worker<Ready>(encode(Ready{"cpu"})).device == "cpu");
  CHECK(from_worker<SetupFailed>(encode(SetupFailed{"a\nb"})).error == "a\nb");
}

TEST_CASE("what a prediction sends") {
  const auto log = from_worker<Log>(encode(Log{LogSource::kStderr, "h\u00e9\t\"x\"\n"}));
  CHECK(log.source == LogSource::kStderr);
  CHECK(log.data == "h\u00e9\t\"x\"\n");

  const Json chunk = {{"text", "}]\"\\"}, {"numbers", {1, 2.5, nullptr}}};
  CHECK(from_worker<Output>(encode(Output{chunk})).chunk == chunk);
  CHECK(encode_output("[1]", 0) == R"({"type":"output","chunk":[1]})");
  CHECK(encode_output("[1]", 7) == R"({"type":"output","chunk":[1],"turn":7})");
  CHECK(from_worker<File>(encode(File{"/tmp/a b.png"})).path == "/tmp/a b.png");

  for (const auto mode : {MetricMode::kReplace, MetricMode::kIncrement, MetricMode::kAppend}) {
    const auto metric = from_worker<Metric>(encode(Metric{"a.b", 3, mode}));
    CHECK(metric.name == "a.b");
    CHECK(metric.value == 3);
    CHECK(metric.mode == mode);
  }
  CHECK(from_worker<Done>(encode(Done{true})).stream);
  CHECK_FALSE(from_worker<Done>(encode(Done{false})).stream);
  CHECK(from_worker<Failed>(encode(Failed{"why"})).error == "why");
  from_worker<Canceled>(encode(Canceled{}));
}

TEST_CASE("a slot's message belongs to one prediction") {
  CHECK(decode_slot_message(encode(Done{}, 7), 7));
  CHECK(decode_slot_message(encode_metric("n", "1", MetricMode::kAppend, 7), 7));
  const auto late = decode_slot_message(encode(Canceled{}, 7), 8);
  REQUIRE_FALSE(late);
  CHECK(late.error().message ==
        "message 'canceled': 'turn' must be 8, that of the running prediction");
  const auto unnamed = decode_slot_message(encode(Canceled{}), 8);
  REQUIRE_FALSE(unnamed);
  CHECK(unnamed.error().message == "message 'canceled' has no 'turn'");
}

TEST_CASE("the input's text travels unchanged") {
  const std::string input = R"({"s":"a}\"]{\\","n":[1.0,{"deep":[[]]}],"big":1e400})";
  const auto back = from_server<Predict>(encode(
      Predict{.id = "p\"1", .input = input, .context = "{}", .directory = "/tmp/d", .turn = 9}));
  CHECK(back.id == "p\"1");
  CHECK(back.input == input);
  CHECK(back.context == "{}");
  CHECK(back.directory == "/tmp/d");
  CHECK(back.turn == 9);
}

TEST_CASE("control messages") {
  const auto cancel = from_server<Cancel>(encode(Cancel{.slot = 255, .id = "x"}));
  CHECK(cancel.slot == 255);
  CHECK(cancel.id == "x");
  from_server<Shutdown>(encode(Shutdown{}));
}

TEST_CASE("a health check and its answer") {
  CHECK(encode(Healthcheck{"7"}) == R"({"type":"healthcheck","id":"7"})");
  CHECK(from_server<Healthcheck>(encode(Healthcheck{"7"})).id == "7");
  CHECK(encode(Health{"7"}) == R"({"type":"health","id":"7"})");
  CHECK_FALSE(from_worker<Health>(encode(Health{"7"})).error);
  const auto ill = from_worker<Health>(encode(Health{"8", "Healthcheck failed: E: \"boom\""}));
  CHECK(ill.id == "8");
  CHECK(ill.error == "Healthcheck failed: E: \"boom\"");
}

TEST_CASE("white space and the order of members do not matter") {
  const auto log = from_worker<Log>(
      " { \"data\" : \"\\u00e9\" ,\n \"extra\": {\"a\": [\"]\"]}, \"source\":\"stdout\", \"type\" "
      ": \"log\" } ");
  CHECK(log.data == "\u00e9");
}

TEST_CASE("text that is not UTF-8 is repaired on its way out") {
  CHECK(from_worker<Log>(encode(Log{LogSource::kStdout,
                                    "a\xff"
                                    "b\xe2\x82"}))
            .data == "a\ufffdb\ufffd");
}

TEST_CASE("what is not a message is refused with the reason") {
  CHECK(refusal("") == "a frame is not one JSON object");
  CHECK(refusal("[]") == "a frame is not one JSON object");
  CHECK(refusal(R"({"type":"done","stream":true)") == "a frame is not one JSON object");
  CHECK(refusal(R"({"type":"done","stream":true} x)") == "a frame is not one JSON object");
  CHECK(refusal(R"({"type":"output","chunk":[1)") == "a frame is not one JSON object");
  CHECK(refusal(R"({"type":"x\)") == "a frame is not one JSON object");
  CHECK(refusal("{}") == "unknown message type '' from a worker");
  CHECK(refusal(R"({"type":"predict"})") == "unknown message type 'predict' from a worker");
  CHECK(refusal(R"({"type":"done"})") == "message 'done' has no 'stream'");
  CHECK(refusal(R"({"type":"done","stream":1})") ==
        "message 'done': 'stream' must be true or false");
  CHECK(refusal(R"({"type":"file","path":7})") == "message 'file': 'path' must be a string");
  CHECK(refusal("{\"type\":\"file\",\"path\":\"\xff\"}") ==
        "message 'file': 'path' must be a string");
  CHECK(refusal(R"({"type":"log","source":"x","data":""})") ==
        "message 'log': 'source' must be stdout or stderr");
  CHECK(refusal(R"({"type":"metric","name":"a","value":1,"mode":"max"})") ==
        "message 'metric': 'mode' must be replace, increment or append");
  CHECK(refusal(R"({"type":"output","chunk":[1,]})")
            .starts_with("message 'output': 'chunk' must be JSON: "));
  CHECK(refusal(R"({"type":"health"})") == "message 'health' has no 'id'");
  CHECK(refusal(R"({"type":"health","id":"1","error":false})") ==
        "message 'health': 'error' must be a string");
  std::string hello = encode(Hello{.sdk_version = "0.1.0"});
  hello.insert(1, R"("training":3,)");
  CHECK(refusal(hello).starts_with("message 'hello': 'training' must be a signature: "));
  CHECK_FALSE(decode_server_message(R"({"type":"cancel","slot":-1,"id":"a"})"));
  CHECK_FALSE(decode_server_message(R"({"type":"predict","id":"a","input":[],"context":{},)"
                                    R"("directory":"/"})"));
}

}  // namespace
}  // namespace cogpp::ipc
