// Files that requirements name go into the image's /tmp, at their place in the project.
#include "cli/dockerfile/python_image.hpp"

#include <algorithm>
#include <string_view>

#include "cli/build/local_package.hpp"
#include "cli/build/python_requirements.hpp"
#include "cli/dockerfile/cog_base.hpp"
#include "cli/dockerfile/cuda.hpp"
#include "cli/registry/model_reference.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kArtifacts = "local_package_artifacts";

std::string minor_version(const std::string& version) {
  return version.substr(0, version.find('.', version.find('.') + 1));
}

/// Cog's image for the project; whether its registry has it is not asked.
Result<std::string> cog_base(const Project& project, const std::string& requirements,
                             PythonImage& image) {
  const Result<std::string> host = registry_host();
  if (!host) return host.error();
  const std::string python = minor_version(project.python.version);
  if (python != project.python.version) {
    image.warnings.push_back("Stripping patch version from Python version " +
                             project.python.version + " to " + python);
  }
  const Result<std::string> tag =
      cog_base_tag({.cuda = image.cuda, .python = python, .torch = pinned_torch(requirements)});
  if (!tag) return tag.error();
  return *host + "/cog-base:" + *tag;
}

Status choose_base(const Project& project, const ImageOptions& options,
                   const std::string& requirements, PythonImage& image) {
  const bool of_cog = options.cog_base_image.value_or(false);  // a flag, and so before cog.yaml
  const std::string given = of_cog ? options.base : given_base(project, options);
  if (project.gpu) {
    Result<CudaChoice> choice = choose_cuda(*project.config.build, requirements);
    if (!choice) return choice.error();
    image.cuda = choice->cuda;
    image.cudnn = choice->cudnn;
    image.warnings.insert(image.warnings.end(), choice->warnings.begin(), choice->warnings.end());
    if (given.empty() && !of_cog && options.cuda_base_image != "false") {
      Result<std::string> name = cuda_image(*choice);
      if (!name) return name.error();
      image.base = std::move(*name);
      image.cuda_base = true;
    }
  }
  if (!given.empty()) {
    image.base = given;
    image.given_base = true;
  } else if (of_cog) {
    Result<std::string> name = cog_base(project, requirements, image);
    if (!name) return name.error();
    image.base = std::move(*name);
    image.cog_base = true;
  } else if (!image.cuda_base) {
    if (project.python.version.empty()) return Error{schema::kPythonVersionRequired};
    image.base = "python:" + project.python.version + "-slim";
  }
  return {};
}

/// One line of the requirements as it is to stand in the image.
class LineRewriter {
 public:
  LineRewriter(const Project& project, PythonImage& image) : project_(project), image_(image) {}

  Result<std::string> rewrite(const std::string& line) {
    const std::string constraint = "-c ";
    if (line.starts_with(constraint) && line.find("://") == std::string::npos) {
      const Result<std::string> place = take(line.substr(constraint.size()));
      return place ? Result<std::string>(constraint + *place) : place;
    }
    if (line.starts_with('-')) {
      const bool local = line.starts_with("-e") || line.starts_with("--editable") ||
                         local_package(line, project_.directory) || finds_links_here(line);
      if (!local) return line;
      return Error{"local requirements option \"" + line.substr(0, line.find_first_of(kOptionEnd)) +
                   "\" is not supported: " + line};
    }
    if (line.find("file:") != std::string::npos) {
      return Error{"local file URL requirements are not supported: " + line};
    }
    const auto reference = line.find(kReference);
    if (reference != std::string::npos && is_artifact(line.substr(reference + kReference.size()))) {
      return direct_reference(line);
    }
    const std::optional<fs::path> package = local_package(line, project_.directory);
    if (!package && is_local(line)) {
      return Error{"local Python package artifact \"" + line +
                   "\" not found: " + (project_.directory / line).lexically_normal().string()};
    }
    if (!package) return line;
    if (const Status plain = check_plain(line, *package); !plain) return plain.error();
    return take(*package);
  }

