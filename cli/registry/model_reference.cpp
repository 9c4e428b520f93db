// Each part has its own variable; COG_MODEL has all of them and wins.
#include "cli/registry/model_reference.hpp"

#include <array>
#include <ctime>

#include "schema/environment.hpp"

namespace cogpp::cli {
namespace {

constexpr const char* kReservedTag = "cog-";

Error invalid_variable(const char* name, const std::string& value, const std::string& problem) {
  return Error{std::string("invalid ") + name + " \"" + value + "\": " + problem};
}

Status check_tag(const char* name, const std::string& tag) {
  if (tag.starts_with(kReservedTag)) {
    return invalid_variable(
        name, tag,
        std::string("\"") + kReservedTag + "\" is a reserved prefix — choose a different tag");
  }
  if (!is_tag(tag)) {
    return invalid_variable(name, tag,
                            "must match OCI tag regex ^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$");
  }
  return {};
}

/// Of `model`; the registry is empty where it lacks one.
Result<ImageReference> model_of(const std::string& model) {
  Result<ImageReference> reference = parse_reference(model);
  if (!reference) return reference;
  if (model.rfind(reference->registry, 0) != 0) {
    reference->registry.clear();
    reference->repository = model;
  }
  return reference;
}

/// From the variables of single parts, over those of cog.yaml.
Result<std::optional<ImageReference>> from_parts(const schema::Config& config) {
  const std::string registry = environment_variable("COG_MODEL_REGISTRY");
  const std::string repository = environment_variable("COG_MODEL_REPO");
  if (!registry.empty() && !is_registry(registry)) {
    return invalid_variable("COG_MODEL_REGISTRY", registry,
                            "must be a bare host (no path, tag, or digest)");
  }
  if (!repository.empty() && !is_repository(repository)) {
    return invalid_variable("COG_MODEL_REPO", repository,
                            "must be a bare repository path (no host, tag, or digest)");
  }
  ImageReference reference{.registry = registry, .repository = repository};
  if (!config.model.empty()) {
    const Result<ImageReference> model = model_of(config.model);
    if (!model) return model.error().within("invalid model");
    if (registry.empty()) reference.registry = model->registry;
    if (repository.empty()) reference.repository = model->repository;
  }
  if (reference.repository.empty()) return std::optional<ImageReference>();
  if (reference.registry.empty()) {
    const Result<std::string> host = registry_host();
    if (!host) return host.error();
    reference.registry = *host;
  }
  reference.tag = environment_variable("COG_MODEL_TAG");
  if (reference.tag.empty()) return std::optional(reference);
  if (const Status tag = check_tag("COG_MODEL_TAG", reference.tag); !tag) return tag.error();
  return std::optional(reference);
}

Result<std::optional<ImageReference>> from_environment(const schema::Config& config) {
  const std::string whole = environment_variable("COG_MODEL");
  if (whole.empty()) return from_parts(config);
  Result<ImageReference> reference = parse_reference(whole);
  if (!reference) return reference.error().within("invalid COG_MODEL value");
  if (!reference->digest.empty()) {
    return Error{"invalid COG_MODEL value: a model is pushed to a tag, not to a digest"};
  }
  if (reference->tag.empty()) return std::optional(*reference);
  if (const Status tag = check_tag("COG_MODEL", reference->tag); !tag) return tag.error();
  return std::optional(*reference);
}

}  // namespace

Result<std::string> registry_host() {
  const std::string host = environment_variable("COG_REGISTRY_HOST");
  if (host.empty()) return std::string(kReplicateRegistry);
  if (is_registry(host)) return host;
  return Error{
      "invalid registry host \"" + host +
      "\" (--registry or COG_REGISTRY_HOST): must be a bare host (no scheme, path, tag, or "
      "digest)"};
}

std::string timestamp_tag(std::int64_t now) {
  const std::time_t seconds = now;
  std::tm time{};
  ::gmtime_r(&seconds, &time);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &time);
  return {text.data(), size};
}

Result<std::optional<ImageReference>> resolve_model(const schema::Config& config,
                                                    std::int64_t now) {
  Result<std::optional<ImageReference>> reference = from_environment(config);
  if (!reference || !*reference) return reference;
  if (!config.image.empty()) {
    return Error{
        "'image' in cog.yaml cannot be combined with COG_MODEL* env vars\n"
        "  remove 'image' from cog.yaml (use 'model' instead), or\n"
        "  unset COG_MODEL, COG_MODEL_REGISTRY, COG_MODEL_REPO, COG_MODEL_TAG"};
  }
  if ((*reference)->tag.empty()) (*reference)->tag = timestamp_tag(now);
  return reference;
}

}  // namespace cogpp::cli
