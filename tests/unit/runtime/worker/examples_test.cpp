// The examples through a real worker.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/unit/runtime/worker/worker_process.hpp"

namespace cogpp::worker {
namespace {

TEST_CASE("hello says hello") {
  WorkerProcess worker({.library = COGPP_HELLO, .more = {"--device", "cpu"}});
  const auto set_up = worker.set_up();
  REQUIRE(set_up.size() == 3);
  const auto& hello = as<ipc::Hello>(set_up[0]);
  CHECK(hello.sdk_version == "0.1.0");
  CHECK(hello.slots == 1);
  REQUIRE(hello.signature.inputs.size() == 1);
  CHECK(hello.signature.inputs[0].name == "prompt");
  CHECK(hello.signature.inputs[0].max_length == 200);
  CHECK(as<ipc::Log>(set_up[1]).data == "Device: cpu\n");
  CHECK(as<ipc::Ready>(set_up[2]).device == "cpu");

  for (int i = 0; i < 3; ++i) {
    const auto messages = worker.predict(R"({"prompt":"w\u00f6rld"})");
    REQUIRE(messages.size() == 2);
    CHECK(as<ipc::Output>(messages[0]).chunk == "Hello, w\u00f6rld!");
    CHECK_FALSE(as<ipc::Done>(messages[1]).stream);
  }
  REQUIRE(worker.control().send(ipc::encode(ipc::Shutdown{})));
  CHECK(worker.wait_for_end() == 0);
}

TEST_CASE("stream sends words as they come, and stops when cancelled") {
  WorkerProcess worker({.library = COGPP_STREAM, .more = {"--device", "cpu"}});
  const auto set_up = worker.set_up();
  CHECK(as<ipc::Hello>(set_up[0]).signature.mode == schema::OutputMode::kConcatenate);
  CHECK(as<ipc::Hello>(set_up[0]).signature.streaming);

  const auto messages = worker.predict(R"({"text":"one two"})");
  REQUIRE(messages.size() == 4);
  CHECK(as<ipc::Output>(messages[0]).chunk == "one ");
  CHECK(as<ipc::Output>(messages[1]).chunk == "two");
  CHECK(as<ipc::Metric>(messages[2]).value == 2);
  CHECK(as<ipc::Done>(messages[3]).stream);

  worker.start(R"({"text":"a b","repeat":100000,"delay_ms":2})", 0, "long");
  CHECK(as<ipc::Output>(worker.next()).chunk == "a ");
  REQUIRE(worker.control().send(ipc::encode(ipc::Cancel{0, "long"})));
  const auto rest = worker.finish();
  CHECK(rest.size() < 1000);
  as<ipc::Canceled>(rest.back());
}

TEST_CASE("structs takes and gives every type") {
  WorkerProcess worker({.library = COGPP_STRUCTS, .more = {"--device", "cpu"}});
  const auto set_up = worker.set_up();
  const auto& signature = as<ipc::Hello>(set_up[0]).signature;
  CHECK(schema::check(signature));
  CHECK(signature.inputs.size() == 14);
  CHECK(signature.output.kind == schema::Kind::kStruct);

  const auto messages =
      worker.predict(R"({"text":"t","integer":7,"number":2,"flag":true,"choice":"large","size":512,
        "note":"n","tags":["x"],"weights":{"w":0.5},"either":4,"points":[{"x":1,"y":2}],
        "anything":{"a":[1]},"secret":"four","file":")" COGPP_STRUCTS_SOURCE R"("})");
  REQUIRE(messages.size() == 2);
  Json report = as<ipc::Output>(messages[0]).chunk;
  CHECK(report["file_bytes"].get<std::size_t>() > 1000);
  report.erase("file_bytes");
  CHECK(report == Json::parse(R"({"text":"t","integer":7,"number":2.0,"flag":true,
      "choice":"large","size":512,"note":"n","tags":["x"],"weights":{"w":0.5},"either":4,
      "points":[{"x":1.0,"y":2.0,"label":null}],"anything":{"a":[1]},"secret_length":4,
      "file":"data:text/plain;base64,bWFkZSBmb3IgdAo="})"));
}

TEST_CASE("train fits a line that predict reads") {
  WorkerProcess trainer({.library = COGPP_TRAIN, .more = {"--mode", "train"}});
  trainer.set_up();
  const auto trained = trainer.predict(R"({"xs":[0,1,2],"ys":[1,3,5]})");
  REQUIRE(trained.size() == 3);
  CHECK(as<ipc::Metric>(trained[0]).value == 2.0);
  const std::string& weights = as<ipc::File>(trained[1]).path;
  CHECK(as<ipc::Failed>(trainer.predict(R"({"xs":[1],"ys":[1]})").back()).error ==
        "Prediction failed: Training failed: std::invalid_argument: xs and ys need as many "
        "numbers each, at least two");

  WorkerProcess worker({.library = COGPP_TRAIN});
  worker.set_up();
  CHECK(as<ipc::Output>(worker.predict(R"({"x":10})")[0]).chunk == 10.0);
  CHECK(as<ipc::Output>(worker.predict(R"({"x":10,"weights":")" + weights + "\"}")[0]).chunk ==
        21.0);
}

}  // namespace
}  // namespace cogpp::worker
