// docker and podman agree on nearly all flags and on the form of `inspect`; where they
// do not, the kind decides here.
#include "cli/engine/images.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "cli/support/program.hpp"
#include "cli/support/text.hpp"
#include "schema/json.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace {

std::vector<std::string> string_items(const Json& list) {
  std::vector<std::string> out;
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::map<std::string, std::string> string_members(const Json& object) {
  std::map<std::string, std::string> out;
  if (!object.is_object()) return out;
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) out[name] = value.get<std::string>();
  }
  return out;
}

/// The member `name` as a number of bytes; 0 where it is none.
std::uint64_t bytes_member(const Json& object, const char* name) {
  const Json& bytes = part_of(object, name);
  return bytes.is_number_unsigned() ? bytes.get<std::uint64_t>() : 0;
}

/// buildah has a form of its own, with Docker's image configuration and the manifest's text
/// inside. The size is that of the layers.
ImageInfo parse_buildah(const Json& json) {
  const Json& image = part_of(json, "Docker");
  const Json& config = part_of(image, "config");
  const Result<Json> manifest = parse_json(text_member(json, "Manifest"));
  std::uint64_t size = 0;
  for (const Json& layer : manifest ? part_of(*manifest, "layers") : Json()) {
    size += bytes_member(layer, "size");
  }
  return {.id = "sha256:" + text_member(json, "FromImageID"),
          .labels = string_members(part_of(config, "Labels")),
          .command = string_items(part_of(config, "Cmd")),
          .environment = string_items(part_of(config, "Env")),
          .size = size,
          .layers = string_items(part_of(part_of(image, "rootfs"), "diff_ids"))};
}

