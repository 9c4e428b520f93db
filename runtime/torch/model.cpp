// cogpp::Model, the author's side of a Pool: errors become exceptions here.
#include <cogpp/torch.hpp>
#include <stdexcept>
#include <utility>

#include "runtime/torch/pool.hpp"

namespace cogpp {
namespace {

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

}  // namespace

Model::Lease::Lease(torch_models::Pool& pool, std::size_t copy) : pool_(&pool), copy_(copy) {}
Model::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), copy_(other.copy_) {}
Model::Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(copy_);
}

std::vector<at::Tensor> Model::Lease::run(std::vector<c10::IValue> inputs) {
  return value_or_throw(pool_->run(copy_, std::move(inputs)));
}
c10::IValue Model::Lease::call(const std::string& method, std::vector<c10::IValue> inputs) {
  return value_or_throw(pool_->call(copy_, method, std::move(inputs)));
}

Model::Model(std::unique_ptr<torch_models::Pool> pool) : pool_(std::move(pool)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model::Lease Model::lease() { return Lease(*pool_, pool_->take()); }
std::vector<at::Tensor> Model::run(std::vector<c10::IValue> inputs) {
  return lease().run(std::move(inputs));
}
at::Device Model::device() const { return pool_->device(); }
const std::vector<std::string>& Model::argument_names() const { return pool_->arguments().names; }
std::size_t Model::required_arguments() const { return pool_->arguments().required; }

Model load_model(const std::filesystem::path& path, const ModelOptions& options) {
  return Model(value_or_throw(torch_models::Pool::load(path, {.device = options.device,
                                                              .slots = options.slots,
                                                              .stateless = options.stateless,
                                                              .check_inputs = options.check_inputs,
                                                              .threads = options.threads})));
}

}  // namespace cogpp
