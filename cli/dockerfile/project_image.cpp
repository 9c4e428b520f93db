// Two runs of the engine's builder, the second a continuation of the first: what the first
// one leaves (signature, packages) becomes schema, labels and list of parts of the second.
#include "cli/dockerfile/project_image.hpp"

#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "cli/build/given_schema.hpp"
#include "cli/build/native.hpp"
#include "cli/build/python_project.hpp"
#include "cli/dockerfile/labels.hpp"
#include "cli/dockerfile/plan.hpp"
#include "cli/dockerfile/sbom.hpp"
#include "cli/engine/image_times.hpp"
#include "cli/support/file_lock.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/signals.hpp"
#include "cli/support/text.hpp"
#include "cli/weights/lockfile.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// A step's failure under Cog's name for it; an interrupt is none.
Error step_error(const char* step, const Error& error) {
  return error == interrupted() ? error : error.within(step);
}

/// What is left of a file that the first run wrote; empty where it wrote none.
std::string left_text(const BuildContext& staged, const char* name) {
  Result<std::string> text = read_file(staged.metadata() / name);
  return text ? std::move(*text) : std::string();
}

/// One build of a project's image.
class Build {
 public:
  Build(const Project& project, const ImageOptions& options, const Engine& engine, Context& context)
      : project_(project), options_(options), engine_(engine), context_(context) {}

  Result<ProjectImage> run() {
    if (const Status read = read_given(); !read) return read.error();
    if (const Status described = describe(); !described) return described.error();
    Result<ImagePlan> plan = plan_image(project_, options_, concurrency_, context_);
    if (!plan) return plan.error();
    if (plan->python) {
      for (const std::string& warning : plan->python->warnings) context_.console.warn(warning);
    }
    if (!plan->certificate.empty()) context_.console.info(kInjectingCertificate);
    Result<BuildContext> staged = BuildContext::create(project_, plan->dockerfile.time);
    if (!staged) return staged.error();
    const Status prepared = plan->given ? build_given(*plan, *staged) : prepare(*plan, *staged);
    if (!prepared) return prepared.error();
    Result<ProjectImage> image =
        options_.predictor ? build(*plan, *staged) : build_environment(*plan, *staged);
    // Its content lives on in the image that was made from it.
    if (plan->given) {
      // The signal that ended the build is not for its removal.
      if (!image && image.error() == interrupted()) context_.interrupt.take();
      remove_image(engine_, plan->dockerfile.given_image, context_);
    }
    return image;
  }

 private:
  /// First of all: a document that cannot be used is known before anything is made.
  Status read_given() {
    if (!options_.predictor) return {};
    if (!options_.openapi_schema.empty() && !options_.skip_schema) {
      context_.console.info("Validating model schema from " + options_.openapi_schema + "...");
    }
    Result<std::optional<GivenSchema>> given = given_schema(schema_flag(options_));
    if (!given) return given.error();
    given_ = std::move(*given);
    return {};
  }

  /// A Python project is described by its sources, before anything is built; of others the
  /// build's first part tells.
  Status describe() {
    concurrency_ = project_.concurrency;
    if (!options_.predictor) return {};
    const bool python = project_.kind == PredictorKind::kPython;
    if (!python && options_.dockerfile.empty()) return {};
    if (options_.skip_schema) return {};
    if (!python) return describe_compiled();
    Result<Description> description = describe_sources(project_, given_, context_);
    if (!description) return step_error("image build failed", description.error());
    description_ = std::move(*description);
    const bool configured = project_.config.concurrency && project_.config.concurrency->max;
    if (!configured) concurrency_ = description_->concurrency.value_or(1);
    if (concurrency_ > 1 && description_->blocks()) {
      return Error{"concurrency.max > 1 requires an async run() or predict() method"};
    }
    return {};
  }

  Status describe_compiled() {
    Result<Predictor> predictor = build_predictor(project_, {}, context_);
    if (!predictor) return step_error("image build failed", predictor.error());
    description_ = std::move(predictor->description);
    return {};
  }

  /// The user's own Dockerfile, with the project as its context but for `.cog`.
  Status build_given(const ImagePlan& plan, const BuildContext& staged) {
    const fs::path file = staged.dockerfile();
    std::error_code ignored;
    std::string rules;
    if (fs::exists(project_.directory / ".dockerignore", ignored)) {
      Result<std::string> text = read_file(project_.directory / ".dockerignore");
      if (!text) return text.error();
      rules = std::move(*text) + "\n";
    }
    Status written = write_file(file, *plan.given);
    if (written) written = write_file(file.string() + ".dockerignore", rules + ".cog\n");
    if (!written) return written;
    ImageBuild build = engine_build(plan, staged);
    build.context = project_.directory;
    build.tag = plan.dockerfile.given_image;
    if (const Status built = build_image(engine_, build, context_); !built) {
      return step_error("Failed to build Docker image", built.error());
    }
    fs::remove(file.string() + ".dockerignore", ignored);
    return write_file(file, plan.text);
  }

