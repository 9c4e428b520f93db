// JSON inputs to tensors and tensors to JSON outputs, as a TensorSpec says. Pure but
// for the files that inputs name; any thread under inference mode.
#pragma once

#include <ATen/core/Tensor.h>

#include "runtime/torch/predictor/tensor_spec.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::torch_models {

/// The tensor of one input, on the CPU. `value` is the JSON value of a request, a
/// local path for files. The error names the input.
Result<at::Tensor> make_input(const InputSpec& input, const Json& value);

/// A tensor of zeros as warm-up feeds it; extents that are free become 2.
at::Tensor make_warm_up(const InputSpec& input);

/// Nested lists of the elements, as Python's Tensor.tolist().
Json to_json(const at::Tensor& tensor);

/// [{"label": …, "score": …}], best first. Labels missing: the class number.
Result<Json> top_classes(const OutputSpec& output, const at::Tensor& scores);

/// The output value of kinds that are JSON. `names` are the model's own for kJson.
Result<Json> make_output(const OutputSpec& output, const std::vector<at::Tensor>& tensors,
                         const std::vector<std::string>& names);

/// Whether the model's outputs fit the section: index, number of labels, shapes.
Status check_outputs(const OutputSpec& output, const std::vector<at::Tensor>& tensors);

}  // namespace cogpp::torch_models
