// The engine would refuse most of this as well, but after all else was done.
#include "cli/dockerfile/image_options.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

#include "cli/image/source.hpp"
#include "cli/support/files.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

Status check_bases(const ImageOptions& options) {
  std::vector<std::string> given;
  if (options.cog_base_image) given.emplace_back("--use-cog-base-image");
  if (options.cuda_base_image != kAutomatic) given.emplace_back("--use-cuda-base-image");
  if (!options.base.empty()) given.emplace_back("--base");
  if (!options.dockerfile.empty()) given.emplace_back("--dockerfile");
  if (given.size() < 2) return {};
  std::string names = given.front();
  for (std::size_t i = 1; i < given.size(); ++i) names += " and " + given[i];
  return Error{"The flags " + names + " are mutually exclusive: you can only set one of them."};
}

/// One `--secret`, as the engines read it.
struct Secret {
  std::string id;
  std::string type;
  std::string source;                   ///< `src` or `source`.
  std::optional<std::string> variable;  ///< `env`.
};

/// The member for a key; null for a key that no engine knows.
std::string* member_for(Secret& secret, const std::string& key) {
  if (key == "id") return &secret.id;
  if (key == "type") return &secret.type;
  if (key == "src" || key == "source") return &secret.source;
  return key == "env" ? &secret.variable.emplace() : nullptr;
}

Status read_field(const std::string& field, Secret& secret) {
  const auto equals = field.find('=');
  if (equals == std::string::npos) {
    return Error{"invalid field \"" + field + "\" must be a key=value pair"};
  }
  std::string key = field.substr(0, equals);
  for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string* member = member_for(secret, key);
  if (member == nullptr) return Error{"unexpected key '" + key + "' in '" + field + "'"};
  *member = field.substr(equals + 1);
  if (key != "type" || *member == "file" || *member == "env") return {};
  return Error{"unsupported secret type \"" + *member + "\""};
}

/// Without a project there is no build, and that is told elsewhere.
Status check_file(const fs::path& source, const ProjectChoice& project) {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  const Result<fs::path> directory = schema::find_config(start, project.file);
  if (!directory) return {};
  const fs::path file = *directory / source;
  const bool folder = fs::is_directory(file, error);
  if (folder) return open_error(file, EISDIR);
  return ::access(file.c_str(), R_OK) == 0 ? Status() : open_error(file, errno);
}

Status check_secret(const std::string& text, const ProjectChoice& project) {
  Secret secret;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const Status read = read_field(text.substr(begin, end - begin), secret);
    if (!read) return read;
    begin = end + 1;
  }
  if (secret.id.empty()) return Error{"id=NAME is missing, the name in build.run's mounts"};
  if (secret.type == "env" && !secret.variable) {
    secret.variable = secret.source.empty() ? secret.id : secret.source;
  }
  if (!secret.variable && secret.source.empty()) {
    // By its id alone builders look for a variable, then for a file.
    if (std::getenv(secret.id.c_str()) != nullptr) return {};
    secret.source = secret.id;
  }
  if (!secret.variable) return check_file(secret.source, project);
  if (secret.variable->empty()) return Error{"env= names no environment variable"};
  // Engines would make an empty secret of it.
  if (std::getenv(secret.variable->c_str()) != nullptr) return {};
  return Error{"the environment variable " + *secret.variable + " is not set"};
}

/// As the builder of docker reads it, empty included; others would not say that they cannot.
Status check_progress(const std::string& progress) {
  constexpr std::array<std::string_view, 7> kKinds = {"",      "auto",  "none",   "tty",
                                                      "plain", "quiet", "rawjson"};
  if (std::find(kKinds.begin(), kKinds.end(), progress) != kKinds.end()) return {};
  const bool given = environment_variable(kProgressVariable) != progress;
  return Error{(given ? "--progress " : kProgressVariable + std::string("=")) + progress +
               ": must be auto, tty, plain or quiet"};
}

Status check_secrets(const std::vector<std::string>& secrets, const ProjectChoice& project) {
  for (const std::string& secret : secrets) {
    if (const Status valid = check_secret(secret, project); !valid) {
      return valid.error().within("--secret " + secret);
    }
  }
  return {};
}

}  // namespace

std::string given_base(const Project& project, const ImageOptions& options) {
  if (!options.base.empty() || !project.config.build) return options.base;
  const std::string& base = project.config.build->base_image;
  if (!is_image_location(base)) return base;
  const std::size_t kind = base.find(':') + 1;
  return base.substr(0, kind) + (project.directory / base.substr(kind)).string();
}

Status check_image_options(const ImageOptions& options, const ProjectChoice& project) {
  if (Status valid = check_bases(options); !valid) return valid;
  if (Status valid = check_progress(options.progress); !valid) return valid;
  return check_secrets(options.secrets, project);
}

}  // namespace cogpp::cli
