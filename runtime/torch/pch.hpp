// Precompiled for runtime/torch: libtorch's headers take 8 s a file without.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/module.h>

#include <nlohmann/json.hpp>
