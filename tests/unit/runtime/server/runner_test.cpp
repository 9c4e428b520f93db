// One prediction against a worker's end of a socket that the test plays.
#include "runtime/server/predictions/runner.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <list>
#include <new>
#include <thread>

#include "fake_link.hpp"
#include "runtime/ipc/messages.hpp"
#include "schema/utf8.hpp"

using cogpp::ipc::FrameSocket;
using cogpp::server::FakeLink;
using cogpp::server::Outcome;
using cogpp::server::Prediction;
using cogpp::server::PredictionLimits;
using cogpp::server::PredictionStatus;
using cogpp::server::Slot;

namespace {

struct RunnerBench {
  explicit RunnerBench(PredictionLimits limits = {}, cogpp::Json files = nullptr)
      : prediction(std::make_shared<Prediction>(
            cogpp::server::PredictionSpec{
                .id = "p", .input = "{}", .input_tree = std::move(files), .context = "{}"},
            limits)) {
    environment.spawn = [this](std::function<void()> task) {
      threads.emplace_back(std::move(task));
    };
    auto ends = FrameSocket::pair();
    worker.emplace(std::move(ends->second));
    slot.emplace(Slot{0, std::move(ends->first), link,
                      cogpp::server::Scratch(*cogpp::server::ScratchRoot::create(), "s"), false});
  }

  void answer(const cogpp::ipc::WorkerMessage& message) {
    worker->queue(cogpp::ipc::encode(message, turn));
  }

  /// The worker answers after it got the prediction.
  Outcome run() {
    std::thread other([this] {
      std::string_view frame;
      if (worker->wait_frame(frame) == cogpp::ipc::FrameState::kFrame) {
        [[maybe_unused]] const auto sent = worker->flush();
      }
      if (leave) worker->close();
    });
    auto outcome = run_prediction(prediction, *slot, environment, nullptr);
    other.join();
    return outcome;
  }

  std::shared_ptr<FakeLink> link = std::make_shared<FakeLink>();
  std::shared_ptr<Prediction> prediction;
  std::optional<FrameSocket> worker;
  std::optional<Slot> slot;
  cogpp::server::RunEnvironment environment;
  std::list<std::jthread> threads;
  bool leave = false;
  std::uint64_t turn = 1;  ///< FakeLink's first.
};

}  // namespace

TEST_CASE("outputs, logs and metrics end in the reply") {
  RunnerBench bench;
  bench.answer(cogpp::ipc::Log{cogpp::ipc::LogSource::kStdout, "hi\n"});
  bench.answer(cogpp::ipc::Metric{"n", 2});
  bench.answer(cogpp::ipc::Output{"out"});
  bench.answer(cogpp::ipc::Done{});
  bench.prediction->conclude(bench.run());
  const auto reply = cogpp::Json::parse(bench.prediction->reply().str());
  CHECK(reply["output"] == "out");
  CHECK(reply["logs"] == "hi\n");
  CHECK(reply["metrics"]["n"] == 2);
  CHECK(bench.link->ended == 1);
  CHECK(bench.link->breaches.empty());
}

TEST_CASE("a worker that closes its slot fails the prediction with the reason") {
  RunnerBench bench;
  bench.leave = true;
  const auto outcome = bench.run();
  CHECK(outcome.status == PredictionStatus::kFailed);
  CHECK(outcome.error.starts_with("Worker crashed\n"));
  REQUIRE(bench.link->breaches.size() == 1);
  CHECK(bench.link->breaches[0].starts_with("closed"));
}

TEST_CASE("a message that does not belong there costs the worker") {
  RunnerBench bench;
  bench.answer(cogpp::ipc::Ready{"cpu"});
  CHECK(bench.run().status == PredictionStatus::kFailed);
  REQUIRE(bench.link->breaches.size() == 1);
  CHECK(bench.link->breaches[0].starts_with("garbage"));
}

TEST_CASE("a late message about another prediction costs the worker") {
  for (const std::uint64_t other : {0U, 2U}) {
    RunnerBench bench;
    bench.turn = other;
    bench.answer(cogpp::ipc::Done{});
    CHECK(bench.run().status == PredictionStatus::kFailed);
    REQUIRE(bench.link->breaches.size() == 1);
    CHECK(bench.link->breaches[0].starts_with("garbage"));
    CHECK(bench.link->breaches[0].find("turn") != std::string::npos);
  }
}

TEST_CASE("what an idle slot sent is never taken for the next prediction's") {
  RunnerBench bench;
  bench.answer(cogpp::ipc::Output{"stale"});
  REQUIRE(bench.worker->flush());
  bench.leave = true;
  std::thread closer([&] { bench.worker->close(); });
  closer.join();
  const auto outcome = run_prediction(bench.prediction, *bench.slot, bench.environment, nullptr);
  CHECK(outcome.status == PredictionStatus::kFailed);
  CHECK(bench.link->breaches.at(0).starts_with("garbage"));
}

