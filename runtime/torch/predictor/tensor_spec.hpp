// The `tensors:` section of a model without code: what each argument of the model
// is made of, and what its outputs become.
//
//   tensors:
//     inputs:                  # called like the model's arguments, or in their order
//       NAME: { type: image,   size: [H, W], channels: 3, fit: stretch|crop, mean: […], std: […] }
//       NAME: { type: audio,   sample_rate: 16000 }                  → [1, n] floats of -1…1
//       NAME: { type: array,   shape: [1, -1], dtype: float32 }      → nested numbers; -1: any
//       extent NAME: { type: number | integer | boolean, shape: [], dtype: … }  → all elements that
//       value # also each: description, and but for files: default; numbers: ge, le # order: N says
//       the argument's place, where the section's order is not it # warm_up: [shape] replaces the
//       shape that warm-up uses for extents of -1
//     output: { type: classes, labels: labels.txt | […], top_k: 5, scores: softmax|sigmoid|none }
//     output: { type: array }                    → nested numbers
//     output: { type: number }                   → the only element
//     output: { type: json, names: [boxes, …] }  → an object of nested numbers
//     output: { type: image }                    → a PNG; audio: a WAV of sample_rate
//       # classes, array, number, image, audio: `index: N` picks one of several outputs
//     stateless: true          # TorchScript: one copy serves all slots
//     warm_up: false           # no warm-up before READY
//
// Plain values; parsing reads the labels file and nothing else.
#pragma once

#include <ATen/core/Tensor.h>

#include <cogpp/torch.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::torch_models {

enum class InputType { kImage, kAudio, kArray, kNumber, kInteger, kBoolean };

struct InputSpec {
  std::string name;
  InputType type = InputType::kArray;
  std::string description;
  std::optional<Json> default_value;
  std::optional<double> ge;
  std::optional<double> le;
  ImageOptions image;
  int sample_rate = 16000;
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;    ///< Array and scalars; -1: any extent.
  std::vector<std::int64_t> warm_up;  ///< Without -1; empty: derived from shape.
};

enum class OutputType { kClasses, kArray, kNumber, kJson, kImage, kAudio };
enum class Scores { kSoftmax, kSigmoid, kNone };

struct OutputSpec {
  OutputType type = OutputType::kArray;
  std::size_t index = 0;
  std::vector<std::string> labels;
  std::size_t top_k = 5;
  Scores scores = Scores::kSoftmax;
  std::vector<std::string> names;
  int sample_rate = 16000;
};

struct TensorSpec {
  std::vector<InputSpec> inputs;
  OutputSpec output;
  bool stateless = false;
  bool warm_up = true;
};

/// Reads the section as JSON text. The error names the key ("tensors.inputs.x.size")
/// and what is accepted; an unknown key is one.
Result<TensorSpec> parse_tensor_spec(std::string_view text, const std::filesystem::path& project);

/// What clients see.
schema::Signature signature_of(const TensorSpec& spec);

}  // namespace cogpp::torch_models
