// What the running predictor takes and gives, as the server needs it.
#pragma once

#include <memory>
#include <string>

#include "schema/result.hpp"
#include "schema/signature.hpp"
#include "schema/validation.hpp"

namespace cogpp::server {

/// Made once when a worker is ready; immutable, any thread.
struct Model {
  schema::Signature signature;
  std::string openapi;  ///< The document as it is served.
  schema::InputValidator validator;
  bool streaming = false;     ///< Event streams are offered.
  bool array_output = false;  ///< The Output schema is an array (cog-runtime §3.7).
  bool takes_files = false;   ///< Some input is a file, or a list of files.

  static Result<std::shared_ptr<const Model>> create(schema::Signature signature);
};

}  // namespace cogpp::server
