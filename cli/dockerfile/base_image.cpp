#include "cli/dockerfile/base_image.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cli/dockerfile/certificates.hpp"
#include "cli/engine/images.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "schema/environment.hpp"

// Only cogpp's own files of the prefix count: it may be /usr/local.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kDigestLength = 12;

const char* device_of(BaseVariant variant) {
  switch (variant) {
    case BaseVariant::kCpu:
      return "cpu";
    case BaseVariant::kCuda:
      return "cuda";
    case BaseVariant::kCudaSlim:
      return "cuda-slim";
    case BaseVariant::kPython:
    case BaseVariant::kNone:
      break;
  }
  return "none";
}

/// How base images are made; relative to the prefix.
constexpr const char* kRecipe = "share/cogpp/Dockerfile.gpu";

/// Relative to the prefix, sorted; links count as files.
Result<std::vector<fs::path>> prefix_files(const Installation& installation) {
  std::vector<fs::path> files = {"bin/cogpp", "bin/cogpp-server", "bin/cogpp-worker"};
  for (const char* folder : {"include/cogpp", "lib/cogpp", "lib/cmake/cogpp"}) {
    std::error_code error;
    fs::recursive_directory_iterator entry(installation.prefix / folder, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      std::error_code ignored;
      if (entry->path().filename() == "__pycache__") entry.disable_recursion_pending();
      if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) continue;
      files.push_back(entry->path().lexically_relative(installation.prefix));
    }
    if (error) {
      return Error{(installation.prefix / folder).string() + ": " + error.message() +
                   ". Install cogpp again, with all its files under one prefix"};
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The digest of all these files, which says whether an image made of them is still right.
Result<std::string> digest_of(const Installation& installation, const std::vector<fs::path>& files,
                              const fs::path& cache) {
  FileDigests digests = FileDigests::load(cache / "images" / "prefix-digests");
  std::string text;
  for (const fs::path& file : files) {
    std::error_code ignored;
    const fs::path place = installation.prefix / file;
    const Result<std::string> digest = fs::is_symlink(place, ignored)
                                           ? fs::read_symlink(place, ignored).string()
                                           : digests.of(place);
    if (!digest) return digest.error();
    text += *digest + " " + file.string() + "\n";
  }
  digests.save();
  return sha256(text);
}

/// The prefix as a build context, in a directory of its own.
Result<TemporaryDirectory> stage_prefix(const Installation& installation, const Context& context) {
  const Result<std::vector<fs::path>> files = prefix_files(installation);
  if (!files) return files.error();
  Result<TemporaryDirectory> directory = TemporaryDirectory::create(context.cache / "images");
  if (!directory) return directory.error();
  for (const fs::path& file : *files) {
    const fs::path from = installation.prefix / file;
    const fs::path to = directory->path() / "prefix" / file;
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (fs::is_symlink(from)) {
      fs::copy_symlink(from, to, error);
    } else if (!error) {
      error = copy_regular_file(from, to);
    }
    if (error == std::errc::operation_canceled) return interrupted();
    if (error) return Error{from.string() + ": " + error.message()};
    // Builders tell by size and time whether a file is the one they have.
    if (!fs::is_symlink(to)) fs::last_write_time(to, fs::last_write_time(from, error), error);
  }
  return directory;
}

/// For the package index: $COG_CA_CERT's certificates, which become a file in `folder`, else
/// the bundle that the host itself trusts.
Result<std::vector<std::string>> certificate_secret(const fs::path& folder) {
  const std::string secret = "id=ca,src=";
  const Result<std::string> extra = extra_certificates();
  if (!extra) return extra.error();
  if (!extra->empty()) {
    const fs::path file = folder / "ca.crt";
    if (const Status written = write_file(file, *extra); !written) return written.error();
    return std::vector<std::string>{secret + file.string()};
  }
  for (const char* name : {"PIP_CERT", "SSL_CERT_FILE"}) {
    const std::string file = environment_variable(name);
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) {
      return std::vector<std::string>{secret + file};
    }
  }
  return std::vector<std::string>();
}

}  // namespace

std::string distribution_image() { return COGPP_BASE_IMAGE; }

