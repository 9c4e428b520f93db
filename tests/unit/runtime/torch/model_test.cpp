// cogpp::load_model: both formats give Python's answers; copies, threads, inference
// mode and errors behave as the header says.
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cogpp/torch.hpp>
#include <cstdlib>
#include <thread>

#include "runtime/torch/predictor/convert.hpp"
#include "tests/unit/runtime/torch/message_of.hpp"
#include "tests/unit/runtime/torch/models.hpp"

using Catch::Matchers::ContainsSubstring;
using cogpp::torch_models::to_json;
using cogpp::torch_tests::expected;
using cogpp::torch_tests::model;
using cogpp::torch_tests::TestFolder;

namespace {

at::Tensor matrix(const char* name) {
  std::vector<float> values;
  const auto& rows = expected().at(name);
  for (const auto& row : rows) {
    for (const auto& value : row) values.push_back(value.get<float>());
  }
  return cogpp::to_tensor(values, {static_cast<std::int64_t>(rows.size()),
                                   static_cast<std::int64_t>(rows.at(0).size())});
}

bool close(const at::Tensor& ours, const at::Tensor& theirs) {
  return at::allclose(ours, theirs, 1e-5, 1e-6);
}

std::string refusal(const std::string& name, const cogpp::ModelOptions& options = {}) {
  return message_of([&] { cogpp::load_model(model(name), options); });
}

}  // namespace

TEST_CASE("TorchScript and AOTInductor give Python's answers") {
  for (const char* name : {"mixer.pt", "mixer.pt2"}) {
    CAPTURE(name);
    auto mixer = cogpp::load_model(model(name));
    const auto outputs = mixer.run({matrix("x"), at::scalar_tensor(1.5)});
    REQUIRE(outputs.size() == 2);
    CHECK(close(outputs[0], matrix("scores")));
    CHECK(to_json(outputs[1]) == expected().at("best"));
    CHECK(mixer.required_arguments() == 2);
  }
}

TEST_CASE("a module that was saved in training answers as in evaluation, its weights folded in") {
  auto trained = cogpp::load_model(model("trained.pt"));
  for (int call = 0; call < 3; ++call) {
    CHECK(close(trained.run({matrix("x")})[0], matrix("trained")));
    const auto graph = torch::jit::lastExecutedOptimizedGraph();
    REQUIRE(graph);
    CHECK_THAT(graph->toString(), !ContainsSubstring("prim::GetAttr"));
  }
}

TEST_CASE("a dynamic dimension of size 1 runs where the checks are off") {
  auto mixer = cogpp::load_model(model("mixer.pt2"), {.check_inputs = false});
  const auto outputs = mixer.run({matrix("x").narrow(0, 0, 1), at::scalar_tensor(1.5)});
  CHECK(close(outputs[0], matrix("scores").narrow(0, 0, 1)));
}

TEST_CASE("keyword inputs and dict outputs of a package have their names") {
  auto named = cogpp::load_model(model("named.pt2"));
  CHECK(named.argument_names() == std::vector<std::string>{"input 0", "mask"});
  const auto outputs = named.run({matrix("x"), matrix("mask")});
  REQUIRE(outputs.size() == 2);
  CHECK(close(outputs[0], matrix("masked")));
}

TEST_CASE("an unpacked package loads, and nothing stays in the temporary folder") {
  const TestFolder folder;
  setenv("TMPDIR", folder.path().c_str(), 1);
  auto packed = cogpp::load_model(model("mixer.pt2"));
  CHECK(std::filesystem::is_empty(folder.path()));
  unsetenv("TMPDIR");
  CHECK(close(packed.run({matrix("x"), at::scalar_tensor(1.5)})[0], matrix("scores")));

  const std::string unzip =
      "cd '" + folder.path().string() + "' && unzip -q '" + model("mixer.pt2").string() + "'";
  REQUIRE(std::system(unzip.c_str()) == 0);
  auto unpacked = cogpp::load_model(folder.path());
  CHECK(close(unpacked.run({matrix("x"), at::scalar_tensor(1.5)})[0], matrix("scores")));
}

