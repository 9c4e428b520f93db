#include "runtime/torch/predictor/tensor_spec.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>

#include "runtime/torch/predictor/spec_reader.hpp"

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;
using schema::Kind;

const std::vector<std::pair<std::string, at::ScalarType>>& dtypes() {
  static const std::vector<std::pair<std::string, at::ScalarType>> known{
      {"float32", at::kFloat},  {"float16", at::kHalf}, {"bfloat16", at::kBFloat16},
      {"float64", at::kDouble}, {"int64", at::kLong},   {"int32", at::kInt},
      {"int16", at::kShort},    {"int8", at::kChar},    {"uint8", at::kByte},
      {"bool", at::kBool}};
  return known;
}

at::ScalarType read_dtype(SpecReader& reader, const std::string& fallback) {
  const std::string wanted = reader.text("dtype", fallback);
  std::string names;
  for (const auto& [name, type] : dtypes()) {
    if (name == wanted) return type;
    names += (names.empty() ? "" : ", ") + name;
  }
  reader.refuse("dtype", "is '" + wanted + "'; it must be one of " + names);
  return at::kFloat;
}

void read_image_options(SpecReader& reader, ImageOptions& image) {
  const auto size = reader.extents("size", {}, 1);
  if (size.size() == 2) {
    image.size = {size[0], size[1]};
  } else {
    reader.refuse("size", "must be given as [height, width]");
  }
  image.channels = static_cast<int>(reader.integer("channels", 3, 1, 3));
  if (image.channels == 2) reader.refuse("channels", "must be 3 (RGB) or 1 (grey)");
  image.crop = reader.choice("fit", {"stretch", "crop"}) == 1;
  image.mean = reader.numbers("mean");
  image.std = reader.numbers("std");
  const auto fits = [&](const std::vector<double>& values) {
    return values.size() <= 1 || values.size() == static_cast<std::size_t>(image.channels);
  };
  if (!fits(image.mean)) reader.refuse("mean", "needs one number, or one for each channel");
  if (!fits(image.std)) reader.refuse("std", "needs one number, or one for each channel");
  if (std::find(image.std.begin(), image.std.end(), 0.0) != image.std.end()) {
    reader.refuse("std", "must not be 0");
  }
}

void read_default(SpecReader& reader, InputSpec& input) {
  const OrderedJson* value = reader.member("default");
  if (value == nullptr) return;
  const bool fits = input.type == InputType::kArray     ? value->is_array()
                    : input.type == InputType::kBoolean ? value->is_boolean()
                    : input.type == InputType::kInteger ? value->is_number_integer()
                                                        : value->is_number();
  if (!fits) reader.refuse("default", "does not have the input's type");
  input.default_value = Json(*value);
}

void read_type(SpecReader& reader, InputSpec& input) {
  static const std::vector<std::string> names{"array",  "image",   "audio",
                                              "number", "integer", "boolean"};
  constexpr InputType kTypes[] = {InputType::kArray,  InputType::kImage,   InputType::kAudio,
                                  InputType::kNumber, InputType::kInteger, InputType::kBoolean};
  if (reader.member("type") == nullptr) reader.refuse("type", "is missing");
  input.type = kTypes[reader.choice("type", names)];
}

Result<InputSpec> read_input(const std::string& name, const OrderedJson& object) {
  SpecReader reader(object, "tensors.inputs." + name);
  InputSpec input;
  input.name = name;
  read_type(reader, input);
  input.description = reader.text("description", "");
  static_cast<void>(reader.member("order"));
  if (input.type == InputType::kImage) {
    read_image_options(reader, input.image);
  } else if (input.type == InputType::kAudio) {
    input.sample_rate = static_cast<int>(reader.integer("sample_rate", 16000, 1000, 384000));
    input.warm_up = reader.extents("warm_up", {1, input.sample_rate}, 1);
  } else {
    const bool array = input.type == InputType::kArray;
    if (array && reader.member("shape") == nullptr) reader.refuse("shape", "is missing");
    input.shape = reader.extents("shape", {}, array ? -1 : 1);
    input.dtype = read_dtype(reader, input.type == InputType::kInteger   ? "int64"
                                     : input.type == InputType::kBoolean ? "bool"
                                                                         : "float32");
    if (array) input.warm_up = reader.extents("warm_up", {}, 1);
    read_default(reader, input);
  }
  if (input.type == InputType::kNumber || input.type == InputType::kInteger) {
    input.ge = reader.number("ge");
    input.le = reader.number("le");
  }
  if (auto done = reader.finish(); !done) return done.error();
  return input;
}

Result<std::vector<std::string>> read_labels(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> labels;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels.push_back(line);
  }
  if (labels.empty()) {
    return Error{"tensors.output.labels: '" + path.string() +
                 "' cannot be read or is empty; it needs one label a line"};
  }
  return labels;
}

