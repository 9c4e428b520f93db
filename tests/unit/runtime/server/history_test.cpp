// Finished predictions that are kept, their limits, and the time limit of running ones.
#include "runtime/server/predictions/history.hpp"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <thread>

#include "runtime/server/predictions/time_limit.hpp"

using namespace std::chrono_literals;
using cogpp::server::History;
using cogpp::server::Outcome;
using cogpp::server::Prediction;
using cogpp::server::PredictionStatus;
using cogpp::server::TimeLimit;

namespace {

std::shared_ptr<Prediction> prediction_of(const std::string& id, std::uint64_t number) {
  return std::make_shared<Prediction>(cogpp::server::PredictionSpec{.id = id,
                                                                    .number = number,
                                                                    .input = R"({"text":"hi"})",
                                                                    .input_tree = nullptr,
                                                                    .context = "{}",
                                                                    .observable = true},
                                      cogpp::server::PredictionLimits{.keep_bytes = 1U << 20});
}

std::shared_ptr<Prediction> ended(History& history, const std::string& id, std::uint64_t number,
                                  std::size_t output = 2) {
  auto prediction = prediction_of(id, number);
  prediction->start();
  prediction->add_output('"' + std::string(output, 'x') + '"');
  history.add(prediction);
  prediction->conclude({});
  history.weigh(*prediction);
  return prediction;
}

std::vector<std::string> ids(const std::vector<std::shared_ptr<Prediction>>& page) {
  std::vector<std::string> names;
  for (const auto& one : page) names.push_back(one->id());
  return names;
}

bool within(std::chrono::milliseconds limit, const std::function<bool()>& question) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!question()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace

TEST_CASE("without a number nothing is kept") {
  History history({});
  ended(history, "a", 1);
  CHECK_FALSE(history.on());
  CHECK_FALSE(history.find("a"));
  CHECK(history.size() == 0);
}

TEST_CASE("the newest are kept, listed in pages, and forgotten on request") {
  History history({.count = 3, .age = 1h});
  for (std::uint64_t i = 1; i <= 5; ++i) ended(history, std::to_string(i), i);
  CHECK(ids(history.page(UINT64_MAX, 10)) == std::vector<std::string>{"5", "4", "3"});
  CHECK(ids(history.page(UINT64_MAX, 2)) == std::vector<std::string>{"5", "4"});
  CHECK(ids(history.page(4, 2)) == std::vector<std::string>{"3"});
  CHECK_FALSE(history.find("2"));
  CHECK(history.forget("4"));
  CHECK_FALSE(history.forget("4"));
  CHECK(ids(history.page(UINT64_MAX, 10)) == std::vector<std::string>{"5", "3"});
  history.forget("5");
  history.forget("3");
  CHECK(history.bytes() == 0);
}

TEST_CASE("of two with one id the newer one is kept") {
  History history({.count = 3, .age = 1h});
  ended(history, "a", 1);
  const auto second = ended(history, "a", 2);
  CHECK(history.size() == 1);
  CHECK(history.find("a") == second);
}

TEST_CASE("memory is bounded, and one that is too large drives out nobody") {
  History history({.count = 100, .age = 1h, .bytes = 30'000});
  for (std::uint64_t i = 1; i <= 20; ++i) ended(history, std::to_string(i), i, 2000);
  CHECK(history.bytes() <= 30'000);
  CHECK(history.size() > 1);
  const auto before = history.size();
  ended(history, "huge", 21, 50'000);
  CHECK_FALSE(history.find("huge"));
  CHECK(history.size() == before);
}

TEST_CASE("what is too old goes by itself") {
  History history({.count = 100, .age = 30ms});
  const std::weak_ptr<Prediction> alive = ended(history, "a", 1);
  CHECK(history.find("a"));
  CHECK(within(5s, [&] { return alive.expired(); }));
  ended(history, "b", 2);
  CHECK(within(5s, [&] { return history.size() == 0; }));
}

TEST_CASE("records have times and input, summaries are short") {
  History history({.count = 3, .age = 1h});
  const auto prediction = ended(history, "a", 1);
  const auto record = cogpp::Json::parse(prediction->record());
  CHECK(record["input"]["text"] == "hi");
  CHECK(record["output"] == "xx");
  CHECK(record["status"] == "succeeded");
  CHECK(record["created_at"] <= record["started_at"]);
  CHECK(record["started_at"] <= record["completed_at"]);
  const auto summary = cogpp::Json::parse(prediction->summary());
  CHECK_FALSE(summary.contains("output"));
  CHECK(summary["status"] == "succeeded");
  const auto fresh = cogpp::Json::parse(prediction_of("b", 2)->record());
  CHECK(fresh["started_at"].is_null());
  CHECK(fresh["status"] == "starting");
}

TEST_CASE("a prediction that takes too long is cancelled with the reason") {
  TimeLimit limit(20ms);
  const auto slow = prediction_of("slow", 1);
  {
    const TimeLimit::Watch watch(limit, slow);
    CHECK(within(5s, [&] { return slow->cancel_requested(); }));
    CHECK(slow->expiry().find("0.02 s") != std::string::npos);
  }
  const auto quick = prediction_of("quick", 2);
  { const TimeLimit::Watch watch(limit, quick); }
  const auto cancelled = prediction_of("cancelled", 3);
  {
    const TimeLimit::Watch watch(limit, cancelled);
    cancelled->request_cancel();
    std::this_thread::sleep_for(60ms);
  }
  CHECK_FALSE(quick->cancel_requested());
  CHECK(cancelled->expiry().empty());
}

TEST_CASE("no limit watches nothing") {
  TimeLimit none(0ms);
  const auto prediction = prediction_of("p", 1);
  const TimeLimit::Watch watch(none, prediction);
  CHECK(prediction.use_count() == 1);
}
