// The `tensors:` section: what is read, what it means to clients, what is refused.
#include "runtime/torch/predictor/tensor_spec.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/runtime/torch/models.hpp"

using Catch::Matchers::ContainsSubstring;
using namespace cogpp::torch_models;  // NOLINT: the subject of this file
namespace schema = cogpp::schema;
using cogpp::torch_tests::TestFolder;

namespace {

std::string refused_spec(const std::string& text) {
  const auto spec = parse_tensor_spec(text, "/nowhere");
  REQUIRE(!spec.ok());
  return spec.error().message;
}

}  // namespace

TEST_CASE("a full section is read, flags that are present included") {
  const TestFolder folder;
  std::ofstream(folder / "labels.txt") << "cat\r\ndog\nfish\n";
  const auto spec = parse_tensor_spec(R"({
    "inputs": {
      "image": {"type": "image", "size": [224, 160], "channels": 3, "fit": "crop",
                "mean": [0.5, 0.4, 0.3], "std": [0.2], "description": "Picture"},
      "audio": {"type": "audio", "sample_rate": 8000},
      "boxes": {"type": "array", "shape": [1, -1, 4], "dtype": "int32"},
      "scale": {"type": "number", "default": 1.5, "ge": 0, "le": 2},
      "steps": {"type": "integer", "default": 3},
      "flip":  {"type": "boolean", "default": false}},
    "output": {"type": "classes", "labels": "labels.txt", "top_k": 2, "scores": "sigmoid", "index": 1},
    "stateless": true, "warm_up": false})",
                                      folder.path());
  REQUIRE(spec.ok());
  CHECK(spec->stateless);
  CHECK_FALSE(spec->warm_up);
  REQUIRE(spec->inputs.size() == 6);
  CHECK(spec->inputs[0].name == "image");
  CHECK(spec->inputs[0].image.size == std::array<std::int64_t, 2>{224, 160});
  CHECK(spec->inputs[0].image.crop);
  CHECK(spec->inputs[1].sample_rate == 8000);
  CHECK(spec->inputs[2].shape == std::vector<std::int64_t>{1, -1, 4});
  CHECK(spec->inputs[2].dtype == at::kInt);
  CHECK(spec->inputs[3].ge == 0.0);
  CHECK(spec->inputs[4].dtype == at::kLong);
  CHECK(spec->inputs[5].dtype == at::kBool);
  CHECK(spec->output.labels == std::vector<std::string>{"cat", "dog", "fish"});
  CHECK(spec->output.top_k == 2);
  CHECK(spec->output.scores == Scores::kSigmoid);
  CHECK(spec->output.index == 1);

  const auto signature = signature_of(*spec);
  CHECK(signature.inputs[0].type.kind == schema::Kind::kPath);
  CHECK(signature.inputs[0].accept == "image/*");
  CHECK(signature.inputs[2].type.items.at(0).items.at(0).items.at(0).kind ==
        schema::Kind::kInteger);
  CHECK(signature.inputs[3].default_value == cogpp::Json(1.5));
  CHECK(signature.output.items.at(0).fields.at(1).name == "score");
}

TEST_CASE("inputs keep the order of the section, or that of `order`") {
  const auto written = parse_tensor_spec(
      R"({"inputs":{"z":{"type":"number"},"a":{"type":"number"}},"output":{"type":"array"}})", "/");
  REQUIRE(written.ok());
  CHECK(written->inputs[0].name == "z");
  const auto placed = parse_tensor_spec(
      R"({"inputs":{"a":{"type":"number","order":1},"z":{"type":"number","order":0}},"output":{"type":"array"}})",
      "/");
  REQUIRE(placed.ok());
  CHECK(placed->inputs[0].name == "z");
}

TEST_CASE("each mistake is named with its key") {
  const auto with_input = [](const std::string& input) {
    return refused_spec(R"({"inputs":{"x":)" + input + R"(},"output":{"type":"array"}})");
  };
  CHECK_THAT(with_input(R"({"type":"video"})"),
             ContainsSubstring("tensors.inputs.x.type is 'video'; it must be one of array, image"));
  CHECK_THAT(with_input(R"({"type":"image"})"),
             ContainsSubstring("tensors.inputs.x.size must be given as [height, width]"));
  CHECK_THAT(with_input(R"({"type":"image","size":[8,8],"mean":[1,2]})"),
             ContainsSubstring("x.mean needs one number"));
  CHECK_THAT(with_input(R"({"type":"array"})"), ContainsSubstring("x.shape is missing"));
  CHECK_THAT(with_input(R"({"type":"array","shape":[0]})"),
             ContainsSubstring("x.shape must be a list"));
  CHECK_THAT(with_input(R"({"type":"array","shape":[2],"dtype":"float"})"),
             ContainsSubstring("x.dtype is 'float'"));
  CHECK_THAT(with_input(R"({"type":"number","default":"1"})"),
             ContainsSubstring("x.default does not have"));
  CHECK_THAT(with_input(R"({"type":"number","sise":2})"),
             ContainsSubstring("tensors.inputs.x.sise is not known"));
  CHECK_THAT(with_input("3"), ContainsSubstring("tensors.inputs.x must be a mapping"));
  CHECK_THAT(refused_spec(R"({"inputs":{},"output":{"type":"array"}})"),
             ContainsSubstring("at least one input"));
  CHECK_THAT(refused_spec(R"({"inputs":{"x":{"type":"number"}}})"),
             ContainsSubstring("tensors.output must be a mapping"));
  CHECK_THAT(
      refused_spec(
          R"({"inputs":{"x":{"type":"number"}},"output":{"type":"classes","labels":"none.txt"}})"),
      ContainsSubstring("/nowhere/none.txt"));
}
