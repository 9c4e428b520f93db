// What the templates of predictor.hpp call: the parts of a predictor and of one
// prediction that do not depend on the author's types. Implemented in
// libcogpp_sdk.a. Not for authors.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cogpp/abi.h"
#include "cogpp/detail/codec.hpp"
#include "cogpp/input.hpp"
#include "cogpp/prediction.hpp"
#include "cogpp/setup.hpp"

namespace cogpp::detail {

inline CogppText as_text(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view as_view(CogppText text) { return {text.data, text.size}; }

/// The output side of a signature.
struct OutputInfo {
  TypeInfo type;
  const char* mode = "value";  ///< "value", "iterator" or "concatenate".
  bool streaming = false;
};

/// Signature, options and parsed defaults of a predictor. Immutable after create(), but for
/// the options, which are the author's from setup() on.
class Description {
 public:
  /// Reports to the host and returns nothing when the options or inputs are wrong.
  static std::unique_ptr<Description> create(CogppText options, void* host,
                                             const CogppHostTable* table);
  Description();
  ~Description();
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;

  /// Runs `add`, which adds the inputs; reports which of their defaults cannot be one.
  bool add_inputs(void (*add)(Description&), void* host, const CogppHostTable* table);
  /// Throws InputError for a default that shows a secret.
  void add_input(const InputInfo& info, const TypeInfo& type);
  void set_output(const OutputInfo& output);
  /// Checks that names are unique, and writes the signature's text.
  bool finish(void* host, const CogppHostTable* table);

  std::string_view signature() const;
  Setup& setup();
  const std::string& name(std::size_t input) const;
  std::optional<Node> default_of(std::size_t input) const;
  bool has_input(std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a prediction was doing when an exception left it; decides the error's text.
enum class Phase { kInput, kPredict, kTrain, kIterate };

/// One prediction on the thread that runs it, and what current() refers to there.
class Call {
 public:
  explicit Call(const CogppPrediction& prediction);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void phase(Phase phase);
  /// The input with the name, its default, or nothing. Throws InputError when the
  /// input's text is no JSON object.
  std::optional<Node> find(const Description& description, std::size_t input);

  /// Throws, with Python's text for clients (cog-runtime §10.3), when the input has a name
  /// that no parameter has. Only an input that was not checked against this schema has one.
  void refuse_unknown(const Description& description, const std::string& function);

  void output(std::string_view json);
  void file(const std::filesystem::path& path);
  bool cancelled() const noexcept;
  /// What a prediction that came to its end returns to the worker.
  int ended(int outcome) const noexcept;
  /// Reports the exception being handled and returns the outcome.
  int failed() noexcept;

  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Sends the pieces of a TextStream, holding back characters that are not complete.
class TextPieces {
 public:
  explicit TextPieces(Call& call) : call_(call) {}
  void add(std::string_view piece);
  void finish();  ///< Sends what was held back.

 private:
  Call& call_;
  std::string held_;
};

/// Runs `body` with `log` going to set-up's log; reports what it throws.
int run_setup(void (*body)(void*), void* argument, void* host, const CogppHostTable* table);

/// Runs `healthy` with `log` going to the worker's log; reports false and what it throws
/// with Cog's texts (cog-runtime §4.1). Returns a CogppOutcome.
int run_healthcheck(bool (*healthy)(void*), void* argument, void* host,
                    const CogppHostTable* table);

}  // namespace cogpp::detail
