// How predictions and set-up fail, end early, log and record metrics.
#include "cogpp/prediction.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>

#include "runtime/sdk/failure.hpp"
#include "runtime/sdk/metrics.hpp"
#include "tests/unit/runtime/sdk/fake_host.hpp"

namespace cogpp::sdk {
namespace {

struct Broken : std::exception {
  const char* what() const noexcept override { return "broken"; }
};

struct Throwing {
  std::string predict(const std::string& what) {
    if (what == "runtime") throw std::runtime_error("boom");
    if (what == "own") throw Broken();
    if (what == "int") throw 7;
    if (what == "text") throw std::string("plain");
    if (what == "cancelled") throw Cancelled();
    current().throw_if_cancelled();
    return "fine";
  }
};

TEST_CASE("an exception fails the prediction with its type and text") {
  Driver driver(PREDICTOR_TABLE(Throwing, input("what")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  const std::string prefix = "Prediction failed: Prediction failed: ";
  CHECK(driver.error_of(R"({"what":"runtime"})") == prefix + "std::runtime_error: boom");
  CHECK(driver.error_of(R"({"what":"own"})") == prefix + "cogpp::sdk::Broken: broken");
  CHECK(driver.error_of(R"({"what":"int"})") == prefix + "int: ");
  CHECK(driver.error_of(R"({"what":"text"})").ends_with(": plain"));
  CHECK(driver.predict(R"({"what":"cancelled"})") == COGPP_CANCELED);
  CHECK(driver.output_of(R"({"what":""})") == "\"fine\"");
}

TEST_CASE("a cancelled prediction ends as cancelled, even when it did not look") {
  struct Stubborn {
    std::string predict() { return "done"; }
  };
  Driver looking(PREDICTOR_TABLE(Throwing, input("what")));
  REQUIRE(looking.set_up() == COGPP_SUCCEEDED);
  looking.host.cancelled = true;
  CHECK(looking.predict(R"({"what":""})") == COGPP_CANCELED);
  CHECK(looking.predict(R"({"what":"runtime"})") == COGPP_FAILED);
  Driver stubborn(PREDICTOR_TABLE(Stubborn));
  REQUIRE(stubborn.set_up() == COGPP_SUCCEEDED);
  stubborn.host.cancelled = true;
  CHECK(stubborn.predict("{}") == COGPP_CANCELED);
}

TEST_CASE("a stream that throws or is cancelled stops and cleans up") {
  static int destroyed = 0;
  struct Guard {
    ~Guard() { ++destroyed; }
  };
  struct Streaming {
    Stream<std::int64_t> predict(bool fails) {
      const Guard guard;
      for (std::int64_t i = 0; i < 5; ++i) {
        if (fails && i == 2) throw std::out_of_range("two");
        co_yield i;
      }
    }
  };
  destroyed = 0;
  Driver driver(PREDICTOR_TABLE(Streaming, input("fails")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.error_of(R"({"fails":true})") ==
        "Prediction failed: Generator iteration error: std::out_of_range: two");
  CHECK(driver.host.outputs.size() == 2);
  CHECK(destroyed == 1);
  driver.host.cancel_after = 3;
  CHECK(driver.predict(R"({"fails":false})") == COGPP_CANCELED);
  CHECK(driver.host.outputs.size() == 3);
  CHECK(destroyed == 2);
}

TEST_CASE("set-up may take the options, and fails with its reason") {
  static std::string seen;
  struct Setting {
    void setup(const Setup& setup) {
      log("loading");
      seen = setup.device() + " " + setup.weights().value_or("-") + " " +
             std::to_string(setup.slots()) + " " + std::to_string(setup.threads()) + " " +
             setup.project().string();
      if (setup.device() == "cuda:0") throw std::runtime_error("boom");
    }
    void predict() {}
  };
  Driver good(PREDICTOR_TABLE(Setting),
              R"({"device":"cpu","weights":null,"slots":8,"threads":2,"project":"/p"})");
  CHECK(good.set_up() == COGPP_SUCCEEDED);
  CHECK(seen == "cpu - 8 2 /p");
  REQUIRE(good.host.logs.size() == 1);
  CHECK(good.host.logs[0] == std::pair(1, std::string("loading\n")));
  Driver bad(PREDICTOR_TABLE(Setting), R"({"device":"cuda:0","weights":"w.pt"})");
  CHECK(bad.set_up() == COGPP_FAILED);
  CHECK(seen == "cuda:0 w.pt 1 1 ");
  CHECK(bad.host.error == "setup failed: std::runtime_error: boom");

  struct Throwing2 {
    Throwing2() { throw std::logic_error("no"); }
    void predict() {}
  };
  Driver constructing(PREDICTOR_TABLE(Throwing2));
  CHECK(constructing.set_up() == COGPP_FAILED);
  CHECK(constructing.host.error == "setup failed: std::logic_error: no");
  CHECK_FALSE(Driver(PREDICTOR_TABLE(Setting), "[").made());
}

TEST_CASE("current() knows the prediction, also from a thread of the predictor") {
  struct Knowing {
    std::string predict() {
      const Prediction prediction = current();
      std::string other;
      std::thread thread([&] {
        other = current() ? "some" : "none";
        prediction.record_metric("from.thread", 1);
      });
      thread.join();
      log("line");
      return prediction.id() + " " + prediction.directory().string() + " " +
             prediction.context().at("user") + " " + other;
    }
  };
  Driver driver(PREDICTOR_TABLE(Knowing));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  REQUIRE(driver.predict("{}", R"({"user":"me"})") == COGPP_SUCCEEDED);
  CHECK(driver.host.outputs[0] == R"("p1 /tmp/of-p1 me none")");
  CHECK(driver.host.logs.at(0).second == "line\n");
  CHECK(driver.host.metrics == std::vector<std::string>{"from.thread=1/0"});

  CHECK_FALSE(current());
  CHECK_FALSE(current().cancelled());
  current().record_metric("!", nullptr);
  CHECK_THROWS_AS(current().directory(), std::logic_error);
}

TEST_CASE("metrics keep their type") {
  struct Recording {
    std::string predict(const std::string& what) {
      const Prediction prediction = current();
      prediction.record_metric("k", 1);
      prediction.record_metric("k", 2, MetricMode::kIncrement);
      prediction.record_metric("tags", "a", MetricMode::kAppend);
      prediction.record_metric("nan", std::nan(""));
      if (what == "pin") prediction.record_metric("k", "s");
      if (what == "mixed") prediction.record_metric("k", 2.5, MetricMode::kIncrement);
      if (what == "delete") {
        prediction.delete_metric("k");
        prediction.record_metric("k", "s");
      }
      if (what == "null") prediction.record_metric("n", nullptr);
      if (what == "text") prediction.record_metric("t", "s", MetricMode::kIncrement);
      if (what == "name") prediction.record_metric("a-b", 1);
      return "";
    }
  };
  Driver driver(PREDICTOR_TABLE(Recording, input("what")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  driver.output_of(R"({"what":"delete"})");
  CHECK(driver.host.metrics == std::vector<std::string>{"k=1/0", "k=2/1", "tags=\"a\"/2",
                                                        "nan=null/0", "k=null/0", "k=\"s\"/0"});
  const std::string prefix = "Prediction failed: Prediction failed: std::invalid_argument: ";
  CHECK(driver.error_of(R"({"what":"pin"})") ==
        prefix + "Metric 'k' has type int, cannot set to string without deleting first");
  CHECK(driver.error_of(R"({"what":"mixed"})") ==
        prefix + "Metric 'k' has type int, cannot set to float without deleting first");
  CHECK(driver.error_of(R"({"what":"null"})") ==
        prefix +
            "Unsupported metric value type: null. Expected bool, int, float, string, array or "
            "object.");
  CHECK(driver.error_of(R"({"what":"text"})") ==
        prefix + "Increment mode requires int or float, got string");
  CHECK(driver.error_of(R"({"what":"name"})") ==
        prefix + "metric name segment 'a-b' contains invalid character '-'");
}

TEST_CASE("names of metrics are checked in Cog's order") {
  CHECK(metric_name_error("valid_name.a1.B").empty());
  CHECK(metric_name_error("predict_time") == "'predict_time' is reserved by the runtime");
  CHECK(metric_name_error("cog.x") == "the 'cog.' prefix is reserved for system metrics");
  CHECK(metric_name_error("") == "metric name must not be empty");
  CHECK(metric_name_error(std::string(128, 'a')).empty());
  CHECK(metric_name_error(std::string(129, 'a')) ==
        "metric name must be 128 characters or fewer (got 129 characters)");
  CHECK(metric_name_error("a.b.c.d.e") ==
        "metric name must have at most 4 dot-separated segments (got 5)");
  CHECK(metric_name_error(".a") == "metric name must not start with a dot");
  CHECK(metric_name_error("a.") == "metric name must not end with a dot");
  CHECK(metric_name_error("a..b") ==
        "metric name must not contain empty segments (consecutive dots)");
  CHECK(metric_name_error("1a") == "metric name segment '1a' must start with a letter");
  CHECK(metric_name_error("\u00e9") == "metric name segment '\u00e9' must start with a letter");
  CHECK(metric_name_error("a__b") ==
        "metric name segment 'a__b' must not contain consecutive underscores");
  CHECK(metric_name_error("x.a\u00e9b") ==
        "metric name segment 'a\u00e9b' contains invalid character '\u00e9'");
  CHECK(metric_name_error("a_") == "metric name segment 'a_' must end with a letter or digit");
}

}  // namespace
}  // namespace cogpp::sdk
