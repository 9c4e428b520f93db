// cogpp push: from an image layout, an archive, or an engine's own store to a registry,
// as an image or, with a model's name, as a bundle (cog-cli §10).
#include "cli/registry/push.hpp"

#include <ctime>
#include <optional>

#include "cli/commands/commands.hpp"
#include "cli/commands/daemonless.hpp"
#include "cli/commands/engine_build.hpp"
#include "cli/image/labels.hpp"
#include "cli/image/source.hpp"
#include "cli/registry/base_layers.hpp"
#include "cli/registry/model_reference.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/weights/bundle.hpp"
#include "cli/weights/drift.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Where to and what with it.
struct PushTarget {
  ImageReference reference;
  std::string name;      ///< As the user said it, with a tag: what an engine knows the image by.
  bool project = false;  ///< Whether the directory or one above it has a cog.yaml.
  bool bundle = false;
  std::vector<LockedWeight> weights = {};  ///< Of a bundle.
};

Error no_target() {
  return Error{
      "To push images, you must either set the 'image' option in cog.yaml or pass an image name as "
      "an argument. For example, '" +
      program_name() + " push registry.example.com/your-username/model-name'"};
}

Result<PushTarget> image_target(const std::string& name) {
  if (name.empty()) return no_target();
  Result<ImageReference> reference = parse_reference(name);
  if (!reference) return reference.error();
  if (!reference->digest.empty()) {
    return Error{"an image is pushed to a tag, not to a digest: leave @" + reference->digest +
                 " out"};
  }
  if (!reference->tag.empty()) return PushTarget{.reference = std::move(*reference), .name = name};
  reference->tag = "latest";
  return PushTarget{.reference = std::move(*reference), .name = name + ":latest"};
}

/// A model's, with the weights that its lock has.
Result<PushTarget> bundle_target(const ImageReference& model, const schema::LoadedConfig& project) {
  PushTarget target{.reference = model, .name = model.text(), .bundle = true};
  if (project.directory.empty()) return target;
  const Result<std::optional<WeightsLock>> lock = read_lock(project.directory);
  if (!lock) return lock.error();
  if (Status same = check_weights_lock(project.config.weights, *lock); !same) return same.error();
  if (*lock) target.weights = (*lock)->weights;
  return target;
}

/// The argument, COG_MODEL*, or what `project` says.
Result<PushTarget> named_target(const PushOptions& options, const schema::LoadedConfig& project) {
  const Result<std::optional<ImageReference>> model =
      resolve_model(project.config, std::time(nullptr));
  if (!model) return model.error();
  if (!*model) {
    return image_target(options.image.empty() ? project.config.image : options.image);
  }
  if (options.image.empty()) return bundle_target(**model, project);
  return Error{
      "positional image argument not supported with 'model' config\n"
      "  use COG_MODEL to override the full reference\n"
      "  use COG_MODEL_TAG to override just the tag"};
}

/// A project is needed only when no image is named.
Result<PushTarget> push_target(const PushOptions& options) {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  if (error) return Error{"the current directory cannot be read: " + error.message()};
  schema::LoadedConfig project;
  if (options.image.empty() || schema::find_config(start, options.build.project.file)) {
    Result<schema::LoadedConfig> loaded =
        schema::load_config(start, config_options(options.build.project));
    if (!loaded) return loaded.error();
    project = std::move(*loaded);
  }
  Result<PushTarget> target = named_target(options, project);
  if (target) target->project = !project.directory.empty();
  return target;
}

