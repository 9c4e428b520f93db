// Layers come in the order of how seldom they change, so that a changed source line moves
// the small ones on top alone.
#include "cli/daemonless/image.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <utility>

#include "cli/build/given_schema.hpp"
#include "cli/build/torch_location.hpp"
#include "cli/daemonless/configuration.hpp"
#include "cli/dockerfile/base_image.hpp"
#include "cli/dockerfile/dockerfile.hpp"
#include "cli/dockerfile/labels.hpp"
#include "cli/dockerfile/model_package.hpp"
#include "cli/dockerfile/plan.hpp"
#include "cli/dockerfile/project_image.hpp"
#include "cli/dockerfile/sbom.hpp"
#include "cli/dockerfile/staging.hpp"
#include "cli/image/labels.hpp"
#include "cli/image/source.hpp"
#include "cli/image/tar_layer.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "cli/support/program.hpp"
#include "cli/weights/lockfile.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Where the wheels of kTorchVersion have CUDA's libraries.
constexpr const char* kCudaFolder = "cu13";

std::string below_root(const std::string& path) { return path.substr(path.find_first_not_of('/')); }

/// Files, and where they lie in the image.
using LayerFiles = std::vector<std::pair<fs::path, std::string>>;

/// The libraries that Dockerfile.gpu takes for the CPU; CUDA's own lie beside the package.
Result<LayerFiles> torch_files(const TorchLocation& torch) {
  const fs::path site = torch.package.parent_path();
  std::vector<fs::path> found = {torch.package / "version.py"};
  std::error_code error;
  const auto add = [&](const fs::path& directory, std::initializer_list<const char*> names) {
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const auto fits = [&](const char* begin) { return name.starts_with(begin); };
      if (std::any_of(names.begin(), names.end(), fits)) found.push_back(entry->path());
    }
  };
  add(torch.libraries(), {"libtorch_cpu.so", "libc10.so", "libgomp"});
  if (error) return open_error(torch.libraries(), error.value());
  // A libtorch without CUDA has none of these.
  add(site / "nvidia" / kCudaFolder / "lib", {"libcudart.so.", "libcupti.so."});
  std::sort(found.begin(), found.end());
  LayerFiles files;
  for (const fs::path& file : found) {
    files.emplace_back(file,
                       below_root(kImageTorch) + "/" + file.lexically_relative(site).string());
  }
  return files;
}

