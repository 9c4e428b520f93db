// Which repository and tag a bundle goes to: COG_MODEL*, then `model` of cog.yaml
// (cog-cli §10.1). push and weights ask it; main thread, reads the environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/registry/reference.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {

/// The reference, its tag set, made of `now` (seconds since 1970) where none is given.
/// Nothing when neither the environment nor cog.yaml names a repository: then an image is
/// meant, not a bundle. The error names the variable that is wrong, or `image` beside them.
Result<std::optional<ImageReference>> resolve_model(const schema::Config& config, std::int64_t now);

/// Of names without a registry, as Replicate's: $COG_REGISTRY_HOST, which --registry sets, else
/// r8.im. The error names both.
Result<std::string> registry_host();

/// `20260821T101112Z`
std::string timestamp_tag(std::int64_t now);

}  // namespace cogpp::cli