/// What would make the image useless where it is pushed to.
Status check_image(const Image& image, const ImageReference& target, Console& console) {
  const Result<ImageConfig> config = read_config(image);
  if (!config) return config.error();
  const Platform platform = config->platform();
  if (target.registry == kReplicateRegistry &&
      (platform.os != "linux" || platform.architecture != "amd64")) {
    return Error{"the image is made for " + platform.os + "/" + platform.architecture +
                 ", but Replicate runs linux/amd64"};
  }
  if (!config->label(kConfigLabel)) {
    console.warn(std::string("the image is not a Cog model: it lacks the label ") + kConfigLabel);
  }
  if (const auto schema = config->label(kSchemaLabel); schema && !parse_json(*schema)) {
    return Error{std::string("the label ") + kSchemaLabel + " is not JSON; build the image again"};
  }
  return {};
}

void tell_where(const Image& image, const PushTarget& target, const std::optional<Digest>& bundle,
                Console& console) {
  const std::string name = target.reference.name() + "@";
  const std::string image_name = name + image.descriptor.digest.text();
  console.info("");
  if (bundle) {
    console.success("  model   " + name + bundle->text());
    console.info((target.weights.empty() ? "  └─ image   " : "  ├─ image   ") + image_name);
    for (const LockedWeight& weight : target.weights) {
      const bool last = &weight == &target.weights.back();
      console.info((last ? "  └─ weight  " : "  ├─ weight  ") + weight.name + "  " + name +
                   weight.digest.text());
    }
  } else {
    console.success("  image  " + image_name);
  }
  if (target.reference.registry != kReplicateRegistry) return;
  console.info("\nRun your model on Replicate:\n    https://replicate.com/" +
               target.reference.repository);
}

/// Of what ended the push; Ctrl-C needs no explanation.
Error push_error(const Error& error) {
  return error == interrupted() ? error : error.within("failed to push image");
}

/// Sends what there is to send.
Status push_all(const Image& image, const PushTarget& target, Registry& registry,
                Context& context) {
  const ImageReference& to = target.reference;
  std::optional<Digest> bundle;
  const auto failed = [&](const Error& error) {
    const bool of_replicate = to.registry == kReplicateRegistry &&
                              error == unknown_repository(to.registry, to.repository);
    return of_replicate ? error : push_error(error);
  };
  if (target.bundle) {
    const auto weights = find_weights(target.weights, to.repository, registry);
    if (!weights) return weights.error();
    if (!weights->empty()) {
      context.console.info("\n" + std::to_string(weights->size()) + " managed weight(s)");
    }
    context.console.info("\nPushing to " + to.text() + "...");
    const Result<Digest> pushed = push_bundle(image, *weights, to, registry, context);
    if (!pushed) return failed(pushed.error());
    bundle = *pushed;
  } else {
    context.console.info("\nPushing to " + to.text() + "...");
    const Status pushed = push_image(image, to.repository, to.tag, registry, context);
    if (!pushed) return failed(pushed.error());
  }
  tell_where(image, target, bundle, context.console);
  return {};
}

/// A flag that says how an image is made; none: null.
const char* making_flag(const BuildImageOptions& options) {
  const ImageOptions& image = options.image;
  if (!image.base.empty()) return "--base";
  if (!options.build.torch.empty()) return "--torch";
  if (!image.dockerfile.empty()) return "--dockerfile";
  if (!image.secrets.empty()) return "--secret";
  if (!image.openapi_schema.empty()) return "--openapi-schema";
  return image.no_cache ? "--no-cache" : nullptr;
}

Status check_push_flags(const PushOptions& options) {
  const bool given = !options.from.empty();
  if (given && (options.daemonless || options.no_build)) {
    return Error{std::string("--from names an image that is there, ") +
                 (options.daemonless ? "--daemonless makes one" : "--no-build the engine's") +
                 ": give one of them"};
  }
  if (options.daemonless && options.no_build) {
    return Error{"--daemonless makes an image, --no-build makes none: give one of them"};
  }
  if (const char* flag = making_flag(options.build);
      flag != nullptr && (given || options.no_build)) {
    return Error{std::string(flag) + " says how an image is made, but " +
                 (given ? "--from names one that is there" : "--no-build makes none")};
  }
  if (!options.build.build.torch.empty() && !options.daemonless) {
    return Error{"--torch needs --daemonless: an engine compiles in its image"};
  }
  return check_image_options(options.build.image, options.build.project);
}