  Status prepare(const ImagePlan& plan, BuildContext& staged) {
    const bool compiles = project_.kind != PredictorKind::kPython;
    Status based = make_base_image(engine_, plan.base, compiles, options_.progress, context_);
    if (based) based = find_base(plan);
    return based ? lay_out(plan, staged) : based;
  }

  /// What the labels tell of the base. BuildKit keeps those that it fetches to itself: one
  /// that the engine lacks is pulled, so that the labels do not depend on what it happens to have.
  Status find_base(const ImagePlan& plan) {
    if (!plan.python || plan.python->given_base || !options_.source) return {};
    Result<std::optional<ImageInfo>> info = fetch_image(engine_, plan.python->base, context_);
    if (!info) return step_error("Failed to build Docker image", info.error());
    if (*info) base_layers_ = std::move((*info)->layers);
    return {};
  }

  /// Of a project that will be mounted only what is compiled or described goes in.
  std::vector<SourceFile> files_for(const ImagePlan& plan) const {
    if (options_.source) return plan.files;
    if (!options_.predictor || project_.kind == PredictorKind::kPython) return {};
    std::vector<SourceFile> files = plan.files;
    if (project_.kind == PredictorKind::kCpp) {
      std::erase_if(files, [](const SourceFile& file) { return file.weights(); });
    }
    return files;
  }

  Status lay_out(const ImagePlan& plan, BuildContext& staged) {
    const Result<std::size_t> weights = staged.add_project(project_, files_for(plan));
    if (!weights) return weights.error();
    if (!plan.certificate.empty()) {
      const Status written = staged.write("build/cog-ca-cert.crt", plan.certificate);
      if (!written) return written;
    }
    if (plan.python && !plan.python->requirements.empty()) {
      const Status written = staged.write("build/requirements.txt", plan.python->requirements);
      if (!written) return written;
    }
    if (plan.python && !plan.python->cog_wheel.empty()) {
      const fs::path& wheel = plan.python->cog_wheel;
      if (const Status added = staged.add(wheel, "build" / wheel.filename()); !added) return added;
    }
    if (plan.python) {
      for (const auto& [file, place] : plan.python->artifacts) {
        if (const Status added = staged.add(file, place); !added) return added;
      }
    }
    return write_file(staged.dockerfile(), plan.text);
  }

  ImageBuild engine_build(const ImagePlan& plan, const BuildContext& staged) const {
    return {.dockerfile = staged.dockerfile(),
            .context = staged.context(),
            .secrets = options_.secrets,
            .directory = project_.directory,
            .no_cache = options_.no_cache,
            .time = plan.dockerfile.time,
            .progress = options_.progress};
  }

  /// No predictor, so nothing to tell of it.
  Result<ProjectImage> build_environment(const ImagePlan& plan, const BuildContext& staged) {
    const std::string name = image_name(project_, options_);
    ImageBuild only = engine_build(plan, staged);
    only.no_cache = only.no_cache && !plan.given;  // its image is new already
    only.target = kModelStage;
    only.tag = name;
    if (const Status built = build_image(engine_, only, context_); !built) return built.error();
    return built_image(name);
  }

  Result<ProjectImage> built_image(const std::string& name) {
    Result<std::optional<ImageInfo>> info = inspect_image(engine_, name, context_);
    if (!info) return info.error();
    if (!*info) return Error{"the engine built " + name + " and does not have it"};
    return ProjectImage{.name = name, .info = std::move(**info)};
  }

  Result<ProjectImage> build(const ImagePlan& plan, const BuildContext& staged) {
    const std::string name = image_name(project_, options_);
    ImageBuild first = engine_build(plan, staged);
    first.no_cache = first.no_cache && !plan.given;  // its image is new already
    first.target = kMetadataStage;
    first.export_to = staged.metadata();
    if (const Status built = build_image(engine_, first, context_); !built) {
      return step_error("Failed to build Docker image", built.error());
    }
    const Result<Labels> labels = complete(name, plan, staged);
    if (!labels) return labels.error();
    if (options_.source) {
      context_.console.info("Adding labels to image...");
      context_.console.info("");
    }
    const Status written = write_file(staged.dockerfile(), plan.text + label_instructions(*labels));
    if (!written) return written.error();
    ImageBuild second = engine_build(plan, staged);
    second.tag = name;
    second.arguments = {kLineBreakArgument};
    // BuildKit goes on from what the first run has built, which is new already; podman and
    // buildah take the oldest that fits, from before it.
    second.no_cache = first.no_cache && engine_.kind != EngineKind::kDocker;
    if (const Status built = build_image(engine_, second, context_); !built) {
      return step_error("Failed to add labels to image", built.error());
    }
    return timed_image(name, plan);
  }

