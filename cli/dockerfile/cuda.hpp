// Which CUDA a Python project needs, and the image that carries it (cog-cli §5). Tables
// and rules, no I/O.
#pragma once

#include <string>
#include <vector>

#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// What a Python project with `build.gpu: true` runs on.
struct CudaChoice {
  std::string cuda;   ///< "12.8"
  std::string cudnn;  ///< "9"
  std::vector<std::string> warnings = {};
};

/// By `build.cuda` and `build.cudnn`, else by the versions of tensorflow or torch in
/// `requirements` (a line each), else 11.8. The errors are Cog's. Of a range the first version
/// counts, with a warning.
Result<CudaChoice> choose_cuda(const schema::BuildConfig& build, const std::string& requirements);

/// `2.7.0` of a line `torch==2.7.0+cu128`; empty where no line pins torch.
std::string pinned_torch(const std::string& requirements);

/// The CUDA versions, ascending, that this torch has wheels for; empty: not known.
std::vector<std::string> cudas_of_torch(const std::string& version);

/// `nvidia/cuda:…` for that choice.
Result<std::string> cuda_image(const CudaChoice& choice);

/// The requirements with the index that has the wheels of this torch: lines that pin torch
/// or torchvision keep their version, and the index's option comes first (cog-cli §5.4), beside
/// those of the project's own. Where it has any, `+cu118` of a version stays, too.
/// `cuda` is empty for a CPU.
std::string with_torch_index(const std::string& requirements, const std::string& cuda);

}  // namespace cogpp::cli