/// Gives what is to be pushed.
class ImageSource {
 public:
  ImageSource(const PushOptions& options, const PushTarget& target, Context& context)
      : options_(options), target_(target), context_(context) {}

  /// Finds out, before anybody is asked for credentials, whether there can be an image.
  Status prepare() {
    if (!options_.from.empty()) return {};
    if (options_.daemonless) {
      Result<Project> opened = open_daemonless_project(options_.build, context_.console);
      if (!opened) return opened.error();
      project_ = std::move(*opened);
      return {};
    }
    builds_ = !options_.no_build && target_.project;
    Result<Engine> engine = find_engine(options_.build.image.engine,
                                        builds_ ? EngineUse::kBuild : EngineUse::kStore, context_);
    if (!engine) return engine.error() == interrupted() ? engine.error() : without(engine.error());
    engine_ = std::move(*engine);
    return {};
  }

  Result<Image> open(Registry& registry) {
    const ImageReference& to = target_.reference;
    if (project_) {
      const ImageTarget place{to.repository, target_.bundle ? bundle_image_tag(to.tag) : to.tag};
      return send_computed_image(*project_, options_.build, place, registry, context_);
    }
    if (!engine_) {
      const Result<ImageLocation> location = parse_image_location(options_.from);
      if (!location) return location.error();
      return open_image(*location);
    }
    if (builds_) {
      BuildImageOptions build = options_.build;
      build.image.tag = target_.name;
      const Result<ProjectImage> built = build_with_engine(build, *engine_, context_);
      if (!built) return built.error();
    }
    Result<Image> image = exported();
    if (!image) return image;
    return take_base_layers(std::move(*image), to.repository, registry, context_);
  }

 private:
  static Error without(const Error& no_engine) {
    return Error{no_engine.message +
                 "\nTo push without one: --from oci:DIR, --from tar:FILE or --daemonless"};
  }

  /// Out of the engine's store.
  Result<Image> exported() {
    remove_abandoned(context_.cache / "push");
    Result<TemporaryDirectory> directory = TemporaryDirectory::create(context_.cache / "push");
    if (!directory) return directory.error();
    exported_.emplace(std::move(*directory));
    const fs::path file = exported_->path() / "image.tar";
    const bool docker = engine_->kind == EngineKind::kDocker;
    context_.console.info("Exporting image from " +
                          (docker ? "Docker daemon" : engine_->program.filename().string()) +
                          "...");
    const Status saved = save_image(*engine_, target_.name, file, context_);
    if (!saved) return saved.error();
    return open_image({.kind = ImageLocation::Kind::kArchive, .path = file});
  }

  const PushOptions& options_;
  const PushTarget& target_;
  Context& context_;
  bool builds_ = false;
  std::optional<Engine> engine_;
  std::optional<Project> project_;              ///< With --daemonless.
  std::optional<TemporaryDirectory> exported_;  ///< Holds what an opened image is read from.
};

}  // namespace

Status run_push(const PushOptions& options, Context& context) {
  if (const Status useful = check_push_flags(options); !useful) return useful;
  const Result<PushTarget> target = push_target(options);
  if (!target) return target.error();
  const Result<RegistryOptions> wanted = registry_options(options.plain_http, context);
  if (!wanted) return wanted.error();
  ImageSource source(options, *target, context);
  if (const Status possible = source.prepare(); !possible) return possible;
  const auto registry = Registry::connect(target->reference, true, *wanted, context);
  if (!registry) return push_error(registry.error());
  const Result<Image> image = source.open(**registry);
  if (!image) return image.error();
  const Status checked = check_image(*image, target->reference, context.console);
  if (!checked) return checked;
  return push_all(*image, *target, **registry, context);
}

}  // namespace cogpp::cli