TEST_CASE("threads share a model: right answers with as many copies as slots") {
  for (const char* name : {"mixer.pt", "mixer.pt2"}) {
    CAPTURE(name);
    auto mixer = cogpp::load_model(model(name), {.slots = 2, .check_inputs = false});
    const at::Tensor x = matrix("x"), scores = matrix("scores");
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const cogpp::InferenceGuard guard;
        for (int i = 0; i < 100; ++i) {
          const at::Tensor row = x.narrow(0, t % 2, 1);
          const auto outputs = mixer.run({row, at::scalar_tensor(1.5)});
          if (!close(outputs[0], scores.narrow(0, t % 2, 1))) ++wrong;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
  }
}

TEST_CASE("each slot has its own state; stateless models share one copy") {
  const auto add_one = [](auto& copy) {
    return copy.run({at::zeros({1})})[0].template item<float>();
  };
  auto stateful = cogpp::load_model(model("counter.pt"), {.slots = 2});
  {
    auto first = stateful.lease();
    auto second = stateful.lease();
    CHECK(add_one(first) == 1);
    CHECK(add_one(first) == 2);
    CHECK(add_one(second) == 1);
    first.call("reset");
    CHECK(add_one(first) == 1);
    CHECK(add_one(second) == 2);
  }
  auto shared = cogpp::load_model(model("counter.pt"), {.slots = 2, .stateless = true});
  auto first = shared.lease();
  auto second = shared.lease();
  CHECK(add_one(first) == 1);
  CHECK(add_one(second) == 2);
}

TEST_CASE("a lease waits until a copy is free") {
  auto counter = cogpp::load_model(model("counter.pt"));
  std::atomic<bool> taken = false;
  std::thread waiting;
  {
    auto lease = counter.lease();
    waiting = std::thread([&] {
      const auto second = counter.lease();
      taken = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK_FALSE(taken);
  }
  waiting.join();
  CHECK(taken);
}

TEST_CASE("inference mode holds on every thread that runs a model, warmed up or not") {
  const at::Tensor x = matrix("x"), scores = matrix("scores");
  for (const char* name : {"mixer.pt", "mixer.pt2"}) {
    CAPTURE(name);
    auto mixer = cogpp::load_model(model(name));
    for (int i = 0; i < 4; ++i) {
      std::thread([&] {
        CHECK_FALSE(c10::InferenceMode::is_enabled());
        at::Tensor answer = mixer.run({x, at::scalar_tensor(1.5)})[0];
        CHECK(c10::InferenceMode::is_enabled());
        CHECK(answer.is_inference());
        answer.mul_(2);  // refused outside of inference mode
        CHECK(close(answer, scores * 2));
      }).join();
    }
  }
}

TEST_CASE("inference mode holds on a thread that loads a model or calls one of its methods") {
  for (const char* name : {"counter.pt", "mixer.pt2"}) {
    CAPTURE(name);
    std::thread([&] {
      cogpp::load_model(model(name));
      CHECK(c10::InferenceMode::is_enabled());
    }).join();
  }
  auto counter = cogpp::load_model(model("counter.pt"));
  std::thread([&] {
    counter.lease().call("reset");
    CHECK(c10::InferenceMode::is_enabled());
  }).join();
}

TEST_CASE("cores are divided between the slots") {
  cogpp::load_model(model("mixer.pt"), {.slots = 64});
  CHECK(at::get_num_threads() == 1);
  cogpp::load_model(model("mixer.pt"), {.slots = 2, .threads = 3});
  CHECK(at::get_num_threads() == 3);
  CHECK(at::get_num_interop_threads() == 1);
}

TEST_CASE("wrong use of a model is an error that says what it takes") {
  for (const char* name : {"mixer.pt", "mixer.pt2"}) {
    CAPTURE(name);
    auto mixer = cogpp::load_model(model(name));
    CHECK_THAT(message_of([&] { mixer.run({matrix("x")}); }),
               ContainsSubstring("takes 2 input(s)"));
    // A shape and a type that the model cannot take fail, and the model goes on working.
    CHECK_THAT(message_of([&] {
                 mixer.run({at::zeros({2, 5}), at::scalar_tensor(1.5)});
               }),
               ContainsSubstring("model '" + std::string(name) + "' failed"));
    CHECK_THAT(message_of([&] {
                 mixer.run({at::zeros({2, 4}, at::kLong), at::scalar_tensor(1.5)});
               }),
               ContainsSubstring("failed"));
    CHECK(close(mixer.run({matrix("x"), at::scalar_tensor(1.5)})[0], matrix("scores")));
  }
  auto package = cogpp::load_model(model("mixer.pt2"));
  CHECK_THAT(message_of([&] {
               package.run({matrix("x"), 1.5});
             }),
             ContainsSubstring("takes tensors only"));
  CHECK_THAT(message_of([&] { package.lease().call("reset"); }),
             ContainsSubstring("no method 'reset'"));
}

TEST_CASE("a model's own exception is told without libtorch's stack") {
  auto refuses = cogpp::load_model(model("refuses.pt"));
  CHECK(refuses.run({at::ones({1})})[0].item<float>() == 2);
  const std::string message = message_of([&] { refuses.run({at::full({1}, -1.0)}); });
  CHECK_THAT(message, ContainsSubstring("negative numbers are not welcome"));
  CHECK_THAT(message, !ContainsSubstring("frame #"));
}

TEST_CASE("files that are no such model are refused with a way out") {
  CHECK_THAT(refusal("exported.pt2"),
             ContainsSubstring("not compiled") && ContainsSubstring("aoti_compile_and_package"));
  CHECK_THAT(refusal("weights.pt"), ContainsSubstring("torch.jit.save"));
  CHECK_THAT(refusal("other_torch.pt2"), ContainsSubstring("exported with torch 2.4.1"));
  CHECK_THAT(refusal("other_device.pt2"),
             ContainsSubstring("compiled for the device cuda, here it is cpu"));
  CHECK_THAT(refusal("mixer.pt", {.device = "gpu"}), ContainsSubstring("unknown device 'gpu'"));
}

TEST_CASE("a GPU that is not there is an error with the reason and the way to the CPU") {
  if (dlopen("libcuda.so.1", RTLD_NOW) != nullptr) SKIP("this machine has an NVIDIA driver");
  CHECK_THAT(refusal("mixer.pt2", {.device = "cuda"}),
             ContainsSubstring("device 'cuda:0' cannot be used") &&
                 ContainsSubstring("no NVIDIA driver") && ContainsSubstring("--device cpu"));
}
