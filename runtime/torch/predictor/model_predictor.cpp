#include "runtime/torch/predictor/model_predictor.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/torch/device.hpp"
#include "runtime/torch/inference.hpp"
#include "runtime/torch/predictor/convert.hpp"
#include "runtime/torch/predictor/recorded_digests.hpp"
#include "schema/json_members.hpp"

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;

/// libtorch's profiling executor records two calls and compiles in the third.
constexpr int kWarmUpRuns = 3;

/// A copy of a pool for one scope.
class Hold {
 public:
  explicit Hold(Pool& pool) : pool_(pool), copy_(pool.take()) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() { pool_.give_back(copy_); }
  std::size_t copy() const { return copy_; }

 private:
  Pool& pool_;
  std::size_t copy_;
};

struct Options {
  std::string model, tensors;
  fs::path project;
  Pool::Options pool;
};

std::size_t count_member(const Json& tree, const char* key, std::size_t fallback) {
  const auto found = tree.find(key);
  return found != tree.end() && found->is_number_unsigned() ? found->get<std::size_t>() : fallback;
}

Result<Options> read_options(std::string_view text) {
  // Ordered: the order of tensors.inputs is the order of the model's arguments.
  const OrderedJson tree = OrderedJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!tree.is_object()) return Error{"the worker's options are not a JSON object"};
  Options options;
  const auto tensors = tree.find("tensors");
  if (tensors == tree.end() || !tensors->is_object()) {
    return Error{
        "a model file needs a `tensors:` section in cog.yaml: what its inputs and its output are"};
  }
  options.tensors = tensors->dump();
  const Json plain(tree);
  options.model = text_member(plain, "model");
  if (options.model.empty()) return Error{"no model file was named"};
  options.project = text_member(plain, "project", ".");
  options.pool.device = text_member(plain, "device", "cpu");
  options.pool.slots = count_member(plain, "slots", 1);
  options.pool.threads = count_member(plain, "threads", 0);
  return options;
}

}  // namespace

Result<std::unique_ptr<ModelPredictor>> ModelPredictor::create(std::string_view options) {
  auto read = read_options(options);
  if (!read) return read.error();
  auto spec = parse_tensor_spec(read->tensors, read->project);
  if (!spec) return spec.error();
  read->pool.stateless = spec->stateless;
  return std::unique_ptr<ModelPredictor>(
      new ModelPredictor(std::move(*spec), read->project / read->model, read->pool));
}

ModelPredictor::ModelPredictor(TensorSpec spec, fs::path model, Pool::Options options)
    : spec_(std::move(spec)),
      model_(std::move(model)),
      options_(std::move(options)),
      signature_(to_text(schema::to_json(signature_of(spec_)))) {}

Status ModelPredictor::setup() {
  if (auto built = check_recorded_digests(model_); !built) return built;
  Pool::Options options = options_;
  options.private_copy = spec_.warm_up;
  auto pool = Pool::load(model_, options);
  if (!pool) return pool.error();
  pool_ = std::move(*pool);
  if (auto right = check_arguments(); !right) return right;
  order_inputs();
  if (!spec_.warm_up) return {};
  if (pool_->is_compiled()) {
    if (auto right = check_package(); !right) return right;
  }
  return warm_up();
}

/// Whether shapes and types of the section are those of the export. Compiled code can
/// check that itself, but then refuses a dynamic dimension of size 1, such as a batch of
/// one picture. So it checks one call here, with a batch of two where one is refused, and
/// is loaded again without checks: predictions have the section's shapes by then.
Status ModelPredictor::check_package() {
  auto checked = try_run(0, 1);
  if (!checked && !try_run(0, 2)) return checked;
  pool_.reset();
  Pool::Options options = options_;
  options.check_inputs = false;
  auto pool = Pool::load(model_, options);
  if (!pool) return pool.error();
  pool_ = std::move(*pool);
  return {};
}

/// One run with zeros, the leading extents of 1 replaced by `batch`.
Status ModelPredictor::try_run(std::size_t copy, std::int64_t batch) {
  std::vector<c10::IValue> inputs;
  for (const InputSpec& input : spec_.inputs) {
    at::Tensor zeros = make_warm_up(input);
    const bool grows = batch > 1 && zeros.dim() > 0 && zeros.size(0) == 1;
    inputs.emplace_back(grows ? zeros.repeat_interleave(batch, 0) : zeros);
  }
  auto outputs = pool_->run(copy, std::move(inputs));
  if (!outputs) {
    return Error{outputs.error().message +
                 "\nThat was the warm-up with zeros of the shapes in tensors.inputs. Correct "
                 "shape and dtype there, or give an input `warm_up: [shape]`."};
  }
  return batch > 1 ? Status{} : check_outputs(spec_.output, *outputs);
}

