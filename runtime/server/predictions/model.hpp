// What the running predictor takes and gives, as the server needs it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "schema/result.hpp"
#include "schema/signature.hpp"
#include "schema/validation.hpp"

namespace cogpp::server {

/// What a worker runs, at /predictions and /trainings alike: predict(), or train() where
/// the server was started with --x-mode train (cog-runtime §14).
enum class RunMode { kPredict, kTrain };

/// Made once when a worker is ready; immutable, any thread.
struct Model {
  schema::Signature signature;  ///< Of what runs.
  std::string openapi;          ///< The document as it is served.
  schema::InputValidator validator;
  /// For /trainings; nothing: the model has no training, and `validator` serves.
  std::optional<schema::InputValidator> training_validator;
  bool streaming = false;     ///< Event streams are offered.
  bool array_output = false;  ///< The Output schema is an array (cog-runtime §3.7).
  bool takes_files = false;   ///< Some input is a file, or a list of files.

  /// `predictor` and `training` as in the worker's hello. Fails in train mode without
  /// a training.
  static Result<std::shared_ptr<const Model>> create(schema::Signature predictor,
                                                     std::optional<schema::Signature> training,
                                                     RunMode mode);
};

}  // namespace cogpp::server
