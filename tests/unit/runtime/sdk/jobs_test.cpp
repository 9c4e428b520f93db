// COGPP_TRAINER's table, and the health check of a predictor.
#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>

#include "tests/unit/runtime/sdk/fake_host.hpp"

namespace cogpp::sdk {
namespace {

std::string train(std::int64_t epochs, const std::string& name) {
  if (epochs == 13) throw std::runtime_error("diverged");
  return name + " after " + std::to_string(epochs);
}

TextStream train_aloud(std::int64_t epochs) {
  for (std::int64_t i = 0; i < epochs; ++i) {
    if (i == 2) throw std::runtime_error("diverged");
    co_yield std::to_string(i);
  }
}

struct Trainer {
  void setup(const Setup& setup) { device_ = setup.device(); }
  std::string train(const std::string& name) { return name + " on " + device_; }

 private:
  std::string device_;
};

TEST_CASE("a function trains, with inputs as a predictor has them") {
  Driver driver(TRAINER_TABLE(train, input("epochs").ge(1), input("name").default_to("m")));
  REQUIRE(driver.made());
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.signature().at("inputs").size() == 2);
  CHECK(driver.output_of(R"({"epochs":3})") == "\"m after 3\"");
  CHECK(driver.output_of(R"({"epochs":3,"name":"n"})") == "\"n after 3\"");
  CHECK(driver.error_of(R"({"epochs":13})") ==
        "Prediction failed: Training failed: std::runtime_error: diverged");
  CHECK(driver.error_of("{}") == "Input validation error: epochs is missing");
  CHECK(driver.error_of(R"({"text":"a"})") ==
        "Prediction failed: Training failed: std::invalid_argument: train() got an unexpected "
        "keyword argument 'text'");
}

TEST_CASE("a training may stream") {
  Driver driver(TRAINER_TABLE(train_aloud, input("epochs")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.predict(R"({"epochs":2})") == COGPP_SUCCEEDED_STREAM);
  CHECK(driver.host.outputs == std::vector<std::string>{"\"0\"", "\"1\""});
  CHECK(driver.error_of(R"({"epochs":3})") ==
        "Prediction failed: Generator iteration error: std::runtime_error: diverged");
}

TEST_CASE("a class trains, after its own set-up") {
  Driver driver(TRAINER_TABLE(Trainer, input("name")), R"({"device":"cuda:1"})");
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.output_of(R"({"name":"n"})") == "\"n on cuda:1\"");
  CHECK(driver.error_of(R"({"name":"n","text":"a"})")
            .ends_with("Trainer.train() got an unexpected keyword argument 'text'"));
}

// final: nothing can be derived from it to find its members.
struct Changing final {
  void setup(Setup& setup) {
    setup = Setup({.device = setup.device() + "!"});
    setup_ = &setup;
  }
  std::string predict() { return setup_->device(); }

 private:
  const Setup* setup_ = nullptr;
};

TEST_CASE("a class may change the options that it is set up with, and keep them") {
  Driver driver(PREDICTOR_TABLE(Changing), R"({"device":"cuda:1"})");
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.output_of("{}") == "\"cuda:1!\"");
}

struct Checked {
  std::string predict(const std::string& how) {
    how_ = how;
    return how;
  }
  bool healthcheck() {
    log("asked");
    if (how_ == "throw") throw std::runtime_error("Critical system error");
    return how_ != "false";
  }

 private:
  std::string how_;
};

struct Unchecked {
  std::string predict() { return ""; }
};

TEST_CASE("a health check says what is wrong in Cog's words") {
  Driver driver(PREDICTOR_TABLE(Checked, input("how")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.health().empty());
  REQUIRE(driver.host.logs.size() == 1);
  CHECK(driver.host.logs[0].second == "asked\n");
  driver.output_of(R"({"how":"false"})");
  CHECK(driver.health() == "Healthcheck failed: user-defined healthcheck returned False");
  driver.output_of(R"({"how":"throw"})");
  CHECK(driver.health() == "Healthcheck failed: std::runtime_error: Critical system error");
  driver.output_of(R"({"how":""})");
  CHECK(driver.health().empty());
}

TEST_CASE("a name that no parameter has is refused") {
  Driver driver(PREDICTOR_TABLE(Checked, input("how")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.error_of(R"({"how":"a","n":1})") ==
        "Prediction failed: Prediction failed: std::invalid_argument: Checked.predict() got an "
        "unexpected keyword argument 'n'");
}

TEST_CASE("a predictor without a health check says so in its table") {
  CHECK(PREDICTOR_TABLE(Unchecked)->healthcheck == nullptr);
  CHECK(PREDICTOR_TABLE(Checked, input("how"))->healthcheck != nullptr);
}

}  // namespace
}  // namespace cogpp::sdk
