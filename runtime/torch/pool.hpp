// The copies of a model and who uses which: the inside of cogpp::Model.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/torch/backend.hpp"
#include "schema/result.hpp"

namespace cogpp::torch_models {

/// Any thread may call any function. Results hold one text of libtorch's exceptions.
class Pool {
 public:
  struct Options {
    std::string device = "cpu";
    std::size_t slots = 1;
    bool stateless = false;
    bool check_inputs = true;
    bool private_copy = false;  ///< See BackendOptions.
    std::size_t threads = 0;
  };
  /// Recognises the file's format and loads it. Sets the process's thread numbers.
  static Result<std::unique_ptr<Pool>> load(const std::filesystem::path& path,
                                            const Options& options);

  Pool(std::unique_ptr<Backend> backend, at::Device device, std::size_t copies, std::string name);

  /// The number of a free copy; waits for one.
  std::size_t take();
  void give_back(std::size_t copy);

  /// Precondition of both: the caller took `copy`.
  Result<std::vector<at::Tensor>> run(std::size_t copy, std::vector<c10::IValue> inputs);
  Result<c10::IValue> call(std::size_t copy, const std::string& method,
                           std::vector<c10::IValue> inputs);

  at::Device device() const { return device_; }
  std::size_t copies() const { return copies_; }
  bool is_compiled() const { return backend_->is_compiled(); }
  const Arguments& arguments() const { return backend_->arguments(); }
  std::vector<std::string> output_names() const { return backend_->output_names(); }

 private:
  Status check_count(std::size_t given) const;

  std::unique_ptr<Backend> backend_;
  at::Device device_;
  std::size_t copies_;
  std::string name_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::size_t> free_;  // guarded by mutex_
};

}  // namespace cogpp::torch_models