 private:
  static constexpr std::string_view kReference = " @ ";
  static constexpr std::string_view kOptionEnd = " \t=";

  /// As Cog tells paths from names: by their form, whether anything is there or not.
  static bool is_path(std::string_view text) {
    return text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
  }

  /// What only looks like a path may be a package of an index.
  static bool is_local(std::string_view line) {
    return is_path(line) && line.find_first_of(" ;[") == std::string_view::npos;
  }

  /// Of what stands behind ` @ `.
  static bool is_artifact(std::string_view text) {
    text = text.substr(0, text.find_first_of(" ;"));
    return is_path(text) || (is_archive(text) && text.find("://") == std::string_view::npos);
  }

  /// `-f ./folder` or `-f file:./folder`, in each form of the option.
  static bool finds_links_here(std::string_view line) {
    for (const std::string_view option : {"-f", "--find-links"}) {
      if (!line.starts_with(option)) continue;
      line.remove_prefix(option.size());
      line.remove_prefix(std::min(line.find_first_not_of(kOptionEnd), line.size()));
      return is_path(line) || line.starts_with("file:");
    }
    return false;
  }

  static Error direct_reference(const std::string& line) {
    return Error{
        "local direct reference requirements (`name @ path`) are not supported; list "
        "the path directly instead: " +
        line};
  }

  static Status check_plain(const std::string& line, const fs::path& package) {
    if (line.find(kReference) != std::string::npos) return direct_reference(line);
    if (line.find(" --") != std::string::npos) {
      return Error{"local package artifact requirements do not support inline options or hashes: " +
                   line};
    }
    if (line.find(';') != std::string::npos) {
      return Error{
          "environment markers are not supported on local package artifact requirements: " + line};
    }
    if (line.ends_with(']')) {
      return Error{"extras are not supported on local package artifact requirements: " + line};
    }
    if (!is_archive(line)) {
      return Error{"local package requirement \"" + line +
                   "\" is not a supported wheel or source archive"};
    }
    std::error_code ignored;
    if (fs::is_regular_file(package, ignored)) return {};
    return Error{"local Python package artifact \"" + line + "\" must be a regular file"};
  }

  /// Its place in the image.
  Result<std::string> take(const fs::path& file) {
    const fs::path inside =
        (project_.directory / file).lexically_normal().lexically_relative(project_.directory);
    if (inside.empty() || *inside.begin() == "..") {
      return Error{"local Python package artifact \"" + file.string() +
                   "\" must be inside the project directory"};
    }
    image_.artifacts.emplace_back(project_.directory / inside,
                                  fs::path("build") / kArtifacts / inside);
    return std::string("/tmp/") + kArtifacts + "/" + inside.string();
  }

  const Project& project_;
  PythonImage& image_;
};

}  // namespace

Result<PythonImage> plan_python_image(const Project& project, const ImageOptions& options) {
  Result<Requirements> read = read_requirements(project);
  if (!read) return read.error();
  PythonImage image{.base = {},
                    .cuda = {},
                    .cudnn = {},
                    .cog = read->cog,
                    .cog_wheel = read->cog_wheel,
                    .requirements = {},
                    .artifacts = {},
                    .warnings = std::move(read->warnings)};
  if (!image.cog_wheel.empty()) image.cog = "/tmp/" + image.cog_wheel.filename().string();
  if (const Status chosen = choose_base(project, options, read->text, image); !chosen) {
    return chosen.error();
  }
  LineRewriter rewriter(project, image);
  std::string lines;
  for (std::size_t begin = 0; begin < read->text.size();) {
    const auto end = std::min(read->text.find('\n', begin), read->text.size());
    const Result<std::string> line = rewriter.rewrite(read->text.substr(begin, end - begin));
    if (!line) return line.error();
    lines += *line + "\n";
    begin = end + 1;
  }
  image.requirements = with_torch_index(lines, image.cuda);
  image.hashed = read->hashed();
  return image;
}

}  // namespace cogpp::cli
