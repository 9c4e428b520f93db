// Trainings and health checks in a real worker, and the clock of health checks.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/worker/healthcheck.hpp"
#include "schema/json.hpp"
#include "tests/unit/runtime/worker/worker_process.hpp"

namespace cogpp::worker {
namespace {

using std::chrono::milliseconds;

std::string logs_of(const std::vector<ipc::WorkerMessage>& messages) {
  std::string all;
  for (const auto& message : messages) {
    if (const auto* log = std::get_if<ipc::Log>(&message)) all += log->data;
  }
  return all;
}

/// The worker's next message about its health; what it logs on the way is left out.
ipc::Health next_health(WorkerProcess& worker) {
  while (true) {
    std::string_view frame;
    REQUIRE(worker.control().wait_frame(frame) == ipc::FrameState::kFrame);
    auto message = ipc::decode_worker_message(frame);
    REQUIRE(message);
    if (const auto* health = std::get_if<ipc::Health>(&*message)) return *health;
    as<ipc::Log>(*message);
  }
}

ipc::Health ask(WorkerProcess& worker, const std::string& id) {
  REQUIRE(worker.control().send(ipc::encode(ipc::Healthcheck{id})));
  return next_health(worker);
}

TEST_CASE("hello tells of the training and of the health check") {
  WorkerProcess worker({.library = COGPP_JOBS});
  const auto messages = worker.set_up();
  const auto& hello = as<ipc::Hello>(messages.front());
  CHECK(hello.healthcheck);
  CHECK(hello.signature.inputs.at(0).name == "text");
  REQUIRE(hello.training);
  CHECK(hello.training->inputs.at(0).name == "n");
  CHECK(logs_of(messages).find("predictor set up") != std::string::npos);
  CHECK(logs_of(messages).find("trainer set up") == std::string::npos);

  WorkerProcess probe({.library = COGPP_PROBE});
  const auto others = probe.set_up();
  CHECK_FALSE(as<ipc::Hello>(others.front()).training);
  CHECK_FALSE(as<ipc::Hello>(others.front()).healthcheck);
}

TEST_CASE("in train mode the training is set up and run") {
  WorkerProcess worker({.library = COGPP_JOBS, .more = {"--mode", "train"}});
  const auto messages = worker.set_up();
  const auto& hello = as<ipc::Hello>(messages.front());
  CHECK(hello.signature.inputs.at(0).name == "text");
  CHECK(hello.training.has_value());
  CHECK_FALSE(hello.healthcheck);  // The trainer has none.
  CHECK(logs_of(messages).find("trainer set up") != std::string::npos);
  CHECK(logs_of(messages).find("predictor set up") == std::string::npos);
  CHECK(as<ipc::Output>(worker.predict(R"({"n":2})").front()).chunk == "trained 2");
}

TEST_CASE("train mode without a training fails set-up") {
  WorkerProcess worker({.library = COGPP_PROBE, .more = {"--mode", "train"}});
  CHECK(as<ipc::SetupFailed>(worker.set_up().back())
            .error.ends_with(" cannot be trained. Is COGPP_TRAINER(...) in its source?"));
}

TEST_CASE("the description holds the training") {
  const Run run = run_worker({"--library", COGPP_JOBS, "--describe"});
  CHECK(run.status == 0);
  const Json json = Json::parse(run.output);
  CHECK(json.at("inputs").at(0).at("name") == "text");
  CHECK(json.at("training").at("inputs").at(0).at("name") == "n");
  CHECK(json.at("name") == "Predictor");
  CHECK(json.at("training").at("name") == "Trainer");
  CHECK_FALSE(Json::parse(run_worker({"--library", COGPP_PROBE, "--describe"}).output)
                  .contains("training"));
}

TEST_CASE("health checks are answered while a prediction runs") {
  WorkerProcess worker({.library = COGPP_JOBS});
  worker.set_up();
  CHECK_FALSE(ask(worker, "1").error);
  worker.start(R"({"text":"wait"})", 0, "a");
  const auto health = ask(worker, "2");
  CHECK(health.id == "2");
  CHECK_FALSE(health.error);
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "a"})));
  as<ipc::Canceled>(worker.finish().back());
  worker.predict(R"({"text":"false"})");
  CHECK(ask(worker, "3").error == "Healthcheck failed: user-defined healthcheck returned False");
  worker.predict(R"({"text":"raise"})");
  CHECK(ask(worker, "4").error == "Healthcheck failed: std::runtime_error: Critical system error");
}

TEST_CASE("a slow health check is answered after five seconds and holds up no cancel") {
  WorkerProcess worker({.library = COGPP_JOBS});
  worker.set_up();
  worker.predict(R"({"text":"slow"})");
  worker.start(R"({"text":"wait"})", 0, "a");
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(worker.control().send(ipc::encode(ipc::Healthcheck{"1"})));
  std::this_thread::sleep_for(milliseconds(100));
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "a"})));
  as<ipc::Canceled>(worker.finish().back());
  CHECK(std::chrono::steady_clock::now() - before < milliseconds(2000));
  const auto health = next_health(worker);
  const auto took = std::chrono::steady_clock::now() - before;
  CHECK(health.error == "Healthcheck failed: user-defined healthcheck timed out after 5.0 seconds");
  CHECK(took > milliseconds(4900));
  CHECK(took < milliseconds(5250));
}

/// Collects answers; wait() gives the next one.
class Answers {
 public:
  void add(const ipc::Health& health) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(health.id + ":" + health.error.value_or("well"));
    added_.notify_all();
  }
  std::string wait(std::size_t number) {
    std::unique_lock lock(mutex_);
    REQUIRE(
        added_.wait_for(lock, std::chrono::seconds(5), [&] { return answers_.size() > number; }));
    return answers_[number];
  }

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<std::string> answers_;
};

TEST_CASE("what was asked before the predictor was ready is answered then") {
  Answers answers;
  Healthcheck health;
  health.request("early");
  health.start([]() -> std::optional<std::string> { return "ill"; },
               [&](const ipc::Health& answer) { answers.add(answer); });
  CHECK(answers.wait(0) == "early:ill");
}

TEST_CASE("a check that was too slow is not the answer to the next request") {
  Answers answers;
  std::latch release(1);
  int runs = 0;
  Healthcheck health(milliseconds(200));
  health.start(
      [&]() -> std::optional<std::string> {
        if (++runs > 1) return std::nullopt;
        release.wait();
        return "late";
      },
      [&](const ipc::Health& answer) { answers.add(answer); });
  health.request("1");
  CHECK(answers.wait(0) ==
        "1:Healthcheck failed: user-defined healthcheck timed out after 0.2 seconds");
  health.request("2");
  release.count_down();
  CHECK(answers.wait(1) == "2:well");
  health.stop();
  CHECK(runs == 2);
}

}  // namespace
}  // namespace cogpp::worker
