// What `cogpp doctor` says of GPUs: whether this machine has one that the project needs,
// whether the project's torch runs on it (cog-cli §12), and what the project will run on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/doctor_report.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {

/// The checks, in the order of the report.
std::vector<Check> check_gpus_of(const std::optional<Project>& project, Context& context);

/// A build of torch: `2.7.0` for CUDA `12.8`.
struct TorchBuild {
  std::string version;
  std::string cuda;
  bool pinned = false;  ///< By the project's requirements; else the libtorch of cogpp.
};

/// What keeps `torch` from running on the devices of a driver, as `cogpp-worker
/// --probe-device` tells them. Pure.
std::vector<Finding> gpu_findings(const TorchBuild& torch, const Json& cuda);

/// Which device predict and serve give the project where the command line names none, and
/// why. `devices` are a driver's, if there is a GPU to use. Pure.
Finding device_finding(const Project& project, const std::optional<Json>& devices);

}  // namespace cogpp::cli
