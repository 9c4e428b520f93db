// Bodies of replies and snapshots, byte by byte (cog-runtime §3).
#include "runtime/server/predictions/state.hpp"

#include <catch2/catch_test_macros.hpp>

using cogpp::Json;
using cogpp::server::PredictionState;
using cogpp::server::PredictionStatus;
using cogpp::server::reply_body;
using cogpp::server::snapshot_body;

namespace {

PredictionState state(PredictionStatus status, std::vector<std::string> outputs) {
  PredictionState state;
  state.id = "x";
  state.status = status;
  state.logs = "hi\n";
  state.predict_time = 0.5;
  for (auto& output : outputs) {
    state.outputs.push_back(std::make_shared<const std::string>(std::move(output)));
  }
  return state;
}

}  // namespace

TEST_CASE("a succeeded prediction's reply") {
  auto done = state(PredictionStatus::kSucceeded, {"\"out\""});
  done.metrics = Json{{"z", 1}, {"predict_time", 7}};
  CHECK(
      reply_body(done).str() ==
      R"({"id":"x","logs":"hi\n","metrics":{"predict_time":0.5,"z":1},"output":"out","status":"succeeded"})");
}

TEST_CASE("how outputs are wrapped") {
  const auto output = [](PredictionState value) {
    return Json::parse(reply_body(value).str())["output"];
  };
  CHECK(output(state(PredictionStatus::kSucceeded, {})) == Json(nullptr));
  CHECK(output(state(PredictionStatus::kSucceeded, {"1"})) == Json(1));
  CHECK(output(state(PredictionStatus::kSucceeded, {"1", "2"})) == Json({1, 2}));
  auto array = state(PredictionStatus::kSucceeded, {});
  array.is_array = true;
  CHECK(output(array) == Json::array());
}

TEST_CASE("failed and canceled replies hide logs and output") {
  auto failed = state(PredictionStatus::kFailed, {"1"});
  failed.error = "bad \"thing\"";
  CHECK(
      reply_body(failed).str() ==
      R"({"error":"bad \"thing\"","id":"x","logs":"","metrics":{"predict_time":0.5},"status":"failed"})");
  CHECK(reply_body(state(PredictionStatus::kCanceled, {"1"})).str() ==
        R"({"id":"x","logs":"","metrics":{"predict_time":0.5},"status":"canceled"})");
}

TEST_CASE("snapshots have the chunks so far, and the input only for a repeated PUT") {
  const auto running = state(PredictionStatus::kProcessing, {"1"});
  const std::string input = R"({"a":1})";
  CHECK(
      snapshot_body(running, &input) ==
      R"({"id":"x","input":{"a":1},"logs":"hi\n","metrics":{},"output":[1],"status":"processing"})");
  CHECK(
      snapshot_body(state(PredictionStatus::kCanceled, {"1"})) ==
      R"({"id":"x","logs":"hi\n","metrics":{"predict_time":0.5},"output":[1],"status":"canceled"})");
  CHECK(
      snapshot_body(state(PredictionStatus::kSucceeded, {"1"})) ==
      R"({"id":"x","logs":"hi\n","metrics":{"predict_time":0.5},"output":1,"status":"succeeded"})");
}

TEST_CASE("large chunks are shared with the reply, small ones copied into it") {
  const std::string large = '"' + std::string(100'000, 'x') + '"';
  const auto done = state(PredictionStatus::kSucceeded, {large, "1", large});
  const auto reply = reply_body(done);
  CHECK(Json::parse(reply.str())["output"] == Json::parse("[" + large + ",1," + large + "]"));
  CHECK(reply.size() == reply.str().size());
  std::vector<const char*> places;
  reply.for_each([&](std::string_view piece) { places.push_back(piece.data()); });
  REQUIRE(places.size() == 5);
  CHECK(places[1] == done.outputs[0]->data());
  CHECK(places[3] == done.outputs[2]->data());
}
