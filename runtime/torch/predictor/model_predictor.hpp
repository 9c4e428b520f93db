// The predictor of a model file without code: loads it, warms every slot up, and
// turns each prediction's JSON into tensors and back.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/torch/pool.hpp"
#include "runtime/torch/predictor/tensor_spec.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::torch_models {

/// create() and setup() once, in this order, on one thread; then predict() from any
/// number of threads, at most `slots` at once.
class ModelPredictor {
 public:
  /// What a prediction gave: JSON chunks, or one file.
  struct Output {
    std::vector<std::string> chunks;  ///< JSON texts.
    bool list = false;                ///< The chunks are a list's elements.
    std::filesystem::path file;       ///< Not empty: the output is this file.
  };

  /// `options` is the JSON object of CogppPredictorTable::create. Loads nothing yet.
  static Result<std::unique_ptr<ModelPredictor>> create(std::string_view options);

  /// The signature as JSON text, valid as long as this object.
  const std::string& signature() const { return signature_; }
  /// Loads the model, compares its arguments and outputs with the section, and runs
  /// every slot until libtorch has nothing left to prepare.
  Status setup();
  /// `directory` receives file outputs.
  Result<Output> predict(std::string_view input, const std::filesystem::path& directory);

 private:
  ModelPredictor(TensorSpec spec, std::filesystem::path model, Pool::Options options);
  Status check_arguments() const;
  void order_inputs();
  Status check_package();
  Status warm_up();
  Status try_run(std::size_t copy, std::int64_t batch);
  Result<std::vector<c10::IValue>> read_inputs(const Json& values) const;
  Result<std::vector<at::Tensor>> run(std::vector<c10::IValue> inputs);
  Result<Output> write_output(const std::vector<at::Tensor>& tensors,
                              const std::filesystem::path& directory) const;

  TensorSpec spec_;
  std::filesystem::path model_;
  Pool::Options options_;
  std::string signature_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace cogpp::torch_models
