// JSON to tensors and back.
#include "runtime/torch/predictor/convert.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using Catch::Matchers::ContainsSubstring;
using cogpp::Json;
using namespace cogpp::torch_models;  // NOLINT: the subject of this file

namespace {

InputSpec array(std::vector<std::int64_t> shape, at::ScalarType dtype = at::kFloat) {
  InputSpec spec;
  spec.name = std::string("x");
  spec.shape = std::move(shape);
  spec.dtype = dtype;
  return spec;
}

}  // namespace

TEST_CASE("nested lists become a tensor of the declared shape and type") {
  const auto made = make_input(array({-1, 2}), Json::parse("[[1, 2.5], [3, -4]]"));
  REQUIRE(made.ok());
  CHECK(made->scalar_type() == at::kFloat);
  CHECK(made->sizes() == at::IntArrayRef({2, 2}));
  CHECK((*made)[0][1].item<float>() == 2.5F);
  const auto exact = make_input(array({1}, at::kLong), Json::parse("[9007199254740993]"));
  CHECK((*exact)[0].item<std::int64_t>() == 9007199254740993);
  CHECK(to_json(*exact) == Json::parse("[9007199254740993]"));
}

TEST_CASE("wrong shapes and ragged lists are refused with both sides") {
  const auto refusal = [](const InputSpec& spec, const char* text) {
    return make_input(spec, Json::parse(text)).error().message;
  };
  CHECK_THAT(refusal(array({2, 2}), "[[1,2,3],[4,5,6]]"),
             ContainsSubstring("'x' has the shape [2, 3]; it must be [2, 2]"));
  CHECK_THAT(refusal(array({-1, 2}), "[1, 2]"), ContainsSubstring("[2]; it must be [any, 2]"));
  CHECK_THAT(refusal(array({-1, 2}), "[[1,2],[3]]"), ContainsSubstring("equal length"));
  CHECK_THAT(refusal(array({-1}), R"(["a"])"), ContainsSubstring("numbers"));
  CHECK_THAT(refusal(array({-1, 2}), "[]"), ContainsSubstring("[0]"));
}

TEST_CASE("scalars fill their shape") {
  InputSpec spec = array({1, 3});
  spec.type = InputType::kNumber;
  CHECK(make_input(spec, Json(2.5)).value().sum().item<double>() == 7.5);
}

TEST_CASE("tensors become lists as Python's tolist() gives them") {
  CHECK(to_json(at::tensor({0.1F})).dump() == "[0.10000000149011612]");
  CHECK(to_json(at::tensor({1, 2}).view({2, 1})).dump() == "[[1],[2]]");
  CHECK(to_json(at::tensor({1, 0}).to(at::kBool)).dump() == "[true,false]");
  CHECK(to_json(at::zeros({0, 2})).dump() == "[]");
  CHECK(to_json(at::scalar_tensor(3, at::kLong)).dump() == "3");
  CHECK(to_json(at::tensor({1.5}).to(at::kHalf)).dump() == "[1.5]");
}

TEST_CASE("classes are the best scores with their labels") {
  OutputSpec output;
  output.type = OutputType::kClasses;
  output.labels = {"cat", "dog", "fish"};
  output.top_k = 2;
  output.scores = Scores::kNone;
  const auto list = top_classes(output, at::tensor({0.25F, 0.5F, 0.125F}).unsqueeze(0));
  REQUIRE(list.ok());
  CHECK(list->dump() == R"([{"label":"dog","score":0.5},{"label":"cat","score":0.25}])");
  output.scores = Scores::kSoftmax;
  const auto equal = top_classes(output, at::zeros({4}));
  CHECK(equal->at(0).at("score") == 0.25);
  CHECK(!top_classes(output, at::zeros({2, 3})).ok());
}

TEST_CASE("outputs that do not fit the section are refused") {
  OutputSpec output;
  output.type = OutputType::kClasses;
  output.labels = {"cat", "dog"};
  CHECK_THAT(check_outputs(output, {at::zeros({1, 3})}).error().message,
             ContainsSubstring("has 2 labels, the model tells 3 classes apart"));
  output.type = OutputType::kArray;
  output.index = 1;
  CHECK_THAT(check_outputs(output, {at::zeros({1})}).error().message,
             ContainsSubstring("index is 1, the model has 1 output(s)"));
  output.type = OutputType::kJson;
  output.names = {"a"};
  CHECK_THAT(check_outputs(output, {at::zeros({1}), at::zeros({1})}).error().message,
             ContainsSubstring("2 output(s), tensors.output.names has 1"));
}
