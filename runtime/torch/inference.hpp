// What every thread that touches tensors needs: inference mode and its share of
// the cores. Called by every public function; cheap after a thread's first call.
#pragma once

#include <c10/core/Device.h>

#include <cstddef>

#include "schema/result.hpp"

namespace cogpp::torch_models {

/// Puts the calling thread into inference mode for good and gives it the number of
/// threads that set_threads() chose (OpenMP keeps that number per thread).
void enter_thread();

/// enter_thread(), and on a GPU the thread's own stream becomes current.
Status enter_thread(at::Device device);

/// Sets the process's intra-op threads to `each`, or, where that is 0, to its cores
/// divided by `slots`; and one inter-op thread.
void set_threads(std::size_t each, std::size_t slots);

}  // namespace cogpp::torch_models
