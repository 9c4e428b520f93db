// Out of the store by `docker save`, changed (cli/image/fixed_times.hpp), and back by `docker
// load`. What became of an image is written down: the next build of the same need not do it again.
#include "cli/engine/image_times.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>

#include "cli/image/fixed_times.hpp"
#include "cli/image/labels.hpp"
#include "cli/image/layout.hpp"
#include "cli/image/source.hpp"
#include "cli/support/cache.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/text.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// The image of this id, in whatever name's place.
Result<ImageInfo> known_image(const Engine& engine, const std::string& id, Context& context) {
  Result<std::optional<ImageInfo>> info = inspect_image(engine, id, context);
  if (!info) return info.error();
  if (!*info) return Error{"the engine has no image " + id};
  return std::move(**info);
}

/// Removes the image that has lost its name, unless it has another one or a registry knows it: it
/// may be somebody's.
void remove_nameless(const Engine& engine, const std::string& id, Context& context) {
  const Result<std::string> names = ask_engine(
      engine,
      {"inspect", "--type", "image", "--format", "{{len .RepoTags}} {{len .RepoDigests}}", id}, id,
      context);
  if (names && first_line(*names) == "0 0") remove_image(engine, id, context);
}

/// Layers that the store keeps compressed would have to be compressed again, to the same bytes.
Status check_store(const Engine& engine, Context& context) {
  const Result<std::string> driver =
      ask_engine(engine, {"info", "--format", "{{.DriverStatus}}"}, "docker info", context);
  if (!driver) return driver.error();
  if (driver->find("io.containerd.snapshotter") == std::string::npos) return {};
  return Error{"docker keeps its images in containerd's store, which has compressed layers"};
}

Result<Image> fixed_image(const fs::path& saved, std::time_t time) {
  const Result<Image> image = open_image({.kind = ImageLocation::Kind::kArchive, .path = saved});
  if (!image) return image;
  const Result<ImageConfig> config = read_config(*image);
  if (!config) return config.error();
  const std::optional<std::size_t> below = config->layers_before(kBaseInstruction);
  if (!below) return Error{"its history does not tell which layers are its base's"};
  return with_fixed_times(*image, *below, time);
}

/// Why `folder` could not take the image, where that is for want of room.
Error without_room(const Error& error, const ImageInfo& image, const fs::path& folder) {
  std::error_code unknown;
  const fs::space_info space = fs::space(folder, unknown);
  if (unknown || error == interrupted() || space.available > image.size) return error;
  return Error{error.message + ". An image that gets a time needs twice its size in " +
               folder.string()};
}

/// The id of the image that `built` is with its time, once it has its name.
Result<std::string> load_fixed(const Engine& engine, const std::string& name,
                               const ImageInfo& built, std::time_t time, const fs::path& folder,
                               Context& context) {
  if (const Status known = check_store(engine, context); !known) return known.error();
  const Result<TemporaryDirectory> directory = TemporaryDirectory::create(folder);
  if (!directory) return directory.error();
  const fs::path saved = directory->path() / "saved.tar";
  const fs::path fixed = directory->path() / "fixed.tar";
  // By its id: a name may stand for several images, and become another's meanwhile.
  const Status done = save_image(engine, built.id, saved, context);
  if (!done) return without_room(done.error(), built, folder);
  const Result<Image> image = fixed_image(saved, time);
  if (!image) return image.error();
  if (context.interrupt.take() != 0) return interrupted();
  const Status written = write_layout_archive(*image, fixed, name);
  if (!written) return without_room(written.error(), built, folder);
  if (context.interrupt.take() != 0) return interrupted();
  std::error_code ignored;
  fs::remove(saved, ignored);
  const Result<std::string> loaded =
      ask_engine(engine, {"load", "--quiet", "--input", fixed.string()},
                 engine.program.string() + " could not import " + name, context);
  if (!loaded) return loaded.error();
  return image->config.descriptor.digest.text();
}

/// The id of the image that the note names, once it has its name; empty: there is none.
Result<std::string> tag_known(const Engine& engine, const std::string& name, const fs::path& note,
                              Context& context) {
  const Result<std::string> id = read_file(note);
  if (!id) return std::string();
  const Result<std::string> tagged = ask_engine(engine, {"tag", *id, name}, name, context);
  if (!tagged) return tagged.error() == interrupted() ? tagged : std::string();
  return id;
}

}  // namespace

Result<ImageInfo> fix_image_times(const Engine& engine, const std::string& name,
                                  const ImageInfo& built, std::time_t time, Context& context) {
  const fs::path folder = context.cache / kTimesFolder;
  remove_abandoned(folder);
  const fs::path note =
      folder / sha256(built.id + " " + std::to_string(time) + " " + COGPP_VERSION);
  Result<std::string> id = tag_known(engine, name, note, context);
  if (id && id->empty()) id = load_fixed(engine, name, built, time, folder, context);
  if (!id) return id.error();
  Result<ImageInfo> info = known_image(engine, *id, context);
  if (!info) return info;
  if (*id != built.id) remove_nameless(engine, built.id, context);
  // Without the note the next build does the same again.
  static_cast<void>(write_file(note, *id));
  return info;
}

}  // namespace cogpp::cli
