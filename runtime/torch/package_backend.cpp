// AOTInductor packages (.pt2): one container whose runners share the weights, as
// many runners as slots.
//
// The package is unpacked by cogpp and not by libtorch's own loader, which leaves
// its folder in /tmp when the process is killed and takes no unpacked folder.
#include <torch/csrc/inductor/aoti_runner/model_container_runner.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "runtime/torch/backend.hpp"
#include "runtime/torch/device.hpp"
#include "runtime/torch/package.hpp"
#include "schema/json.hpp"

namespace cogpp::torch_models {
namespace {

/// Counts the leaves of one tree of a call spec: a node without a type.
std::size_t count_leaves(const Json& node) {
  if (!node.is_object()) return 0;
  if (const auto type = node.find("type"); type == node.end() || type->is_null()) return 1;
  std::size_t leaves = 0;
  if (const auto children = node.find("children_spec"); children != node.end()) {
    for (const Json& child : *children) leaves += count_leaves(child);
  }
  return leaves;
}

/// The keys of a dict node stand in its context, as JSON text: "[\"mask\"]".
std::vector<std::string> dict_keys(const Json& node) {
  std::vector<std::string> keys;
  if (!node.is_object() || node.value("type", Json()) != "builtins.dict") return keys;
  Json context = node.value("context", Json());
  if (context.is_string()) context = Json::parse(context.get<std::string>(), nullptr, false);
  if (!context.is_array()) return keys;
  for (const Json& key : context)
    keys.push_back(key.is_string() ? key.get<std::string>() : key.dump());
  return keys;
}

/// A call spec is [version, tree]; the inputs' tree is (positional, keywords).
Json tree_of(const std::string& spec) {
  const Json parsed = Json::parse(spec, nullptr, false);
  return parsed.is_array() && parsed.size() == 2 ? parsed[1] : Json();
}

Arguments arguments_of(const std::string& spec) {
  Arguments arguments;
  const Json tree = tree_of(spec);
  const Json groups = tree.is_object() ? tree.value("children_spec", Json::array()) : Json::array();
  for (const Json& group : groups) {
    const auto keys = dict_keys(group);
    const std::size_t leaves = count_leaves(group);
    for (std::size_t i = 0; i < leaves; ++i) {
      arguments.names.push_back(
          keys.size() == leaves ? keys[i] : "input " + std::to_string(arguments.names.size()));
    }
  }
  arguments.required = arguments.names.size();
  return arguments;
}

/// "float32 [2, 4], int64 []" for messages.
std::string describe(const std::vector<at::Tensor>& tensors) {
  std::ostringstream text;
  for (const at::Tensor& tensor : tensors) {
    text << (&tensor == tensors.data() ? "" : ", ") << tensor.scalar_type() << ' '
         << tensor.sizes();
  }
  return text.str();
}

class PackageBackend : public Backend {
 public:
  using Runner = torch::inductor::AOTIModelContainerRunner;

  PackageBackend(Package package, std::unique_ptr<Runner> runner, const BackendOptions& options)
      : package_(std::move(package)),
        runner_(std::move(runner)),
        device_(options.device),
        check_inputs_(options.check_inputs) {
    const auto spec = runner_->get_call_spec();
    if (spec.size() == 2) {
      arguments_ = arguments_of(spec[0]);
      const Json outputs = tree_of(spec[1]);
      output_names_ = dict_keys(outputs);
      if (output_names_.size() != count_leaves(outputs)) output_names_.clear();
    }
  }

  std::vector<at::Tensor> run(std::size_t, std::vector<c10::IValue> inputs) override {
    std::vector<at::Tensor> tensors;
    for (c10::IValue& input : inputs) {
      if (!input.isTensor()) {
        throw std::runtime_error("a .pt2 model takes tensors only, and was given a " +
                                 input.tagKind());
      }
      tensors.push_back(std::move(input).toTensor().to(device_));
    }
    const std::string given = describe(tensors);
    try {
      return checked_ ? call_runner(std::move(tensors)) : first_call(std::move(tensors));
    } catch (const std::exception& failure) {
      if (std::string(failure.what()).find("API call failed") == std::string::npos) throw;
      // All that the C interface of the compiled code gives; it wrote its reason to stderr.
      throw std::runtime_error("the compiled code refused " + given +
                               " or failed; it wrote the reason to the log");
    }
  }

  c10::IValue call(std::size_t, const std::string& method, std::vector<c10::IValue>) override {
    throw std::runtime_error("a .pt2 model has no method '" + method + "'; it has forward only");
  }

  const Arguments& arguments() const override { return arguments_; }
  bool is_compiled() const override { return true; }
  std::vector<std::string> output_names() const override { return output_names_; }

 private:
  std::vector<at::Tensor> call_runner(std::vector<at::Tensor> tensors) {
    return runner_->boxed_run(std::move(tensors));  // on the thread's current stream
  }

  /// The library looks at the variable once, when it is called first.
  std::vector<at::Tensor> first_call(std::vector<at::Tensor> tensors) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    setenv("AOTI_RUNTIME_CHECK_INPUTS", check_inputs_ ? "1" : "0", /*overwrite=*/1);
    auto outputs = call_runner(std::move(tensors));
    checked_ = true;
    return outputs;
  }

  Package package_;  // first: kernels of a GPU model are read from its folder until the end
  std::unique_ptr<Runner> runner_;
  at::Device device_;
  bool check_inputs_;
  std::atomic<bool> checked_ = false;
  Arguments arguments_;
  std::vector<std::string> output_names_;
};

Status check_host(const Package& package, at::Device device) {
  HostFacts host = host_facts(device.is_cuda() ? "cuda" : "cpu");
  if (device.is_cuda()) {
    auto gpu = gpu_facts(device);
    if (!gpu) return gpu.error();
    host.gpu_capability = gpu->capability;
    host.gpu_name = gpu->name;
  }
  return check_metadata(package.metadata(), host);
}

Result<std::unique_ptr<Backend>> start(Package package, const BackendOptions& options) {
  const auto registry = torch::inductor::getAOTIModelRunnerRegistry();
  const auto make = registry.find(options.device.is_cuda() ? "cuda" : "cpu");
  if (make == registry.end())
    return Error{"this libtorch has no runner for " + options.device.str()};
  auto runner = make->second(package.library().string(), options.copies, options.device.str(),
                             package.folder().string(), /*run_single_threaded=*/false);
  // A GPU's kernels are read from their files when first used.
  if (!options.device.is_cuda()) package.discard();
  return {std::make_unique<PackageBackend>(std::move(package), std::move(runner), options)};
}

}  // namespace

Result<std::unique_ptr<Backend>> load_package(const std::filesystem::path& path,
                                              const BackendOptions& options) {
  auto package = Package::open(path);
  if (!package) return package.error();
  const auto refuse = [&](const std::string& why) {
    return Error{"package '" + path.string() + "' cannot be loaded: " + why};
  };
  if (auto fits = check_host(*package, options.device); !fits) return refuse(fits.error().message);
  if (auto unpacked = package->unpack(options.private_copy); !unpacked) return unpacked.error();
  try {
    auto backend = start(std::move(*package), options);
    if (!backend) return refuse(backend.error().message);
    return backend;
  } catch (const std::exception& failure) {
    return refuse(first_lines(failure.what()) +
                  ". An undefined symbol means that another torch exported it than the " +
                  host_facts("").torch_version + " here.");
  }
}

}  // namespace cogpp::torch_models
