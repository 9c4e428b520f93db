// cogpp push: from an image layout, an archive, or an engine's own store to a registry,
// as an image or, with a model's name, as a bundle (cog-cli §10).
#include "cli/registry/push.hpp"

#include <ctime>
#include <optional>

#include "cli/commands/commands.hpp"
#include "cli/commands/daemonless.hpp"
#include "cli/image/labels.hpp"
#include "cli/image/source.hpp"
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
  std::string name;  ///< As the user said it: what an engine knows the image by.
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
  if (reference->tag.empty()) reference->tag = "latest";
  return PushTarget{.reference = std::move(*reference), .name = name};
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

/// The argument, COG_MODEL*, or what cog.yaml says; a project is needed for the last only.
Result<PushTarget> push_target(const PushOptions& options) {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  if (error) return Error{"the current directory cannot be read: " + error.message()};
  schema::LoadedConfig project;
  if (options.image.empty() || schema::find_config(start, options.project.file)) {
    Result<schema::LoadedConfig> loaded =
        schema::load_config(start, options.project.file, options.project.strict);
    if (!loaded) return loaded.error();
    project = std::move(*loaded);
  }
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

/// Copies the image out of an engine's store into `file`.
Status save_image(const std::string& name, const fs::path& file, Context& context) {
  for (const char* engine : {"docker", "podman"}) {
    const std::optional<fs::path> program = find_program(engine);
    if (!program) continue;
    context.console.info(std::string("Exporting image from ") + engine + "...");
    const Result<Finished> finished =
        run({.program = *program, .arguments = {"save", "--output", file.string(), name}},
            context.interrupt, context.console);
    if (!finished) return finished.error();
    if (finished->status == 0) return {};
    return Error{std::string(engine) + " could not export " + name + ": " + finished->errors};
  }
  return Error{
      "no container engine was found: install docker or podman, or name an image with --from "
      "oci:DIR or --from tar:FILE"};
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

/// Sends what there is to send.
Status push_all(const Image& image, const PushTarget& target, Registry& registry,
                Context& context) {
  const ImageReference& to = target.reference;
  std::optional<Digest> bundle;
  const auto failed = [](const Error& error) {
    return error == interrupted() ? error : error.within("failed to push image");
  };
  if (target.bundle) {
    const auto weights = find_weights(target.weights, to.repository, registry);
    if (!weights) return weights.error();
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

/// Where --from says, or out of an engine's store; `exported` holds what that takes.
Result<Image> given_image(const PushOptions& options, const PushTarget& target,
                          std::optional<TemporaryDirectory>& exported, Context& context) {
  if (!options.from.empty()) {
    const Result<ImageLocation> location = parse_image_location(options.from);
    if (!location) return location.error();
    return open_image(*location);
  }
  remove_abandoned(context.cache / "push");
  Result<TemporaryDirectory> directory = TemporaryDirectory::create(context.cache / "push");
  if (!directory) return directory.error();
  exported.emplace(std::move(*directory));
  const fs::path file = exported->path() / "image.tar";
  const Status saved = save_image(target.name, file, context);
  if (!saved) return saved.error();
  return open_image({.kind = ImageLocation::Kind::kArchive, .path = file});
}

/// --daemonless: the project, if its image can be made here.
Result<Project> daemonless_project(const PushOptions& options, Context& context) {
  if (!options.from.empty()) {
    return Error{"--from names an image that is there, --daemonless makes one: give one of them"};
  }
  return open_daemonless_project(options.project, context.console);
}

Status check_push_flags(const PushOptions& options) {
  const DaemonlessPush& made = options.daemonless;
  if (made.wanted || (made.image.base.empty() && made.build.torch.empty())) return {};
  return Error{"--base and --torch say how an image is made: they need --daemonless"};
}

}  // namespace

Status run_push(const PushOptions& options, Context& context) {
  if (const Status useful = check_push_flags(options); !useful) return useful;
  const Result<PushTarget> target = push_target(options);
  if (!target) return target.error();
  const Result<RegistryOptions> wanted = registry_options(options.plain_http, context);
  if (!wanted) return wanted.error();
  std::optional<Project> project;
  if (options.daemonless.wanted) {
    Result<Project> opened = daemonless_project(options, context);
    if (!opened) return opened.error();
    project = std::move(*opened);
  }
  const auto registry = Registry::connect(target->reference, true, *wanted, context);
  if (!registry) return registry.error().within("failed to push image");
  std::optional<TemporaryDirectory> exported;
  const ImageReference& to = target->reference;
  const ImageTarget place{to.repository, target->bundle ? bundle_image_tag(to.tag) : to.tag};
  const Result<Image> image =
      project ? send_computed_image(*project, options.daemonless, place, **registry, context)
              : given_image(options, *target, exported, context);
  if (!image) return image.error();
  const Status checked = check_image(*image, target->reference, context.console);
  if (!checked) return checked;
  return push_all(*image, *target, **registry, context);
}

}  // namespace cogpp::cli
