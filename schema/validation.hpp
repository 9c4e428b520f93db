// Checks a prediction's input against the `Input` component of an OpenAPI
// document, with the texts and the order of Cog's server (cog-runtime §10).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::schema {

/// One violated rule: `field` is "prompt", "nums/0" or "__root__".
struct InputError {
  std::string field;
  std::string message;
  std::string type;  ///< "value_error" or "value_error.missing"

  friend bool operator==(const InputError&, const InputError&) = default;
};

/// Immutable after creation; any number of threads may call its const functions.
class InputValidator {
 public:
  /// Reads components.schemas.<component> of `document`, `$ref`s followed. Fails
  /// when the component is missing or a pattern does not compile (RE2, and PCRE2
  /// for what RE2 refuses).
  static Result<InputValidator> create(const Json& document, const std::string& component);

  InputValidator(InputValidator&&) noexcept;
  InputValidator& operator=(InputValidator&&) noexcept;
  ~InputValidator();

  /// Drops unknown properties of `input`, checks the rest, and, when all is well,
  /// adds null for absent optional properties without a default. Returns every
  /// violated rule in Cog's order; `dropped` (optional) receives the unknown names.
  std::vector<InputError> apply(Json& input, std::vector<std::string>* dropped = nullptr) const;

 private:
  struct Schema;
  explicit InputValidator(std::unique_ptr<const Schema> schema);
  std::unique_ptr<const Schema> schema_;
};

/// Cog's 422 body: {"detail":[{"loc":["body","input",field],"msg":…,"type":…},…]}.
Json error_body(const std::vector<InputError>& errors);

}  // namespace cogpp::schema
