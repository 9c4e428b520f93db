// Manifest and configuration are read at once, layers only where somebody needs them.
#include "cli/daemonless/base.hpp"

#include <sys/utsname.h>

#include "cli/dockerfile/base_image.hpp"
#include "cli/image/source.hpp"
#include "cli/registry/remote_image.hpp"
#include "cli/support/cache.hpp"

namespace cogpp::cli {
namespace {

/// What this machine compiles for, in the words of images.
Platform native_platform() {
  utsname system{};
  ::uname(&system);
  const std::string machine = system.machine;
  if (machine == "x86_64") return {.architecture = "amd64"};
  return {.architecture = machine == "aarch64" ? "arm64" : machine};
}

Result<Image> open_local(const std::string& text) {
  const Result<ImageLocation> location = parse_image_location(text);
  if (!location) return location.error();
  return open_image(*location);
}

/// A registry, and a repository in it.
struct RemotePlace {
  std::unique_ptr<Registry> registry = nullptr;
  std::string repository = {};
};

Result<Image> open_remote(const std::string& text, bool plain_http, RemotePlace& place,
                          Context& context) {
  const Result<ImageReference> reference = parse_reference(text);
  if (!reference) return reference.error();
  const Result<RegistryOptions> options = registry_options(plain_http, context);
  if (!options) return options.error();
  Result<std::unique_ptr<Registry>> reached =
      Registry::connect(*reference, false, *options, context);
  if (!reached) return reached.error();
  place = {.registry = std::move(*reached), .repository = reference->repository};
  return read_remote_image(*reference, native_platform(), *place.registry);
}

Status check_platform(const ImageConfig& config) {
  const Platform own = native_platform();
  const Platform other = config.platform();
  if (other.os == own.os && other.architecture == own.architecture) return {};
  return Error{"it is for " + other.os + "/" + other.architecture +
               ", but this machine compiles for " + own.os + "/" + own.architecture};
}

}  // namespace

Result<DaemonlessBase> open_base(const std::string& text, bool plain_http, Context& context) {
  const std::string name = text.empty() ? distribution_image() : text;
  const std::string what = "base image " + name;
  RemotePlace place;
  Result<Image> image =
      is_image_location(name) ? open_local(name) : open_remote(name, plain_http, place, context);
  if (!image) {
    const std::string hint =
        text.empty() ? ". Another base is named with --base, or build.base_image in cog.yaml" : "";
    return Error{what + ": " + image.error().message + hint};
  }
  Result<ImageConfig> config = read_config(*image);
  if (!config) return config.error().within(what);
  if (const Status fits = check_platform(*config); !fits) return fits.error().within(what);
  return DaemonlessBase{.name = name,
                        .image = std::move(*image),
                        .config = std::move(*config),
                        .registry = std::move(place.registry),
                        .repository = std::move(place.repository)};
}

Status fetch_base(DaemonlessBase& base, Context& context) {
  if (!base.registry) return {};
  return fetch_image_layers(base.image, base.repository, *base.registry,
                            context.cache / kLayerFolder, context);
}

}  // namespace cogpp::cli