Result<std::vector<TreeEntry>> entries_of(const LayerFiles& files) {
  std::vector<TreeEntry> entries;
  for (const auto& [file, path] : files) {
    Result<TreeEntry> entry = file_entry(file, path);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  return entries;
}

/// One image in the making.
class ImageMaker {
 public:
  ImageMaker(const Project& project, const ImageOptions& options, const BuildOptions& build,
             const DaemonlessBase& base, Context& context)
      : project_(project), options_(options), build_(build), base_(base), context_(context) {}

  Result<ComputedImage> make() {
    for (const auto step :
         {&ImageMaker::read_given, &ImageMaker::prepare, &ImageMaker::compile,
          &ImageMaker::add_torch, &ImageMaker::add_runtime, &ImageMaker::add_weights,
          &ImageMaker::add_predictor, &ImageMaker::add_source, &ImageMaker::add_metadata}) {
      if (const Status done = (this->*step)(); !done) return done.error();
    }
    Result<ImageConfig> config = configuration();
    if (!config) return config.error();
    return ComputedImage{.name = image_name(project_, options_),
                         .config = std::move(*config),
                         .layers = std::move(layers_),
                         .use = std::move(predictor_->use),
                         .lock = std::move(lock_)};
  }

 private:
  Status read_given() {
    Result<std::optional<GivenSchema>> given = given_schema(schema_flag(options_));
    if (!given) return given.error();
    given_ = std::move(*given);
    return {};
  }

  Status prepare() {
    const Result<std::optional<std::time_t>> given = given_time(options_.timestamp);
    if (!given) return given.error();
    time_ = given->value_or(kUsualTime);
    std::vector<std::filesystem::path> lost_code;
    Result<std::vector<SourceFile>> files = project_files(project_, &lost_code);
    if (!files) return files.error();
    files_ = std::move(*files);
    warn_of_lost_code(lost_code, context_.console);
    leave_archives_out();
    if (is_model_package(project_, project_.source)) {
      Result<Descriptor> lock = lock_project(project_, context_);
      if (!lock) return lock.error();
      lock_ = std::move(*lock);
    }
    torch_ = links_torch(project_, files_);
    base_torch_ = base_.config.label(kTorchLabel).value_or("");
    return torch_ ? check_base() : Status();
  }

  Status check_base() const {
    if (!base_torch_.empty() && base_torch_ != kTorchVersion) {
      return Error{base_.name + " has libtorch " + base_torch_ + ", but cogpp needs " +
                   kTorchVersion};
    }
    if (!project_.gpu || (!base_torch_.empty() && base_.config.label(kCudaLabel))) return {};
    return Error{base_.name +
                 " has no libtorch with CUDA, which build.gpu asks for; begin with an image of "
                 "Dockerfile.gpu (--base)"};
  }

  /// The image that is being written, and the base, are no part of the model.
  void leave_archives_out() {
    for (const std::string& text : {options_.output, base_.name}) {
      if (!is_image_location(text)) continue;
      const Result<ImageLocation> location = parse_image_location(text);
      if (!location) continue;
      std::error_code ignored;
      const fs::path place =
          fs::weakly_canonical(location->path, ignored)
              .lexically_relative(fs::weakly_canonical(project_.directory, ignored));
      std::erase_if(files_, [&](const SourceFile& file) { return file.path == place; });
    }
  }

  Status compile() {
    Result<Predictor> predictor = build_predictor(project_, build_, context_);
    if (!predictor) return predictor.error();
    predictor_ = std::move(*predictor);
    schema_ = schema_text();
    return {};
  }

  std::string schema_text() {
    if (given_) return std::move(given_->text);
    return options_.skip_schema ? "" : openapi_text(project_, predictor_->description);
  }

  Status add_layer(std::vector<TreeEntry> entries, const std::string& created_by) {
    Result<Content> tar = make_tar(std::move(entries), {.time = time_});
    if (!tar) return tar.error();
    layers_.push_back({.tar = std::move(*tar), .created_by = created_by});
    return {};
  }

  Status add_large_layer(const LayerFiles& files, const std::string& created_by) {
    Result<std::vector<TreeEntry>> entries = entries_of(files);
    if (!entries) return entries.error();
    std::string key = std::to_string(time_) + "\n";
    bool settled = true;
    for (const auto& [file, path] : files) {
      const std::string identity = settled_identity(file);
      settled = settled && !identity.empty();
      key += path + " " + identity;
    }
    if (const Status added = add_layer(std::move(*entries), created_by); !added) return added;
    layers_.back().large = true;
    if (settled) layers_.back().key = std::move(key);
    return {};
  }

  /// For the CPU, out of this machine's, where the base has none.
  Status add_torch() {
    if (!torch_ || !base_torch_.empty()) return {};
    const Result<TorchLocation> torch = find_torch(build_.torch, context_.cache);
    if (!torch) return torch.error();
    const Result<LayerFiles> files = torch_files(*torch);
    if (!files) return files.error();
    return add_large_layer(*files, std::string("libtorch ") + kTorchVersion);
  }

  /// What runs predictors, out of the installed prefix.
  Status add_runtime() {
    const Result<Installation> installation = installed_prefix(context_);
    if (!installation) return installation.error();
    const std::string prefix = below_root(kImagePrefix);
    const SkipPath skip = [this](const std::string& path, bool) {
      if (path == "libcogpp_torch_cuda.so") return !project_.gpu;
      if (path == "libcogpp_model.so" || path == "cpu") return !torch_;
      return path == "python" || path.ends_with(".a");
    };
    Result<std::vector<TreeEntry>> entries =
        tree_entries(installation->libraries(), prefix + "/lib/cogpp", skip);
    if (!entries) return entries.error();
    for (const fs::path& program : {installation->server(), installation->worker()}) {
      Result<TreeEntry> entry = file_entry(program, prefix + "/bin/" + program.filename().string());
      if (!entry) return entry.error();
      entries->push_back(std::move(*entry));
    }
    std::vector<const char*> folders = {kReadyFolder};
    if (!has_home(base_.config)) folders.push_back(kModelHome);
    for (const char* folder : folders) {
      entries->push_back(
          {.path = below_root(folder), .kind = TreeEntry::Kind::kDirectory, .owner = kModelUser});
    }
    return add_layer(std::move(*entries), "cogpp " COGPP_VERSION);
  }

  Status add_weights() {
    for (const std::vector<SourceFile>& layer : weight_layers(files_)) {
      LayerFiles files;
      for (const SourceFile& file : layer) {
        if (const Status placed = place(file, files); !placed) return placed;
      }
      const std::string name = "weights " + layer.front().path.string();
      const Status added = add_large_layer(files, name + (layer.size() > 1 ? " and more" : ""));
      if (!added) return added;
    }
    return {};
  }

  Status add_predictor() {
    const std::string directory = below_root(kModelDirectory) + "/";
    std::vector<TreeEntry> entries = {{.path = directory + kSignatureFile,
                                       .content = Content::text(predictor_->description_text)}};
    if (project_.kind == PredictorKind::kCpp) {
      Result<TreeEntry> library =
          file_entry(predictor_library(*predictor_), directory + "predictor.so");
      if (!library) return library.error();
      entries.push_back(std::move(*library));
    }
    return add_layer(std::move(entries), "predictor");
  }

  Status add_source() {
    LayerFiles files;
    for (const SourceFile& file : files_) {
      if (file.weights()) continue;
      if (const Status placed = place(file, files); !placed) return placed;
    }
    Result<std::vector<TreeEntry>> entries = entries_of(files);
    if (!entries) return entries.error();
    return add_layer(std::move(*entries), "code");
  }

  /// Schema, list of parts, managed weights. None says where the image goes: it is the same
  /// everywhere.
  Status add_metadata() {
    ImageOptions unnamed = options_;
    unnamed.tag.clear();
    const std::string parts = sbom_text({.image = image_name(project_, unnamed),
                                         .base = base_.image.descriptor.digest.text(),
                                         .libtorch = libtorch(),
                                         .created = time_});
    std::vector<TreeEntry> entries = {
        {.path = below_root(kSbomPath), .content = Content::text(parts)}};
    if (!schema_.empty()) {
      entries.push_back({.path = below_root(kSchemaPath), .content = Content::text(schema_)});
    }
    if (!project_.config.weights.empty()) {
      const Result<std::string> weights = weights_document(project_.directory);
      if (!weights) return weights.error();
      entries.push_back({.path = std::string(kImageSource) + "/.cog/weights.json",
                         .content = Content::text(*weights)});
    }
    return add_layer(std::move(entries), "schema");
  }

  Result<ImageConfig> configuration() const {
    Labels labels = image_labels(project_, {.openapi = schema_,
                                            .libtorch = libtorch(),
                                            .cuda = torch_ && project_.gpu ? kTorchCuda : "",
                                            .concurrency = project_.concurrency});
    const Status added = add_source_labels(labels, project_.directory, context_);
    if (!added) return added.error();
    ImageConfig config = image_configuration(base_.config, project_, labels, torch_);
    config.set_created(time_);
    return config;
  }

  /// Adds what the file is in the image, below kImageSource.
  Status place(const SourceFile& file, LayerFiles& files) const {
    const Result<std::vector<PlacedFile>> placed = placed_files(project_, file);
    if (!placed) return placed.error();
    for (const PlacedFile& one : *placed) {
      files.emplace_back(one.file, (fs::path(kImageSource) / one.place).string());
    }
    return {};
  }
  std::string libtorch() const { return torch_ ? kTorchVersion : ""; }

  const Project& project_;
  const ImageOptions& options_;
  const BuildOptions& build_;
  const DaemonlessBase& base_;
  Context& context_;
  std::time_t time_ = 0;
  bool torch_ = false;      ///< The predictor links libtorch.
  std::string base_torch_;  ///< The version that the base has; empty: none.
  std::vector<SourceFile> files_;
  Descriptor lock_;
  std::optional<GivenSchema> given_;  ///< The user's document, in place of the predictor's own.
  std::optional<Predictor> predictor_;
  std::string schema_;
  std::vector<ComputedLayer> layers_;
};

}  // namespace

