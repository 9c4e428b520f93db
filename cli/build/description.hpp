// What a worker's --describe or cogpp_schema says of a predictor.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/project.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::cli {

struct Description {
  schema::Signature signature;                  ///< The training's, where nothing predicts.
  std::optional<schema::Signature> training{};  ///< What `/trainings` takes, if there is one.
  /// C++: what COGPP_PREDICTOR and COGPP_TRAINER were given; empty where that is not known.
  std::string name{};
  std::string training_name{};
  std::optional<int> concurrency{};     ///< Python: of @cog.concurrent.
  bool is_async = false;                ///< Python: run() is an async function.
  std::vector<std::string> warnings{};  ///< Python: Cog's, about old names.
  /// Python: the user's OpenAPI document, which tells the types where the sources do not;
  /// then neither `concurrency` nor `is_async` is known. Empty: the sources tell.
  std::filesystem::path document{};

  /// Python: whether run() is known to take one prediction at a time.
  bool blocks() const { return !is_async && document.empty(); }
};

/// The text of signature.json in the build cache: a signature's JSON, with the members
/// `name`, `training` (with a `name`), `concurrency`, `async` and `warnings` beside its own.
Result<Description> parse_description(const std::string& text);

/// Whether the compiled predictor has what cog.yaml's `predict` and `train` name.
Status check_names(const Project& project, const Description& description);

}  // namespace cogpp::cli
