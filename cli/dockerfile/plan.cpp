#include "cli/dockerfile/plan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "cli/build/compiler.hpp"
#include "cli/dockerfile/certificates.hpp"
#include "cli/registry/reference.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"

// Whether libtorch is needed is asked of the sources that will be compiled: nothing is
// compiled yet.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestName = 26;  // as Cog

bool is_source(const fs::path& file) {
  const std::string ending = file.extension().string();
  constexpr std::array<std::string_view, 6> kSources = {".cpp", ".cc", ".cxx", ".hpp", ".h", ".cu"};
  return std::find(kSources.begin(), kSources.end(), ending) != kSources.end();
}

Status plan_python(const Project& project, const ImageOptions& options, ImagePlan& plan) {
  Result<PythonImage> python = plan_python_image(project, options);
  if (!python) return python.error().within("Failed to generate Dockerfile");
  plan.dockerfile.base = python->base;
  plan.dockerfile.cuda_base = python->cuda_base;
  plan.dockerfile.cog_base = python->cog_base;
  plan.dockerfile.cuda = python->cuda;
  plan.dockerfile.cog = python->cog;
  plan.dockerfile.cog_wheel = python->cog_wheel.filename().string();
  plan.dockerfile.strip = options.strip;
  plan.dockerfile.precompile = options.precompile;
  plan.dockerfile.requirements = !python->requirements.empty();
  plan.dockerfile.hashed = python->hashed;
  plan.dockerfile.local_packages = !python->artifacts.empty();
  plan.python = std::move(*python);
  return {};
}

/// The user's own Dockerfile is taken as it is; only labels and the like are added.
Result<ImagePlan> plan_given(const Project& project, const ImageOptions& options, ImagePlan plan) {
  Result<std::string> text = read_file(options.dockerfile);
  if (!text) return text.error();
  plan.given = std::move(*text);
  // The image gets its name when it is complete.
  plan.dockerfile.given_image =
      "cogpp-tmp:" +
      sha256(project.directory.string() + image_name(project, options)).substr(0, 16);
  plan.text = dockerfile_text(project, plan.dockerfile);
  return plan;
}

}  // namespace

bool links_torch(const Project& project, const std::vector<SourceFile>& files) {
  if (project.kind == PredictorKind::kModelFile) return true;
  if (project.kind == PredictorKind::kPython) return false;
  std::error_code ignored;
  if (!fs::exists(project.directory / "CMakeLists.txt", ignored)) {
    return uses_torch(project.directory / project.source);
  }
  return std::any_of(files.begin(), files.end(), [&](const SourceFile& file) {
    return is_source(file.path) && uses_torch(project.directory / file.path);
  });
}

std::string image_name(const Project& project, const ImageOptions& options) {
  if (!options.tag.empty()) return options.tag;
  if (!project.config.image.empty()) return project.config.image;
  if (!project.config.model.empty()) return project.config.model;
  return directory_image_name(project);
}

std::string directory_image_name(const Project& project) {
  std::string name;
  for (const char c : project.directory.filename().string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') name.push_back('-');
    if (std::isalnum(byte) != 0 || c == '-') name.push_back(static_cast<char>(std::tolower(byte)));
  }
  name = name.substr(0, kLongestName);
  return name.starts_with("cog-") ? name : "cog-" + name;
}

Status check_image_name(const Project& project, const ImageOptions& options) {
  const std::string name = image_name(project, options);
  if (name != directory_image_name(project) || is_repository(name)) return {};
  return Error{"the folder " + project.directory.string() + " makes \"" + name +
               "\", which is no name of an image: name it with -t"};
}

Result<ImagePlan> plan_image(const Project& project, const ImageOptions& options, int concurrency,
                             Context& context) {
  ImagePlan plan;
  std::vector<fs::path> lost_code;
  Result<std::vector<SourceFile>> files = project_files(project, &lost_code);
  if (!files) return files.error();
  plan.files = std::move(*files);
  if (options.source) warn_of_lost_code(lost_code, context.console);
  plan.dockerfile.concurrency = concurrency;
  const Result<std::optional<std::time_t>> time = given_time(options.timestamp);
  if (!time) return time.error();
  plan.dockerfile.time = *time;
  if (!options.dockerfile.empty()) return plan_given(project, options, std::move(plan));
  Result<std::string> certificate = extra_certificates();
  if (!certificate) return certificate.error();
  plan.certificate = std::move(*certificate);
  plan.dockerfile.torch = links_torch(project, plan.files);
  const bool python = project.kind == PredictorKind::kPython;
  // The base of a Python project's image is another one; this only brings cogpp.
  Result<BaseImage> base =
      name_base_image(base_variant(project, plan.dockerfile.torch, options.slim),
                      python ? "" : given_base(project, options), context);
  if (!base) return base.error();
  plan.base = std::move(*base);
  plan.dockerfile.cogpp_base = plan.base.runtime;
  plan.dockerfile.compiler = plan.base.compiler;
  plan.dockerfile.base = plan.base.runtime;
  plan.dockerfile.ca_certificate = !plan.certificate.empty();
  plan.dockerfile.weights = weight_layers(plan.files).size();
  plan.dockerfile.source = options.source;
  plan.dockerfile.predictor = options.predictor;
  if (python) {
    if (const Status planned = plan_python(project, options, plan); !planned) {
      return planned.error();
    }
  }
  plan.text = dockerfile_text(project, plan.dockerfile);
  return plan;
}

}  // namespace cogpp::cli
