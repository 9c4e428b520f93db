// What the running predictor takes and gives, as the server needs it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"
#include "schema/validation.hpp"

namespace cogpp::server {

/// What a worker runs, at /predictions and /trainings alike: predict(), or train() where
/// the server was started with --x-mode train (cog-runtime §14).
enum class RunMode { kPredict, kTrain };

/// An OpenAPI document that is used in place of the one made from the worker's signature.
/// Null: there is none, and inputs go to the model unchecked (cog-runtime §10.3).
using GivenDocument = std::optional<Json>;

/// Made once when a worker is ready; immutable, any thread.
struct Model {
  schema::Signature signature;         ///< Of what runs.
  std::optional<std::string> openapi;  ///< The document as it is served; nothing: none.
  /// Nothing: inputs are not checked, because the given document cannot be used for it.
  std::optional<schema::InputValidator> validator;
  std::optional<schema::InputValidator> training_validator;
  std::string unchecked = {};       ///< Why a given document cannot be used for it, or "".
  bool describes_training = false;  ///< Else `validator` serves /trainings, too.
  bool streaming = false;           ///< Event streams are offered.
  bool takes_files = false;         ///< Inputs of what runs can hold files to be fetched.
  bool array_output = false;        ///< The Output schema is an array (cog-runtime §3.7).

  /// `predictor` and `training` as in the worker's hello. Fails in train mode without
  /// a training; whatever the given document holds, it does not fail.
  static Result<std::shared_ptr<const Model>> create(
      const schema::Signature& predictor, const std::optional<schema::Signature>& training,
      RunMode mode, const GivenDocument& given = {});

  /// What checks the inputs of a request; nullptr: nothing does.
  const schema::InputValidator* validator_of(bool training_request) const;
};

}  // namespace cogpp::server
