#include "runtime/torch/predictor/convert.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace cogpp::torch_models {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + (shape[i] < 0 ? std::string("any") : std::to_string(shape[i]));
  }
  return text + "]";
}

/// Follows the first elements down: the shape if the lists are all equally long.
std::vector<std::int64_t> shape_of(const Json& value) {
  std::vector<std::int64_t> shape;
  for (const Json* level = &value; level->is_array(); level = &level->front()) {
    shape.push_back(static_cast<std::int64_t>(level->size()));
    if (level->empty()) break;
  }
  return shape;
}

bool fits(at::IntArrayRef given, at::IntArrayRef wanted) {
  if (given.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (wanted[i] >= 0 && wanted[i] != given[i]) return false;
  }
  return true;
}

/// Writes the elements of nested lists into `out`, row-major. False where a list has
/// another length than its sisters or an element is no number. Integers of 64 bits
/// stay exact.
template <class T>
bool flatten(const Json& value, at::IntArrayRef shape, T*& out) {
  if (shape.empty()) {
    if (value.is_boolean()) {
      *out++ = static_cast<T>(value.get<bool>());
    } else if (value.is_number()) {
      *out++ = value.get<T>();
    } else {
      return false;
    }
    return true;
  }
  if (!value.is_array() || static_cast<std::int64_t>(value.size()) != shape[0]) return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const Json& element) { return flatten(element, shape.slice(1), out); });
}

template <class T>
Result<at::Tensor> fill(const InputSpec& input, const Json& value,
                        const std::vector<std::int64_t>& shape) {
  at::Tensor tensor = at::empty(shape, c10::CppTypeToScalarType<T>::value);
  T* out = tensor.mutable_data_ptr<T>();
  if (!flatten(value, shape, out)) {
    return Error{"input '" + input.name + "' must be lists of equal length with numbers inside"};
  }
  return tensor.to(input.dtype);
}

Result<at::Tensor> make_array(const InputSpec& input, const Json& value) {
  const auto shape = shape_of(value);
  if (!fits(shape, input.shape)) {
    return Error{"input '" + input.name + "' has the shape " + shape_text(shape) + "; it must be " +
                 shape_text(input.shape)};
  }
  if (at::isIntegralType(input.dtype, /*includeBool=*/true)) {
    return fill<std::int64_t>(input, value, shape);
  }
  return fill<double>(input, value, shape);
}

Result<at::Tensor> make_scalar(const InputSpec& input, const Json& value) {
  if (value.is_boolean()) return at::full(input.shape, value.get<bool>(), input.dtype);
  if (value.is_number_integer()) {
    return at::full(input.shape, value.get<std::int64_t>(), input.dtype);
  }
  if (value.is_number()) return at::full(input.shape, value.get<double>(), input.dtype);
  return Error{"input '" + input.name + "' must be a number"};
}

Json element_of(const at::Tensor& scalar) {
  if (scalar.scalar_type() == at::kBool) return scalar.item<bool>();
  if (at::isIntegralType(scalar.scalar_type(), false)) return scalar.item<std::int64_t>();
  return scalar.item<double>();
}

template <class T>
Json nest(const T*& next, at::IntArrayRef shape) {
  if (shape.empty()) return *next++;
  Json list = Json::array();
  for (std::int64_t i = 0; i < shape[0]; ++i) list.push_back(nest(next, shape.slice(1)));
  return list;
}

template <class T>
Json nested(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
  const T* next = plain.const_data_ptr<T>();
  return nest(next, plain.sizes());
}

/// One row of scores out of [N] or [1, N].
Result<at::Tensor> row_of(const at::Tensor& scores) {
  if (scores.numel() > 0 && scores.numel() == scores.size(-1)) return scores.reshape({-1});
  return Error{"classes need scores of the shape [N] or [1, N], the model gave " +
               shape_text(scores.sizes())};
}

Result<Json> named_outputs(const OutputSpec& output, const std::vector<at::Tensor>& tensors,
                           const std::vector<std::string>& own_names) {
  Json object = Json::object();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string name = i < output.names.size() ? output.names[i]
                             : i < own_names.size()  ? own_names[i]
                                                     : "output" + std::to_string(i);
    object[name] = to_json(tensors[i]);
  }
  return object;
}

}  // namespace