/// What a program wrote into a file without a name.
std::string left_in(const Descriptor& file) {
  std::string text;
  std::array<char, 4096> block{};
  ::lseek(file.get(), 0, SEEK_SET);
  for (ssize_t count = 0; (count = ::read(file.get(), block.data(), block.size())) > 0;) {
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

std::vector<std::string> build_arguments(EngineKind kind, const ImageBuild& build) {
  std::vector<std::string> words = {"build", "--file", build.dockerfile.string()};
  if (!build.tag.empty()) append(words, {"--tag", build.tag});
  if (!build.target.empty()) append(words, {"--target", build.target});
  if (!build.export_to.empty()) {
    append(words, {"--output", "type=local,dest=" + build.export_to.string()});
  }
  // BuildKit's own argument; one that it does not know changes nothing.
  if (build.time && kind == EngineKind::kDocker) {
    append(words, {"--build-arg", "SOURCE_DATE_EPOCH=" + std::to_string(*build.time)});
  }
  for (const std::string& argument : build.arguments) append(words, {"--build-arg", argument});
  for (const std::string& secret : build.secrets) append(words, {"--secret", secret});
  if (build.no_cache) words.emplace_back("--no-cache");
  if (build.progress == "quiet") {
    words.emplace_back("--quiet");
  } else if (kind == EngineKind::kDocker && !build.progress.empty()) {
    append(words, {"--progress", build.progress});
  }
  if (kind != EngineKind::kDocker) {
    // Health checks are part of Docker's format alone; buildah caches only when asked.
    append(words, {"--format", "docker", "--layers"});
    if (build.time) append(words, {"--timestamp", std::to_string(*build.time)});
  }
  words.push_back(build.context.string());
  return words;
}

Status build_image(const Engine& engine, const ImageBuild& build, Context& context) {
  Command command = engine.command(build_arguments(engine.kind, build));
  command.directory = build.directory;
  // Standard output is for a command's result, and the image's id is none.
  command.standard_output = STDERR_FILENO;
  const Result<int> status = run_shown(command, context.interrupt);
  if (!status) return status.error();
  if (*status == 0) return {};
  return Error{engine.program.filename().string() + " build ended with status " +
               std::to_string(*status) + " (see its output above)"};
}

Result<ImageInfo> parse_image_info(const std::string& text) {
  const Result<Json> json = parse_json(text);
  if (json && json->is_object() && json->contains("Docker")) return parse_buildah(*json);
  if (!json || !json->is_array() || json->empty()) {
    return Error{"the engine described the image in a form that cogpp does not know: " + text};
  }
  const Json& image = json->front();
  const Json& config = part_of(image, "Config");
  ImageInfo info;
  info.id = image.value("Id", "");
  if (!info.id.empty() && !info.id.starts_with("sha256:")) info.id.insert(0, "sha256:");
  info.size = bytes_member(image, "Size");
  info.command = string_items(part_of(config, "Cmd"));
  info.environment = string_items(part_of(config, "Env"));
  info.layers = string_items(part_of(part_of(image, "RootFS"), "Layers"));
  info.labels = string_members(part_of(config, "Labels"));
  return info;
}

Result<std::optional<ImageInfo>> inspect_image(const Engine& engine, const std::string& image,
                                               Context& context) {
  const Result<std::string> text =
      ask_engine(engine, {"inspect", "--type", "image", image}, "image " + image, context);
  if (!text) {
    if (text.error() == interrupted()) return text.error();
    const std::string& words = text.error().message;
    for (const char* missing :
         {"No such image", "no such image", "image not known", "no such object"}) {
      if (words.find(missing) != std::string::npos) return std::optional<ImageInfo>();
    }
    return text.error();
  }
  Result<ImageInfo> info = parse_image_info(*text);
  if (!info) return info.error();
  return std::optional<ImageInfo>(std::move(*info));
}

void remove_image(const Engine& engine, const std::string& image, Context& context) {
  const Result<std::string> removed = ask_engine(engine, {"rmi", image}, image, context);
  if (!removed) context.console.debug(removed.error().message);
}

Status pull_image(const Engine& engine, const std::string& image, Context& context) {
  Command command = engine.command({"pull", image});
  command.standard_output = STDERR_FILENO;
  // docker's standard error has only what went wrong, that of others has the progress, too.
  const Descriptor errors(engine.kind == EngineKind::kDocker ? ::memfd_create("errors", MFD_CLOEXEC)
                                                             : -1);
  command.standard_error = errors.get();
  const Result<int> status = run_shown(command, context.interrupt);
  if (!status) return status.error();
  if (*status == 0) return {};
  return pull_error(engine, image, left_in(errors));
}

Result<std::optional<ImageInfo>> fetch_image(const Engine& engine, const std::string& image,
                                             Context& context) {
  Result<std::optional<ImageInfo>> info = inspect_image(engine, image, context);
  if (!info || *info) return info;
  if (const Status pulled = pull_image(engine, image, context); !pulled) return pulled.error();
  return inspect_image(engine, image, context);
}

Error pull_error(const Engine& engine, const std::string& image, const std::string& words) {
  for (const char* absent : {"manifest unknown", "name unknown"}) {
    if (words.find(absent) != std::string::npos)
      return Error{"image " + image + ": image not found"};
  }
  const std::string program = engine.program.filename().string();
  return Error{
      "image " + image + ": " +
      (words.empty() ? program + " could not fetch it, see its output above" : first_line(words))};
}

Status save_image(const Engine& engine, const std::string& image, const std::filesystem::path& file,
                  Context& context) {
  std::vector<std::string> arguments = {"save", "--output", file.string(), image};
  if (engine.kind == EngineKind::kBuildah) {
    arguments = {"push", image, "docker-archive:" + file.string()};
  }
  const Result<std::string> saved =
      ask_engine(engine, std::move(arguments),
                 engine.program.string() + " could not export " + image, context);
  if (saved) return {};
  if (saved.error() == interrupted()) return saved.error();
  const Result<std::optional<ImageInfo>> known = inspect_image(engine, image, context);
  if (!known || *known) return saved.error();
  return Error{"tag not found: \"" + image + "\". Build it first: " + program_name() +
               " build -t " + image};
}

}  // namespace cogpp::cli
