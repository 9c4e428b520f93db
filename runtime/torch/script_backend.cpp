// TorchScript files (torch.jit.save): evaluation mode, frozen where that is possible,
// one copy per slot because a module may keep state.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <exception>
#include <utility>

#include "runtime/torch/backend.hpp"

namespace cogpp::torch_models {
namespace {

/// Tensors of a result in order; numbers become tensors without dimensions.
void flatten(const c10::IValue& value, std::vector<at::Tensor>& out) {
  if (value.isTensor()) {
    out.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const auto& element : value.toTupleRef().elements()) flatten(element, out);
  } else if (value.isTensorList()) {
    for (const at::Tensor& element : value.toTensorVector()) out.push_back(element);
  } else if (value.isList()) {
    for (const c10::IValue& element : value.toListRef()) flatten(element, out);
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) flatten(entry.value(), out);
  } else if (value.isScalar()) {
    out.push_back(at::scalar_tensor(
        value.toScalar(),
        at::isIntegralType(value.toScalar().type(), true) ? at::kLong : at::kDouble));
  } else if (!value.isNone()) {
    throw std::runtime_error("the model returned a " + value.tagKind() + ", which is no tensor");
  }
}

Arguments arguments_of(const torch::jit::Module& module) {
  Arguments arguments;
  const auto& schema = module.get_method("forward").function().getSchema();
  for (std::size_t i = 1; i < schema.arguments().size(); ++i) {  // 0 is self
    arguments.names.push_back(schema.arguments()[i].name());
    if (!schema.arguments()[i].default_value()) arguments.required = i;
  }
  return arguments;
}

/// Folds weights into the code. Where libtorch refuses, the module runs as it is:
/// freezing changes speed only.
torch::jit::Module freeze_if_possible(const torch::jit::Module& module) {
  std::vector<std::string> methods;
  for (const auto& method : module.get_methods()) methods.push_back(method.name());
  std::erase(methods, "forward");
  try {
    return torch::jit::freeze(module, methods);
  } catch (const std::exception&) {
    return module;
  }
}

class ScriptBackend : public Backend {
 public:
  ScriptBackend(std::vector<torch::jit::Module> copies, at::Device device)
      : copies_(std::move(copies)), device_(device), arguments_(arguments_of(copies_.front())) {}

  std::vector<at::Tensor> run(std::size_t copy, std::vector<c10::IValue> inputs) override {
    std::vector<at::Tensor> outputs;
    flatten(call(copy, "forward", std::move(inputs)), outputs);
    return outputs;
  }

  c10::IValue call(std::size_t copy, const std::string& method,
                   std::vector<c10::IValue> inputs) override {
    for (c10::IValue& input : inputs) {
      if (input.isTensor()) input = input.toTensor().to(device_);
    }
    // Copies that share one module have one entry.
    return copies_[copy % copies_.size()].get_method(method)(std::move(inputs));
  }

  const Arguments& arguments() const override { return arguments_; }

 private:
  std::vector<torch::jit::Module> copies_;
  at::Device device_;
  Arguments arguments_;
};

torch::jit::Module load_copy(const std::filesystem::path& path, at::Device device) {
  torch::jit::Module module = torch::jit::load(path.string(), device);
  module.eval();
  for (const at::Tensor& parameter : module.parameters()) parameter.requires_grad_(false);
  return freeze_if_possible(module);
}

}  // namespace

Result<std::unique_ptr<Backend>> load_script(const std::filesystem::path& path,
                                             const BackendOptions& options) {
  try {
    std::vector<torch::jit::Module> copies;
    const std::size_t count = options.stateless ? 1 : options.copies;
    // Read anew for each copy: a deep copy would share what freezing folded in.
    for (std::size_t i = 0; i < count; ++i) copies.push_back(load_copy(path, options.device));
    return {std::make_unique<ScriptBackend>(std::move(copies), options.device)};
  } catch (const std::exception& failure) {
    return Error{"TorchScript model '" + path.string() +
                 "' cannot be loaded: " + first_lines(failure.what())};
  }
}

}  // namespace cogpp::torch_models
