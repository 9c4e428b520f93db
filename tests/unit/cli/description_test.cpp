// What a worker says of a predictor, and whether cog.yaml names the same.
#include "cli/build/description.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using cogpp::cli::check_names;
using cogpp::cli::Description;
using cogpp::cli::parse_description;
using cogpp::cli::Project;

namespace {

/// The error where cog.yaml has `named` and the macro `argument`; empty when they agree.
std::string problem(const std::string& named, const std::string& argument) {
  Project project{.file = "/p/cog.yaml", .config = {.predict = "predict.cpp:" + named}};
  const auto checked = check_names(project, Description{.name = argument});
  return checked ? "" : checked.error().message;
}

/// The same of a training.
std::string training_problem(const std::string& named, const std::string& argument) {
  const std::string train = "predict.cpp:" + named;
  Project project{.file = "/p/cog.yaml",
                  .train = train,
                  .config = {.run = "predict.cpp:Predictor", .train = train}};
  Description description{.name = "Predictor", .training_name = argument};
  if (!argument.empty()) description.training.emplace();
  const auto checked = check_names(project, description);
  return checked ? "" : checked.error().message;
}

}  // namespace

TEST_CASE("a description tells names where the worker does") {
  const auto old = parse_description(R"({"inputs":[],"output":{"kind":"string"}})");
  REQUIRE(old);
  CHECK(old->name.empty());
  const auto named =
      parse_description(R"({"inputs":[],"output":{"kind":"string"},"name":"ns::Predictor",)"
                        R"("training":{"inputs":[],"output":{"kind":"string"},"name":"train"}})");
  REQUIRE(named);
  CHECK(named->name == "ns::Predictor");
  CHECK(named->training_name == "train");
}

TEST_CASE("cog.yaml names the predictor of the source") {
  CHECK(problem("Predictor", "Predictor").empty());
  CHECK(problem("Predictor", "models::Predictor").empty());
  CHECK(problem("models::Predictor", "models::Predictor").empty());
  CHECK(problem("models::Predictor", "Predictor").empty());
  CHECK(problem("Predictor", "::models :: Predictor <std::map<int, ns::Value>>").empty());
  CHECK(problem("Predictor<int>", "Predictor<int>").empty());
  CHECK(problem("Inner", "Outer<ns::T>::Inner").empty());
  CHECK(problem("Pr\u00e4diktor", "Pr\u00e4diktor").empty());
  CHECK(problem("Nope", "").empty());  // A library of an older cogpp.
  CHECK(problem("Nope", "models::Predictor") ==
        "/p/cog.yaml names \"Nope\", but the source has COGPP_PREDICTOR(models::Predictor, ...). "
        "Write predict: predict.cpp:Predictor there, or name \"Nope\" in COGPP_PREDICTOR");
  CHECK_FALSE(problem("Pre dictor", "Predictor").empty());
  CHECK_FALSE(problem("models", "models::Predictor").empty());
  CHECK_FALSE(problem("int", "Predictor<int>").empty());
}

TEST_CASE("cog.yaml names the training of the source") {
  CHECK(training_problem("train", "train").empty());
  CHECK(training_problem("train", "&models::train").empty());
  CHECK(
      training_problem("fit", "train")
          .ends_with(
              "COGPP_TRAINER(train, ...). Write train: predict.cpp:train there, or name \"fit\" in "
              "COGPP_TRAINER"));
  CHECK(training_problem("fit", "") ==
        "/p/cog.yaml names the training predict.cpp:fit, but no COGPP_TRAINER(...) stands in the "
        "predictor's source");
}