Result<OutputSpec> read_output(const OrderedJson& object, const fs::path& project) {
  static const std::vector<std::string> names{"array", "classes", "number",
                                              "json",  "image",   "audio"};
  constexpr OutputType kTypes[] = {OutputType::kArray, OutputType::kClasses, OutputType::kNumber,
                                   OutputType::kJson,  OutputType::kImage,   OutputType::kAudio};
  SpecReader reader(object, "tensors.output");
  OutputSpec output;
  if (reader.member("type") == nullptr) reader.refuse("type", "is missing");
  output.type = kTypes[reader.choice("type", names)];
  static_cast<void>(reader.text("description", ""));
  if (output.type != OutputType::kJson) {
    output.index = static_cast<std::size_t>(reader.integer("index", 0, 0, 1000));
  }
  if (output.type == OutputType::kJson) output.names = reader.texts("names");
  if (output.type == OutputType::kAudio) {
    output.sample_rate = static_cast<int>(reader.integer("sample_rate", 16000, 1000, 384000));
  }
  if (output.type == OutputType::kClasses) {
    output.top_k = static_cast<std::size_t>(reader.integer("top_k", 5, 1, 1'000'000));
    output.scores = static_cast<Scores>(reader.choice("scores", {"softmax", "sigmoid", "none"}));
    const OrderedJson* labels = reader.member("labels");
    if (labels != nullptr && labels->is_string()) {
      auto lines = read_labels(project / labels->get<std::string>());
      if (!lines) return lines.error();
      output.labels = std::move(*lines);
    } else {
      output.labels = reader.texts("labels");
    }
  }
  if (auto done = reader.finish(); !done) return done.error();
  return output;
}

/// Inputs in the order of the arguments: `order` where all have one, else as written.
Result<std::vector<InputSpec>> read_inputs(const OrderedJson& object) {
  std::vector<InputSpec> inputs;
  std::map<std::int64_t, InputSpec> placed;
  for (const auto& [name, value] : object.items()) {
    auto input = read_input(name, value);
    if (!input) return input.error();
    if (value.contains("order")) {
      SpecReader reader(value, "tensors.inputs." + name);
      const auto place = reader.integer("order", -1, 0, 1000);
      if (place < 0 || placed.contains(place)) {
        return Error{"tensors.inputs." + name + ".order must be an integer of its own from 0 on"};
      }
      placed[place] = *input;
    }
    inputs.push_back(std::move(*input));
  }
  if (inputs.empty()) return Error{"tensors.inputs must name at least one input of the model"};
  if (placed.empty()) return inputs;
  if (placed.size() != inputs.size())
    return Error{"tensors.inputs: give all inputs an `order` or none"};
  inputs.clear();
  for (auto& [place, input] : placed) inputs.push_back(std::move(input));
  return inputs;
}

schema::Type number_type(at::ScalarType dtype) {
  schema::Type type;
  type.kind = dtype == at::kBool                 ? Kind::kBoolean
              : at::isIntegralType(dtype, false) ? Kind::kInteger
                                                 : Kind::kNumber;
  return type;
}

/// A list in a list …, `depth` times.
schema::Type nested(schema::Type element, std::size_t depth) {
  for (std::size_t i = 0; i < depth; ++i) {
    schema::Type list;
    list.kind = Kind::kArray;
    list.items.push_back(std::move(element));
    element = std::move(list);
  }
  return element;
}

schema::Type type_of(const InputSpec& input) {
  schema::Type type;
  switch (input.type) {
    case InputType::kImage:
    case InputType::kAudio:
      type.kind = Kind::kPath;
      return type;
    case InputType::kArray:
      return nested(number_type(input.dtype), input.shape.size());
    case InputType::kNumber:
      type.kind = Kind::kNumber;
      return type;
    case InputType::kInteger:
      type.kind = Kind::kInteger;
      return type;
    case InputType::kBoolean:
      type.kind = Kind::kBoolean;
      return type;
  }
  return type;
}

schema::Type type_of(const OutputSpec& output) {
  schema::Type type;
  if (output.type == OutputType::kClasses) {
    type.kind = Kind::kStruct;
    type.fields.resize(2);
    type.fields[0].name = "label";
    type.fields[1].name = "score";
    type.fields[1].type.kind = Kind::kNumber;
    return nested(std::move(type), 1);
  }
  // How deep an array is, the model decides: Any.
  type.kind = Kind::kObject;
  if (output.type == OutputType::kNumber) type.kind = Kind::kNumber;
  if (output.type == OutputType::kImage || output.type == OutputType::kAudio)
    type.kind = Kind::kPath;
  return type;
}

}  // namespace

Result<TensorSpec> parse_tensor_spec(std::string_view text, const fs::path& project) {
  const OrderedJson tree = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded()) return Error{"the tensors section is not JSON"};
  SpecReader reader(tree, "tensors");
  const OrderedJson* inputs = reader.member("inputs");
  const OrderedJson* output = reader.member("output");
  TensorSpec spec;
  spec.stateless = reader.boolean("stateless", false);
  spec.warm_up = reader.boolean("warm_up", true);
  if (inputs == nullptr || !inputs->is_object())
    reader.refuse("inputs", "must be a mapping of names to inputs");
  if (output == nullptr || !output->is_object())
    reader.refuse("output", "must be a mapping, as { type: array }");
  if (auto done = reader.finish(); !done) return done.error();
  auto read = read_inputs(*inputs);
  if (!read) return read.error();
  spec.inputs = std::move(*read);
  auto read_out = read_output(*output, project);
  if (!read_out) return read_out.error();
  spec.output = std::move(*read_out);
  return spec;
}

schema::Signature signature_of(const TensorSpec& spec) {
  schema::Signature signature;
  for (const InputSpec& input : spec.inputs) {
    schema::Input described;
    described.name = input.name;
    described.type = type_of(input);
    described.default_value = input.default_value;
    described.description = input.description;
    described.ge = input.ge;
    described.le = input.le;
    if (input.type == InputType::kImage) described.accept = "image/*";
    if (input.type == InputType::kAudio) described.accept = "audio/*";
    signature.inputs.push_back(std::move(described));
  }
  signature.output = type_of(spec.output);
  return signature;
}

}  // namespace cogpp::torch_models