  /// With a time that the user gave nothing tells when docker ran the steps. What their own
  /// Dockerfile begins with is not known, and a project that is mounted is in no image.
  Result<ProjectImage> timed_image(const std::string& name, const ImagePlan& plan) {
    Result<ProjectImage> image = built_image(name);
    const std::optional<std::time_t> time = plan.dockerfile.time;
    const bool fixed =
        time && !plan.given && options_.source && engine_.kind == EngineKind::kDocker;
    if (!image || !fixed) return image;
    context_.console.info("Setting times in image...");
    context_.console.info("");
    Result<ImageInfo> info = fix_image_times(engine_, name, image->info, *time, context_);
    if (info) {
      image->info = std::move(*info);
      return image;
    }
    if (interrupt_pending() || info.error() == interrupted()) return interrupted();
    context_.console.warn("image " + name +
                          " keeps the times at which it was built: " + info.error().message);
    return image;
  }

  /// A Dockerfile of the user's begins with what it likes.
  std::string base_name(const ImagePlan& plan) const {
    if (!options_.dockerfile.empty()) return "";
    return plan.python ? plan.python->base : plan.base.base;
  }

  /// Writes what the image gets in the end and gives its labels.
  Result<Labels> complete(const std::string& name, const ImagePlan& plan,
                          const BuildContext& staged) {
    const Result<std::string> schema = schema_text(staged);
    if (!schema) return schema.error();
    const std::string freeze = left_text(staged, kFreezeFile);
    SbomSource parts{.image = name,
                     .distribution = first_line(left_text(staged, kDistributionFile)),
                     .packages = left_text(staged, kPackagesFile),
                     .pip_freeze = freeze,
                     .libtorch = plan.base.libtorch(),
                     .created = staged.time()};
    if (const Status written = staged.write("image" + std::string(kSbomPath), sbom_text(parts));
        !written) {
      return written.error();
    }
    if (const Status written = write_schema(staged, *schema); !written) return written.error();
    if (const Status written = write_weights(staged); !written) return written.error();
    Labels labels =
        image_labels(project_, {.openapi = *schema,
                                .pip_freeze = freeze,
                                .libtorch = plan.base.libtorch(),
                                .cuda = plan.python ? plan.python->cuda : plan.base.cuda(),
                                .cudnn = plan.python ? plan.python->cudnn : "",
                                .concurrency = concurrency_,
                                .base = base_name(plan),
                                .base_layers = base_layers_});
    if (!options_.source) return labels;  // it says nothing of the sources
    const Status added = add_source_labels(labels, project_.directory, context_);
    return added ? Result<Labels>(std::move(labels)) : added.error();
  }

  /// Where the project is mounted over /src, the server finds it beside the sources.
  Status write_schema(const BuildContext& staged, const std::string& schema) {
    const fs::path beside = state_directory(project_) / "openapi_schema.json";
    std::error_code ignored;
    fs::remove(beside, ignored);
    if (schema.empty()) return {};
    const Status written = staged.write("image" + std::string(kSchemaPath), schema);
    return written ? write_file(beside, schema) : written;
  }

  /// What managed weights belong to the image; their bytes are never in it (cog-cli §11.8).
  Status write_weights(const BuildContext& staged) {
    if (project_.config.weights.empty()) return {};
    const Result<std::string> text = weights_document(project_.directory);
    if (!text) return text.error();
    const Status written = staged.write("image/src/.cog/weights.json", *text);
    return written ? write_file(state_directory(project_) / "weights.json", *text) : written;
  }

  /// Empty with --skip-schema-validation and no document of the user's.
  Result<std::string> schema_text(const BuildContext& staged) {
    if (given_) return given_->text;
    if (options_.skip_schema) return std::string();
    if (!description_) {
      Result<Description> description = parse_description(left_text(staged, kSignatureFile));
      if (!description) return description.error().within(kSignatureFile);
      if (const Status named = check_names(project_, *description); !named) return named.error();
      description_ = std::move(*description);
    }
    return openapi_text(project_, *description_);
  }

  const Project& project_;
  const ImageOptions& options_;
  const Engine& engine_;
  Context& context_;
  std::optional<GivenSchema> given_;  ///< The user's document, in place of the predictor's own.
  std::optional<Description> description_;
  int concurrency_ = 1;
  std::vector<std::string> base_layers_;  ///< Of a base that the labels tell.
};

}  // namespace

Result<Descriptor> lock_project(const Project& project, Context& context) {
  const fs::path directory = state_directory(project);
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return open_error(directory, error.value());
  return lock_file(directory / "cog.lock", "Waiting for another build of this project...", context);
}

Result<ProjectImage> build_project_image(const Project& project, const ImageOptions& options,
                                         const Engine& engine, Context& context) {
  const Result<Descriptor> lock = lock_project(project, context);
  if (!lock) return lock.error();
  return Build(project, options, engine, context).run();
}

}  // namespace cogpp::cli
