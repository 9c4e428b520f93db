// cogpp push: from an image layout, an archive, or an engine's own store to a registry.
#include "cli/registry/push.hpp"

#include <optional>

#include "cli/commands/commands.hpp"
#include "cli/image/source.hpp"
#include "cli/support/process.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kConfigLabel = "run.cog.config";
constexpr const char* kSchemaLabel = "run.cog.openapi_schema";

/// `image` of the project's cog.yaml; the argument wins.
Result<std::string> target_name(const PushOptions& options) {
  if (!options.image.empty()) return options.image;
  std::error_code error;
  const fs::path start = fs::current_path(error);
  if (error) return Error{"the current directory cannot be read: " + error.message()};
  const Result<schema::LoadedConfig> loaded =
      schema::load_config(start, options.project.file, options.project.strict);
  if (!loaded) return loaded.error();
  if (!loaded->config.image.empty()) return loaded->config.image;
  return Error{
      "To push images, you must either set the 'image' option in cog.yaml or pass an image name as "
      "an argument. For example, 'cogpp push registry.example.com/your-username/model-name'"};
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

void tell_where(const Image& image, const ImageReference& target, Console& console) {
  console.info("");
  console.success("  image  " + target.name() + "@" + image.descriptor.digest.text());
  if (target.registry != kReplicateRegistry) return;
  console.info("\nRun your model on Replicate:\n    https://replicate.com/" + target.repository);
}

}  // namespace

Status run_push(const PushOptions& options, Context& context) {
  const Result<std::string> name = target_name(options);
  if (!name) return name.error();
  Result<ImageReference> target = parse_reference(*name);
  if (!target) return target.error();
  if (!target->digest.empty()) {
    return Error{"an image is pushed to a tag, not to a digest: leave @" + target->digest + " out"};
  }
  if (target->tag.empty()) target->tag = "latest";
  const Result<RegistryOptions> wanted = registry_options(options.plain_http, context);
  if (!wanted) return wanted.error();
  std::optional<TemporaryDirectory> exported;
  ImageLocation location{.kind = ImageLocation::Kind::kArchive};
  if (!options.from.empty()) {
    Result<ImageLocation> given = parse_image_location(options.from);
    if (!given) return given.error();
    location = std::move(*given);
  }
  const auto registry = Registry::connect(*target, true, *wanted, context);
  if (!registry) return registry.error().within("failed to push image");
  if (options.from.empty()) {
    remove_abandoned(context.cache / "push");
    Result<TemporaryDirectory> directory = TemporaryDirectory::create(context.cache / "push");
    if (!directory) return directory.error();
    exported.emplace(std::move(*directory));
    location.path = exported->path() / "image.tar";
    if (const Status saved = save_image(*name, location.path, context); !saved) return saved;
  }
  const Result<Image> image = open_image(location);
  if (!image) return image.error();
  if (const Status checked = check_image(*image, *target, context.console); !checked) {
    return checked;
  }
  context.console.info("\nPushing to " + target->text() + "...");
  const Status pushed = push_image(*image, target->repository, target->tag, **registry, context);
  if (!pushed) {
    if (pushed.error() == interrupted()) return pushed;
    return pushed.error().within("failed to push image");
  }
  tell_where(*image, *target, context.console);
  return {};
}

}  // namespace cogpp::cli