Status ModelPredictor::check_arguments() const {
  const Arguments& arguments = pool_->arguments();
  if (spec_.inputs.size() >= arguments.required && spec_.inputs.size() <= arguments.names.size()) {
    return {};
  }
  std::string theirs, ours;
  for (const std::string& name : arguments.names) theirs += (theirs.empty() ? "" : ", ") + name;
  for (const InputSpec& input : spec_.inputs) ours += (ours.empty() ? "" : ", ") + input.name;
  return Error{"model '" + model_.string() + "' takes " + std::to_string(arguments.names.size()) +
               " input(s) (" + theirs + "), tensors.inputs names " +
               std::to_string(spec_.inputs.size()) + " (" + ours + ")"};
}

/// Inputs that are called like an argument of the model take its place; the others
/// fill what is left in their own order. Only before the first prediction.
void ModelPredictor::order_inputs() {
  const auto& names = pool_->arguments().names;
  std::vector<const InputSpec*> places(names.size(), nullptr);
  std::vector<const InputSpec*> others;
  for (const InputSpec& input : spec_.inputs) {
    const auto place = std::find(names.begin(), names.end(), input.name);
    if (place == names.end()) {
      others.push_back(&input);
    } else {
      places[static_cast<std::size_t>(place - names.begin())] = &input;
    }
  }
  auto other = others.begin();
  for (const InputSpec*& place : places) {
    if (place == nullptr && other != others.end()) place = *other++;
  }
  // An argument that keeps its default may only stand at the end.
  std::erase(places, nullptr);
  std::vector<InputSpec> ordered;
  for (const InputSpec* input : places) ordered.push_back(*input);
  spec_.inputs = std::move(ordered);
}

Status ModelPredictor::warm_up() {
  // The copies are taken in turn: holding all of them warms each one.
  std::vector<std::unique_ptr<Hold>> holds;
  for (std::size_t i = 0; i < pool_->copies(); ++i) holds.push_back(std::make_unique<Hold>(*pool_));
  for (const auto& hold : holds) {
    for (int run = 0; run < kWarmUpRuns; ++run) {
      if (auto done = try_run(hold->copy(), 1); !done) return done;
    }
  }
  return {};
}

Result<std::vector<c10::IValue>> ModelPredictor::read_inputs(const Json& values) const {
  std::vector<c10::IValue> inputs;
  for (const InputSpec& input : spec_.inputs) {
    const auto given = values.find(input.name);
    const Json* value = given != values.end() && !given->is_null() ? &*given
                        : input.default_value                      ? &*input.default_value
                                                                   : nullptr;
    if (value == nullptr) return Error{"input '" + input.name + "' is missing"};
    auto tensor = make_input(input, *value);
    if (!tensor) return tensor.error();
    inputs.emplace_back(std::move(*tensor));
  }
  return inputs;
}

Result<std::vector<at::Tensor>> ModelPredictor::run(std::vector<c10::IValue> inputs) {
  const Hold hold(*pool_);
  auto outputs = pool_->run(hold.copy(), std::move(inputs));
  if (!outputs) return outputs.error();
  try {
    // Before the copy goes back: waits for the GPU, and takes its errors as this call's.
    for (at::Tensor& output : *outputs) output = output.cpu();
  } catch (const std::exception& failure) {
    return Error{"the model failed: " + first_lines(failure.what())};
  }
  return outputs;
}

Result<ModelPredictor::Output> ModelPredictor::predict(std::string_view input,
                                                       const fs::path& directory) {
  enter_thread();
  const Json values = Json::parse(input, nullptr, /*allow_exceptions=*/false);
  if (!values.is_object()) return Error{"the prediction's input is not a JSON object"};
  auto inputs = read_inputs(values);
  if (!inputs) return inputs.error();
  auto outputs = run(std::move(*inputs));
  if (!outputs) return outputs.error();
  if (auto fit = check_outputs(spec_.output, *outputs); !fit) return fit.error();
  return write_output(*outputs, directory);
}

Result<ModelPredictor::Output> ModelPredictor::write_output(const std::vector<at::Tensor>& tensors,
                                                            const fs::path& directory) const {
  Output output;
  const at::Tensor& chosen = tensors.at(spec_.output.index);
  if (spec_.output.type == OutputType::kImage) {
    output.file = directory / "output.png";
    write_image(chosen, output.file);
    return output;
  }
  if (spec_.output.type == OutputType::kAudio) {
    output.file = directory / "output.wav";
    write_audio(chosen, spec_.output.sample_rate, output.file);
    return output;
  }
  auto value = make_output(spec_.output, tensors, pool_->output_names());
  if (!value) return value.error();
  output.list = spec_.output.type == OutputType::kClasses;
  if (!output.list) {
    output.chunks.push_back(to_text(*value));
    return output;
  }
  for (const Json& element : *value) output.chunks.push_back(to_text(element));
  return output;
}

}  // namespace cogpp::torch_models