TEST_CASE("too much output fails the prediction and cancels it in the worker") {
  PredictionLimits limits;
  limits.output_bytes = 8;
  RunnerBench bench(limits);
  bench.answer(cogpp::ipc::Output{"0123456789"});
  bench.answer(cogpp::ipc::Canceled{});
  const auto outcome = bench.run();
  CHECK(outcome.status == PredictionStatus::kFailed);
  CHECK(outcome.error.find("--max-output") != std::string::npos);
  CHECK(bench.link->cancelled == std::vector<std::string>{"p"});
}

TEST_CASE("a worker's error has 1 MiB at most, and whole characters") {
  constexpr std::size_t kLimit = 1024 * 1024;
  std::string text = "xy";
  while (text.size() <= kLimit) text += "\u65E5";  // Two of the last one's bytes lie below.
  RunnerBench bench;
  bench.answer(cogpp::ipc::Failed{text});
  const auto outcome = bench.run();
  CHECK(outcome.error.size() == kLimit - 2);
  CHECK(text.starts_with(outcome.error));
  CHECK(cogpp::is_utf8(outcome.error));
  const std::string unbroken = std::string(kLimit - 3, 'x') + "\u65E5";
  RunnerBench fitting;
  fitting.answer(cogpp::ipc::Failed{unbroken + "y"});
  CHECK(fitting.run().error == unbroken);
}

TEST_CASE("a cancel before the start runs nothing, one that the model swallowed still counts") {
  RunnerBench early;
  early.prediction->request_cancel();
  CHECK(run_prediction(early.prediction, *early.slot, early.environment, nullptr).status ==
        PredictionStatus::kCanceled);
  CHECK(early.link->tickets == 0);
}

TEST_CASE("a prediction's directory is emptied after it") {
  RunnerBench bench;
  const std::filesystem::path directory = *bench.slot->scratch.open();
  std::filesystem::create_directory(directory / "left");
  bench.slot->scratch.close();
  CHECK(std::filesystem::exists(directory));
  CHECK(std::filesystem::is_empty(directory));
  bench.slot->scratch.close();
  CHECK(bench.slot->scratch.open().value() == directory);
}

TEST_CASE("inputs that there is no memory for fail the prediction before the worker has it") {
  RunnerBench bench({}, {{"file", "data:,x"}});
  bench.environment.fetch = [](const Prediction&, const std::string&,
                               std::stop_token) -> cogpp::Result<std::string> {
    throw std::bad_alloc();
  };
  const auto outcome = run_prediction(bench.prediction, *bench.slot, bench.environment, nullptr);
  CHECK(outcome.status == PredictionStatus::kFailed);
  CHECK(outcome.error.find("no memory left") != std::string::npos);
  CHECK(bench.link->tickets == 0);
}

TEST_CASE("an upload that there is no memory for fails the prediction and not the worker") {
  RunnerBench bench;
  bench.environment.upload = [](const Prediction&, const std::string&,
                                std::stop_token) -> cogpp::Result<std::string> {
    throw std::bad_alloc();
  };
  bench.answer(cogpp::ipc::File{"/tmp/out.png"});
  bench.answer(cogpp::ipc::Done{});
  const auto outcome = bench.run();
  CHECK(outcome.status == PredictionStatus::kFailed);
  CHECK(outcome.error.find("there is no memory for it") != std::string::npos);
  CHECK(bench.link->breaches.empty());
}

TEST_CASE("a cancel ends uploads that are under way: canceled, and the worker has done its part") {
  RunnerBench bench;
  std::atomic<int> uploading = 0;
  bench.environment.upload = [&](const Prediction&, const std::string&,
                                 std::stop_token stop) -> cogpp::Result<std::string> {
    ++uploading;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (!stop.stop_requested()) return std::string("\"http://never\"");
    return cogpp::Error{"it was stopped"};
  };
  bench.answer(cogpp::ipc::File{"/tmp/one.png"});
  bench.answer(cogpp::ipc::File{"/tmp/two.png"});
  bench.answer(cogpp::ipc::Output{"after them"});
  bench.answer(cogpp::ipc::Done{});
  std::jthread canceller([&] {
    while (uploading < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    bench.prediction->request_cancel();
  });
  bench.prediction->conclude(bench.run());
  CHECK(bench.prediction->status() == PredictionStatus::kCanceled);
  CHECK(cogpp::Json::parse(bench.prediction->reply().str()).count("output") == 0);
  CHECK(bench.link->ended == 1);
  CHECK(bench.link->breaches.empty());
}
