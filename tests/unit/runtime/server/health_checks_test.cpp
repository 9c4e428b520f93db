// The model's own health checks as the server runs them, and how health shows them.
#include "runtime/server/predictions/health_checks.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <thread>

#include "runtime/server/predictions/health.hpp"
#include "schema/json.hpp"

namespace cogpp::server {
namespace {

using std::chrono::milliseconds;

/// A worker that is only asked; the test answers.
struct FakeProbe : HealthProbe {
  void ask_health(const std::string& id) override {
    const std::lock_guard lock(mutex);
    asked = id;
    ++questions;
  }
  std::string wait_asked(int number) {
    while (true) {
      {
        const std::lock_guard lock(mutex);
        if (questions >= number) return asked;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  std::mutex mutex;
  std::string asked;
  int questions = 0;
};

using Verdict = std::future<std::optional<std::string>>;

Verdict start(HealthChecks& checks) {
  return std::async(std::launch::async, [&checks] { return checks.run(); });
}

TEST_CASE("without a health check all is well at once") {
  HealthChecks checks;
  CHECK_FALSE(checks.run());
}

TEST_CASE("requests that come together share one check") {
  HealthChecks checks;
  const auto probe = std::make_shared<FakeProbe>();
  checks.add(probe);
  Verdict first = start(checks);
  const auto id = probe->wait_asked(1);
  Verdict second = start(checks);
  std::this_thread::sleep_for(milliseconds(20));
  checks.answered(probe.get(), {.id = "another", .error = "no"});
  checks.answered(probe.get(), {.id = id, .error = "ill"});
  CHECK(first.get() == "ill");
  CHECK(second.get() == "ill");
  CHECK(probe->questions == 1);

  Verdict third = start(checks);
  checks.answered(probe.get(), {.id = probe->wait_asked(2)});
  CHECK_FALSE(third.get());
}

TEST_CASE("a worker that does not answer is asked once") {
  HealthChecks checks(milliseconds(50));
  const auto probe = std::make_shared<FakeProbe>();
  checks.add(probe);
  CHECK(checks.run() == "healthcheck timed out");
  CHECK(checks.run() == "healthcheck timed out");
  CHECK(probe->questions == 1);
  Verdict late = start(checks);
  std::this_thread::sleep_for(milliseconds(10));
  checks.answered(probe.get(), {.id = probe->asked});
  CHECK_FALSE(late.get());
}

TEST_CASE("of several workers one that is ill is enough, and all are waited for") {
  HealthChecks checks;
  const auto well = std::make_shared<FakeProbe>();
  const auto ill = std::make_shared<FakeProbe>();
  checks.add(well);
  checks.add(ill);
  Verdict verdict = start(checks);
  checks.answered(ill.get(), {.id = ill->wait_asked(1), .error = "ill"});
  CHECK(verdict.wait_for(milliseconds(20)) == std::future_status::timeout);
  checks.answered(well.get(), {.id = well->wait_asked(1)});
  CHECK(verdict.get() == "ill");
}

TEST_CASE("a worker's end answers for it") {
  HealthChecks checks;
  const auto probe = std::make_shared<FakeProbe>();
  checks.add(probe);
  Verdict verdict = start(checks);
  probe->wait_asked(1);
  checks.remove(probe.get(), "Worker crashed");
  CHECK(verdict.get() == "Worker crashed");
  CHECK_FALSE(checks.run());
}

TEST_CASE("what the user's check says stands in the health document, with the versions") {
  SlotPool slots;
  HealthBoard board(slots);
  const auto body = [&board](const std::optional<std::string>& error = {}) {
    return parse_json(board.body(error)).value();
  };
  CHECK(body()["version"] == Json{{"coglet", "0.22.0"}});
  board.set_versions("3.11.7", "0.22.0");
  board.setup_succeeded(0, nullptr, "");
  CHECK(board.body().ends_with(
      R"("version":{"coglet":"0.22.0","python_sdk":"0.22.0","python":"3.11.7"}})"));
  CHECK(body()["status"] == "BUSY");  // No slot was added.
  const auto ill = body("Healthcheck failed: E: \"x\"");
  CHECK(ill["status"] == "UNHEALTHY");
  CHECK(ill["user_healthcheck_error"] == "Healthcheck failed: E: \"x\"");
}

schema::Signature signature_with(const std::string& name, schema::Kind output) {
  schema::Signature signature;
  signature.inputs.push_back({.name = name});
  signature.output.kind = output;
  if (output == schema::Kind::kArray) signature.output.items.push_back({});
  return signature;
}

TEST_CASE("the mode decides what runs, the address what is checked") {
  const auto predictor = signature_with("text", schema::Kind::kString);
  const auto training = signature_with("data", schema::Kind::kArray);
  const auto predicting = Model::create(predictor, training, RunMode::kPredict).value();
  const auto training_mode = Model::create(predictor, training, RunMode::kTrain).value();
  CHECK_FALSE(predicting->array_output);
  CHECK(training_mode->array_output);
  CHECK(predicting->signature == predictor);
  CHECK(training_mode->signature == training);
  for (const auto& model : {predicting, training_mode}) {
    Json input = {{"data", "d"}};
    REQUIRE(model->training_validator);
    CHECK(model->training_validator->apply(input).empty());
    CHECK(model->validator_of(true) == &*model->training_validator);
    REQUIRE(model->validator_of(false));
    CHECK(model->validator_of(false)->apply(input).size() == 1);
  }
  const auto untrained = Model::create(predictor, std::nullopt, RunMode::kPredict).value();
  CHECK_FALSE(untrained->training_validator);
  CHECK(untrained->validator_of(true) == untrained->validator_of(false));
  CHECK(untrained->openapi.value().find("Training") == std::string::npos);
  CHECK(Model::create(predictor, std::nullopt, RunMode::kTrain).error().message ==
        "the model cannot be trained; name its training in cog.yaml (train:)");
}

TEST_CASE("a given document takes the place of the one made from the signature") {
  const auto predictor = signature_with("text", schema::Kind::kArray);
  const auto made = [&](const std::string& document) {
    return Model::create(predictor, std::nullopt, RunMode::kPredict,
                         std::make_optional(parse_json(document).value()))
        .value();
  };
  const auto other = made(R"({"components":{"schemas":{
      "Input":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]},
      "Output":{"type":"string"},"TrainingInput":{"type":"object","properties":{}}}},
      "paths":{"/predictions":{"post":{"x-cog-streaming":true}}}})");
  Json input = {{"text", "t"}};
  REQUIRE(other->validator_of(false));
  CHECK(other->validator_of(false)->apply(input).front().field == "n");
  CHECK((other->describes_training && other->streaming && !other->array_output));
  CHECK(other->openapi.value().starts_with(R"({"components":{"schemas":{"Input":)"));

  const auto none = made("null");
  CHECK_FALSE((none->openapi || none->validator || none->streaming || none->array_output));
  CHECK(none->unchecked.empty());

  // Whatever it holds, the model starts.
  for (const std::string text :
       {"[]", "7", R"({"components":{"schemas":[]}})",
        R"({"components":{"schemas":{"Input":{"properties":{"s":{"pattern":"a("}}}}}})"}) {
    const auto broken = made(text);
    CHECK(broken->openapi == to_text(parse_json(text).value()));
    CHECK_FALSE(broken->validator_of(true));
    CHECK_FALSE(broken->unchecked.empty());
  }
}

}  // namespace
}  // namespace cogpp::server
