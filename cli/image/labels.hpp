// The labels by which Cog's tools know an image's model (cog-cli §7.3), and ours.
#pragma once

namespace cogpp::cli {

inline constexpr const char* kConfigLabel = "run.cog.config";
inline constexpr const char* kSchemaLabel = "run.cog.openapi_schema";
/// What images of old versions of Cog have in their place.
inline constexpr const char* kOldConfigLabel = "org.cogmodel.config";
inline constexpr const char* kOldSchemaLabel = "org.cogmodel.openapi_schema";

/// Which image the engine built on: ours, of all images, and Cog's, of the bases that it chose.
inline constexpr const char* kBaseLabel = "run.cogpp.base";
inline constexpr const char* kCogBaseLabel = "run.cog.cog-base-image-name";

/// The versions that an image has. Dockerfile.gpu sets them in bases.
inline constexpr const char* kTorchLabel = "run.cogpp.libtorch";
inline constexpr const char* kCudaLabel = "run.cogpp.cuda";

/// How a Dockerfile of ours names what it began with (the image specification's annotations). The
/// first instruction of the stage, so that the history tells which layers are the base's.
inline constexpr const char* kBaseInstruction = "LABEL org.opencontainers.image.base.name=";

}  // namespace cogpp::cli