Result<at::Tensor> make_input(const InputSpec& input, const Json& value) {
  try {
    switch (input.type) {
      case InputType::kImage:
        return read_image(value.get<std::string>(), input.image);
      case InputType::kAudio:
        return mono(read_audio(value.get<std::string>()), input.sample_rate).unsqueeze(0);
      case InputType::kArray:
        return make_array(input, value);
      default:
        return make_scalar(input, value);
    }
  } catch (const std::exception& failure) {
    return Error{"input '" + input.name + "': " + failure.what()};
  }
}

at::Tensor make_warm_up(const InputSpec& input) {
  if (input.type == InputType::kImage) {
    return at::zeros({1, input.image.channels, input.image.size[0], input.image.size[1]},
                     at::kFloat);
  }
  std::vector<std::int64_t> shape = input.warm_up.empty() ? input.shape : input.warm_up;
  for (std::int64_t& extent : shape) {
    if (extent < 0) extent = 2;
  }
  return at::zeros(shape, input.type == InputType::kAudio ? at::kFloat : input.dtype);
}

Json to_json(const at::Tensor& tensor) {
  if (tensor.dim() == 0) return element_of(tensor);
  if (tensor.scalar_type() == at::kBool) return nested<bool>(tensor);
  if (at::isIntegralType(tensor.scalar_type(), false)) return nested<std::int64_t>(tensor);
  return nested<double>(tensor);
}

Result<Json> top_classes(const OutputSpec& output, const at::Tensor& scores) {
  auto row = row_of(scores);
  if (!row) return row.error();
  at::Tensor values = row->to(at::kCPU, at::kFloat);
  if (output.scores == Scores::kSoftmax) values = at::softmax(values, 0);
  if (output.scores == Scores::kSigmoid) values = at::sigmoid(values);
  const auto count = std::min(static_cast<std::int64_t>(output.top_k), values.numel());
  const auto [best, places] = at::topk(values, count);
  Json list = Json::array();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto place = static_cast<std::size_t>(places[i].item<std::int64_t>());
    list.push_back(
        {{"label", place < output.labels.size() ? output.labels[place] : std::to_string(place)},
         {"score", best[i].item<double>()}});
  }
  return list;
}

Result<Json> make_output(const OutputSpec& output, const std::vector<at::Tensor>& tensors,
                         const std::vector<std::string>& names) {
  if (output.type == OutputType::kJson) return named_outputs(output, tensors, names);
  if (output.type == OutputType::kClasses) return top_classes(output, tensors.at(output.index));
  const at::Tensor& tensor = tensors.at(output.index);
  return output.type == OutputType::kNumber ? element_of(tensor) : to_json(tensor);
}

Status check_outputs(const OutputSpec& output, const std::vector<at::Tensor>& tensors) {
  const auto count = std::to_string(tensors.size());
  if (output.type == OutputType::kJson) {
    if (output.names.empty() || output.names.size() == tensors.size()) return {};
    return Error{"the model has " + count + " output(s), tensors.output.names has " +
                 std::to_string(output.names.size())};
  }
  if (output.index >= tensors.size()) {
    return Error{"tensors.output.index is " + std::to_string(output.index) + ", the model has " +
                 count + " output(s), numbered from 0"};
  }
  const at::Tensor& chosen = tensors[output.index];
  if (output.type == OutputType::kNumber && chosen.numel() != 1) {
    return Error{"a number is one element, the model gave " + shape_text(chosen.sizes())};
  }
  if (output.type != OutputType::kClasses) return {};
  if (auto row = row_of(chosen); !row) return row.error();
  if (output.labels.empty() || output.labels.size() == static_cast<std::size_t>(chosen.numel()))
    return {};
  return Error{"tensors.output.labels has " + std::to_string(output.labels.size()) +
               " labels, the model tells " + std::to_string(chosen.numel()) + " classes apart"};
}

}  // namespace cogpp::torch_models