Status check_daemonless(const Project& project) {
  std::string reason;
  const schema::BuildConfig build = project.config.build.value_or(schema::BuildConfig{});
  if (!build.run.empty()) {
    reason = "build.run has commands that run in its image";
  } else if (!build.pre_install.empty()) {
    reason = "build.pre_install has commands that run in its image";
  } else if (!build.system_packages.empty()) {
    reason = "build.system_packages have to be installed in its image";
  } else if (!build.python_packages.empty()) {
    reason = "build.python_packages have to be installed in its image";
  } else if (!build.python_requirements.empty()) {
    reason = "build.python_requirements have to be installed in its image";
  } else if (project.kind == PredictorKind::kPython) {
    reason = "a Python project needs the package cog installed in its image";
  }
  if (reason.empty()) return {};
  return Error{"a build without an engine runs nothing, but " + reason +
               ". Build it with docker, podman or buildah: " + program_name() + " build -t NAME"};
}

Result<ComputedImage> compute_image(const Project& project, const ImageOptions& options,
                                    const BuildOptions& build, const DaemonlessBase& base,
                                    Context& context) {
  return ImageMaker(project, options, build, base, context).make();
}

Result<Image> finish_image(const ComputedImage& computed, const DaemonlessBase& base,
                           const TakeLayers& take) {
  Result<std::vector<Blob>> blobs = take(computed.layers);
  if (!blobs) return blobs.error();
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < computed.layers.size(); ++i) {
    const Digest digest = blobs->at(i).descriptor.digest;  // not compressed
    layers.push_back({.blob = std::move(blobs->at(i)),
                      .diff_id = digest,
                      .created_by = computed.layers[i].created_by});
  }
  return make_image(computed.config, base.image.layers, layers);
}

}  // namespace cogpp::cli