Result<Installation> installed_prefix(Context& context) {
  std::error_code ignored;
  const Installation& own = context.installation;
  if (fs::exists(own.libraries() / "deps", ignored)) return own;
  const std::optional<fs::path> cmake = find_program("cmake");
  if (!cmake || !fs::exists(own.prefix / "CMakeCache.txt", ignored)) {
    return Error{own.prefix.string() +
                 " is no complete installation: lib/cogpp/deps is missing. Install cogpp (cmake "
                 "--install BUILD --prefix DIR) and build images with DIR/bin/cogpp"};
  }
  const Result<std::string> digest = digest_of(
      own, {"bin/cogpp", "bin/cogpp-server", "bin/cogpp-worker", "CMakeCache.txt"}, context.cache);
  if (!digest) return digest.error();
  const fs::path place = context.cache / "images" / ("prefix-" + digest->substr(0, kDigestLength));
  if (fs::exists(place, ignored)) return Installation{place};
  Result<TemporaryDirectory> work = TemporaryDirectory::create(context.cache / "images");
  if (!work) return work.error();
  const Result<Finished> finished =
      run({.program = *cmake,
           .arguments = {"--install", own.prefix.string(), "--prefix",
                         (work->path() / "prefix").string(), "--strip"}},
          context.interrupt, context.console);
  if (!finished) return finished.error();
  if (finished->status != 0) return Error{"cmake --install failed: " + finished->errors};
  std::error_code error;
  fs::rename(work->path() / "prefix", place, error);
  // Another cogpp may have been faster.
  if (error && !fs::exists(place, ignored)) return Error{place.string() + ": " + error.message()};
  return Installation{place};
}

BaseVariant base_variant(const Project& project, bool torch, bool slim) {
  if (project.kind == PredictorKind::kPython) return BaseVariant::kPython;
  if (!torch) return BaseVariant::kNone;
  if (!project.gpu) return BaseVariant::kCpu;
  return slim ? BaseVariant::kCudaSlim : BaseVariant::kCuda;
}

Result<BaseImage> name_base_image(BaseVariant variant, const std::string& base, Context& context) {
  const Result<Installation> installation = installed_prefix(context);
  if (!installation) return installation.error();
  std::error_code ignored;
  if (variant > BaseVariant::kNone &&
      !fs::exists(installation->libraries() / "libcogpp_model.so", ignored)) {
    return Error{
        "the project uses libtorch, and this cogpp was built without it (COGPP_WITH_TORCH=OFF)"};
  }
  Result<std::vector<fs::path>> files = prefix_files(*installation);
  if (!files) return files.error();
  files->push_back(kRecipe);
  const Result<std::string> digest = digest_of(*installation, *files, context.cache);
  if (!digest) return digest.error();
  BaseImage image{.variant = variant,
                  .base = base.empty() ? distribution_image() : base,
                  .runtime = {},
                  .compiler = {},
                  .installation = *installation};
  const bool python = variant == BaseVariant::kPython;
  const std::string name =
      std::string("cogpp-base:") + COGPP_VERSION + "-" + (python ? "python" : device_of(variant));
  const std::string end = "-" + sha256(*digest + image.base).substr(0, kDigestLength);
  image.runtime = name + end;
  image.compiler = name + "-compiler" + end;
  return image;
}

Status make_base_image(const Engine& engine, const BaseImage& image, bool compiler,
                       const std::string& progress, Context& context) {
  const bool python = image.variant == BaseVariant::kPython;
  std::vector<std::pair<std::string, std::string>> wanted = {
      {python ? "python" : "runtime", image.runtime}};
  if (compiler && !python) wanted.emplace_back("compiler", image.compiler);
  for (auto next = wanted.begin(); next != wanted.end();) {
    const Result<std::optional<ImageInfo>> known = inspect_image(engine, next->second, context);
    if (!known) return known.error();
    next = *known ? wanted.erase(next) : next + 1;
  }
  if (wanted.empty()) return {};
  const Result<TemporaryDirectory> prefix = stage_prefix(image.installation, context);
  if (!prefix) return prefix.error();
  const Result<std::vector<std::string>> secrets = certificate_secret(prefix->path());
  if (!secrets) return secrets.error();
  for (const auto& [target, tag] : wanted) {
    context.console.info("Building the base image " + tag + " (once)...");
    ImageBuild build{.dockerfile = image.installation.prefix / kRecipe,
                     .context = prefix->path(),
                     .tag = tag,
                     .target = target,
                     .arguments = {"BASE=" + image.base, "PREFIX=given",
                                   std::string("DEVICE=") + device_of(image.variant)},
                     .secrets = *secrets,
                     .progress = progress};
    if (const Status built = build_image(engine, build, context); !built) {
      return built.error() == interrupted() ? built.error()
                                            : built.error().within("base image " + tag);
    }
  }
  return {};
}

}  // namespace cogpp::cli
