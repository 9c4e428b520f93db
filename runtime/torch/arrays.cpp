// Vectors of numbers to and from tensors.
#include <cogpp/torch.hpp>
#include <cstring>
#include <stdexcept>

#include "runtime/torch/inference.hpp"

namespace cogpp {

template <class T>
at::Tensor to_tensor(const std::vector<T>& values, std::vector<std::int64_t> shape) {
  torch_models::enter_thread();
  const auto size = static_cast<std::int64_t>(values.size());
  if (shape.empty()) shape = {size};
  if (c10::multiply_integers(shape) != size) {
    throw std::runtime_error(std::to_string(size) + " numbers do not fill a tensor of " +
                             std::to_string(c10::multiply_integers(shape)));
  }
  at::Tensor tensor = at::empty(shape, c10::CppTypeToScalarType<T>::value);
  if (size > 0) std::memcpy(tensor.mutable_data_ptr(), values.data(), values.size() * sizeof(T));
  return tensor;
}

template <class T>
std::vector<T> to_vector(const at::Tensor& tensor) {
  torch_models::enter_thread();
  const at::Tensor plain = tensor.to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
  const T* first = plain.const_data_ptr<T>();
  return {first, first + plain.numel()};
}

template at::Tensor to_tensor(const std::vector<float>&, std::vector<std::int64_t>);
template at::Tensor to_tensor(const std::vector<double>&, std::vector<std::int64_t>);
template at::Tensor to_tensor(const std::vector<std::int64_t>&, std::vector<std::int64_t>);
template at::Tensor to_tensor(const std::vector<std::int32_t>&, std::vector<std::int64_t>);
template std::vector<float> to_vector(const at::Tensor&);
template std::vector<double> to_vector(const at::Tensor&);
template std::vector<std::int64_t> to_vector(const at::Tensor&);
template std::vector<std::int32_t> to_vector(const at::Tensor&);

}  // namespace cogpp
