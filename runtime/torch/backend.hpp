// A model file in memory, whatever its format. Two exist: TorchScript and
// AOTInductor packages.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::torch_models {

/// The arguments of forward. The first `required` have no default.
struct Arguments {
  std::vector<std::string> names;
  std::size_t required = 0;
};

/// run() and call() may be called from several threads, each with another copy. They
/// throw what libtorch throws: the callers in model.cpp turn it into one text.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::vector<at::Tensor> run(std::size_t copy, std::vector<c10::IValue> inputs) = 0;
  virtual c10::IValue call(std::size_t copy, const std::string& method,
                           std::vector<c10::IValue> inputs) = 0;
  virtual const Arguments& arguments() const = 0;
  /// Whether wrong shapes would go unnoticed without check_inputs.
  virtual bool is_compiled() const { return false; }
  /// Names of the flattened outputs, where the model is known to give a dict; else empty.
  virtual std::vector<std::string> output_names() const { return {}; }
};

struct BackendOptions {
  at::Device device{at::kCPU};
  std::size_t copies = 1;
  bool stateless = false;
  bool check_inputs = true;
  /// Loads an unpacked package from a copy: the dynamic linker gives a library that it
  /// has loaded once back as it was, its check_inputs included.
  bool private_copy = false;
};

/// Both run under inference mode and return errors that name the file.
Result<std::unique_ptr<Backend>> load_script(const std::filesystem::path& path,
                                             const BackendOptions& options);
Result<std::unique_ptr<Backend>> load_package(const std::filesystem::path& path,
                                              const BackendOptions& options);

/// The first line of what libtorch says: the rest is its C++ stack.
std::string first_lines(const std::string& what);

}  // namespace cogpp::torch_models
