// Whether this machine has a GPU that works, and what to do when a model wants one.
#pragma once

#include <optional>
#include <string>

#include "cli/support/context.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {

struct GpuState {
  std::optional<Json> devices;  ///< What the driver tells; none: there is no GPU to use.
  std::string reason;           ///< Why not; may be empty.

  /// "no usable NVIDIA GPU (reason)".
  std::string absence() const;
};

/// Asks cogpp-worker, which asks the driver.
GpuState probe_gpu(Context& context);

}  // namespace cogpp::cli
