// Cog's own base images, `r8.im/cog-base:…`: which there are, and what is in them (cog-cli
// §5.5). Tables and rules, no I/O.
#pragma once

#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

struct CogBaseChoice {
  std::string cuda;    ///< "12.4"; empty: without a GPU.
  std::string python;  ///< "3.12"
  std::string torch;   ///< As required, "2.5.1" or "2.5"; empty: none.
};

/// `cuda12.4-python3.12-torch2.5.1`. A torch that there is no image for has no part in it.
/// The error is Cog's, for a CUDA or Python that there is no image for.
Result<std::string> cog_base_tag(const CogBaseChoice& choice);

/// Whether this package of the distribution is in all of them.
bool in_cog_base(const std::string& package);

}  // namespace cogpp::cli
