// The engine would refuse most of this as well, but after all else was done.
#include "cli/dockerfile/image_options.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace cogpp::cli {
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

struct SecretField {
  std::string key;
  std::string value;
};

Result<SecretField> read_field(const std::string& field) {
  const auto equals = field.find('=');
  if (equals == std::string::npos) {
    return Error{"invalid field \"" + field + "\" must be a key=value pair"};
  }
  std::string key = field.substr(0, equals);
  for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string value = field.substr(equals + 1);
  if (key == "type" && value != "file" && value != "env") {
    return Error{"unsupported secret type \"" + value + "\""};
  }
  if (key == "env" && std::getenv(value.c_str()) == nullptr) {
    return Error{"the environment variable " + value + " is not set"};
  }
  for (const char* known : {"type", "id", "src", "source", "env"}) {
    if (key == known) return SecretField{key, value};
  }
  return Error{"unexpected key '" + key + "' in '" + field + "'"};
}

Status check_secret(const std::string& secret) {
  bool named = false;
  for (std::size_t begin = 0; begin <= secret.size();) {
    const auto end = std::min(secret.find(',', begin), secret.size());
    const Result<SecretField> field = read_field(secret.substr(begin, end - begin));
    if (!field) return field.error();
    named = named || (field->key == "id" && !field->value.empty());
    begin = end + 1;
  }
  return named ? Status{} : Status{Error{"id=NAME is missing, the name in build.run's mounts"}};
}

}  // namespace

Status check_image_options(const ImageOptions& options) {
  if (Status valid = check_bases(options); !valid) return valid;
  for (const std::string& secret : options.secrets) {
    if (const Status valid = check_secret(secret); !valid) {
      return valid.error().within("--secret " + secret);
    }
  }
  return {};
}

}  // namespace cogpp::cli
