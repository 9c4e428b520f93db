// A GPU runs kernels that were compiled for its generation or, within one, for an older
// member; a driver runs what was made for its release of CUDA or an older one.
#include "cli/commands/doctor_gpu.hpp"

#include <array>
#include <charconv>
#include <cstdlib>

#include "cli/build/compiler.hpp"
#include "cli/build/python_requirements.hpp"
#include "cli/build/torch_location.hpp"
#include "cli/commands/gpu.hpp"
#include "cli/commands/launch.hpp"
#include "cli/dockerfile/base_image.hpp"
#include "cli/dockerfile/cuda.hpp"

namespace cogpp::cli {
namespace {

/// From which releases on torch's packages have kernels for GPUs of this capability and
/// later ones; the newest first.
struct Floor {
  int capability;
  const char* torch;
  const char* cuda;
};
constexpr std::array<Floor, 2> kFloors{{{100, "2.7.0", "12.8"}, {90, "2.0.1", "11.8"}}};

/// Packages for CUDA 13 have left older GPUs out.
constexpr int kFirstOfCuda13 = 75;

/// 2007001 of `2.7.1+cu128`: versions compare as their numbers.
int version_number(std::string_view version) {
  int number = 0;
  const char* at = version.data();
  const char* end = at + version.size();
  for (int i = 0; i < 3; ++i) {
    int part = 0;
    at = std::from_chars(at, end, part).ptr;
    number = number * 1000 + part;
    if (at != end && *at == '.') ++at;
  }
  return number;
}

int major_number(std::string_view version) { return version_number(version) / 1'000'000; }

std::string build_name(const TorchBuild& torch) {
  return (torch.pinned ? "torch==" : "libtorch ") + torch.version + " (CUDA " + torch.cuda + ")";
}

Finding missing_kernels(const TorchBuild& torch, int capability, const std::string& remedy) {
  return {Severity::kWarning,
          build_name(torch) + " ships no kernels for sm_" + std::to_string(capability) +
              ", the compute capability of this machine's GPU. Models fail at their first "
              "operation there",
          remedy};
}

std::optional<Finding> kernel_finding(const TorchBuild& torch, int capability) {
  for (const Floor& floor : kFloors) {
    if (capability < floor.capability) continue;
    if (version_number(torch.version) >= version_number(floor.torch) &&
        version_number(torch.cuda) >= version_number(floor.cuda)) {
      return std::nullopt;
    }
    return missing_kernels(torch, capability,
                           "Require torch " + std::string(floor.torch) + " or later, and CUDA " +
                               floor.cuda + " or later where build.cuda says one");
  }
  if (capability >= kFirstOfCuda13 || major_number(torch.cuda) < 13) return std::nullopt;
  return missing_kernels(torch, capability,
                         torch.pinned ? "Set build.cuda to \"12.6\" in cog.yaml"
                                      : "Run on the CPU with --device cpu, or on a newer GPU");
}

std::optional<Finding> driver_finding(const TorchBuild& torch, const std::string& driver) {
  if (driver.empty() || major_number(driver) >= major_number(torch.cuda)) return std::nullopt;
  return Finding{Severity::kWarning,
                 "the NVIDIA driver is made for CUDA " + driver + ", " + build_name(torch) +
                     " needs a newer one",
                 "Update the NVIDIA driver to one for CUDA " + torch.cuda};
}

/// The build of torch that the project runs with on a GPU; nothing where none is known.
std::optional<TorchBuild> torch_of(const Project& project) {
  if (!project.gpu) return std::nullopt;
  if (project.kind == PredictorKind::kPython) {
    const Result<Requirements> requirements = read_requirements(project);
    if (!requirements) return std::nullopt;
    const std::string version = pinned_torch(requirements->text);
    const Result<CudaChoice> choice = choose_cuda(*project.config.build, requirements->text);
    if (version.empty() || !choice) return std::nullopt;
    return TorchBuild{version, choice->cuda, true};
  }
  const bool used =
      project.kind == PredictorKind::kModelFile || uses_torch(project.directory / project.source);
  if (!used) return std::nullopt;
  return TorchBuild{kTorchVersion, kTorchCuda};
}

Check check_gpu(const std::optional<Project>& project, const GpuState& gpu) {
  Check check{"Environment", "GPU", {}};
  if (gpu.devices) {
    check.findings.push_back(
        {Severity::kGood, "NVIDIA driver and GPU found: " + to_text(*gpu.devices)});
    return check;
  }
  const std::string none = gpu.absence();
  if (project && project->gpu) {
    check.findings.push_back({Severity::kError, none + ", and cog.yaml says gpu: true",
                              "Install the NVIDIA driver (nvidia-smi must list the GPU), or run on "
                              "the CPU with --device cpu"});
  } else {
    check.findings.push_back({Severity::kInfo, none + "; models run on the CPU"});
  }
  return check;
}

}  // namespace

Finding device_finding(const Project& project, const std::optional<Json>& devices) {
  const std::string device = choose_device("", project.gpu);
  std::string message = "this project runs on " + device + ": " + project.file.filename().string();
  if (device == "cpu") {
    message += " does not say gpu: true";
    if (devices) message += " (there is a GPU: --device cuda uses it)";
    return {Severity::kInfo, std::move(message)};
  }
  message += " says gpu: true";
  if (!devices) {
    message += ". It does not start without a GPU, and is never moved to the CPU by itself";
    return {Severity::kInfo, std::move(message)};
  }
  const Json all = devices->value("devices", Json::array());
  if (!all.empty() && all.front().is_object()) {
    message += " (" + all.front().value("name", std::string("the first GPU")) + ")";
  }
  return {Severity::kGood, std::move(message)};
}

std::vector<Finding> gpu_findings(const TorchBuild& torch, const Json& cuda) {
  std::vector<Finding> findings;
  const auto add = [&findings](std::optional<Finding> finding) {
    if (finding) findings.push_back(std::move(*finding));
  };
  if (!cuda.is_object()) return findings;
  add(driver_finding(torch, cuda.value("driver", std::string())));
  int last = 0;
  for (const Json& device : cuda.value("devices", Json::array())) {
    const int capability = device.is_object() ? device.value("capability", 0) : 0;
    // Machines have several GPUs of one kind.
    if (capability != 0 && capability != last) add(kernel_finding(torch, capability));
    last = capability;
  }
  return findings;
}

std::vector<Check> check_gpus_of(const std::optional<Project>& project, Context& context) {
  const GpuState gpu = probe_gpu(context);
  std::vector<Check> checks = {check_gpu(project, gpu)};
  const std::optional<TorchBuild> torch = project ? torch_of(*project) : std::nullopt;
  Check compatibility{"Environment", "GPU compatibility", {}};
  if (torch && gpu.devices) compatibility.findings = gpu_findings(*torch, *gpu.devices);
  checks.push_back(std::move(compatibility));
  if (project) {
    checks.push_back({"Environment", "Device", {device_finding(*project, gpu.devices)}});
  }
  return checks;
}

}  // namespace cogpp::cli
