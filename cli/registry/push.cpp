// The manifest comes last: a registry refuses one whose blobs it lacks.
#include "cli/registry/push.hpp"

#include <charconv>
#include <set>

#include "cli/registry/transfers.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace {

/// Sets `value` to a number of the environment, if it is set.
template <class T>
Status read_number(const char* name, T& value, T least) {
  const std::string text = environment_variable(name);
  if (text.empty()) return {};
  const char* end = text.data() + text.size();
  T number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end && number >= least) {
    value = number;
    return {};
  }
  return Error{std::string("invalid ") + name + " \"" + text + "\": must be a number of at least " +
               std::to_string(least)};
}

std::string accepted_types() {
  return std::string(kOciManifest) + ", " + kOciIndex + ", " + kDockerManifest + ", " +
         kDockerIndex;
}

std::vector<Blob> distinct_blobs(const Image& image) {
  std::vector<Blob> blobs;
  std::set<std::string> seen;
  for (const Blob& layer : image.layers) {
    if (seen.insert(layer.descriptor.digest.text()).second) blobs.push_back(layer);
  }
  if (seen.insert(image.config.descriptor.digest.text()).second) blobs.push_back(image.config);
  return blobs;
}

}  // namespace

Result<RegistryOptions> registry_options(bool plain_http, const Context& context) {
  RegistryOptions options{.plain_http = plain_http};
  options.upload.memory = context.cache / "uploads";
  constexpr std::uint64_t kOne = 1;
  for (const Status& read :
       {read_number<std::size_t>("COG_PUSH_CONCURRENCY", options.jobs, 1),
        read_number("COG_PUSH_DEFAULT_CHUNK_SIZE", options.upload.chunk, kOne),
        read_number("COG_PUSH_MULTIPART_THRESHOLD", options.upload.threshold, kOne)}) {
    if (!read) return read.error();
  }
  return options;
}

Result<std::unique_ptr<Registry>> Registry::connect(const ImageReference& reference, bool push,
                                                    const RegistryOptions& options,
                                                    Context& context) {
  Result<Credentials> credentials = find_credentials(reference.registry, context);
  if (!credentials) return credentials.error();
  std::unique_ptr<Registry> registry(new Registry(reference.registry, options));
  registry->watch_.emplace(context.interrupt, [&stopped = *registry] {
    stopped.cancellation_.cancel();
    stopped.transport_->stop();
  });
  const Result<Url> origin = find_origin(reference.registry, options.plain_http,
                                         registry->transport(), registry->cancellation());
  if (!origin) return origin.error();
  context.console.debug("registry " + origin->origin() +
                        (credentials->empty() ? ", without credentials" : ", with credentials"));
  registry->access_ =
      std::make_unique<RegistryAccess>(*origin, std::move(*credentials), registry->cancellation());
  RegistrySession session(registry->access(), registry->transport());
  Url base = *origin;
  base.target = "/v2/";
  const std::string scope =
      push ? push_scope(reference.repository) : pull_scope(reference.repository);
  const HttpOutcome outcome = session.ask({.url = base}, scope);
  // Some registries hide /v2/ itself; only a refusal counts.
  if (outcome.failure != HttpFailure::kNone || outcome.answer.status == 401) {
    return registry_error(outcome, "log-in to " + reference.registry, reference.registry);
  }
  return registry;
}

Result<std::optional<OciDescriptor>> Registry::find_manifest(const std::string& repository,
                                                             const std::string& tag_or_digest) {
  RegistrySession session(access(), transport());
  const HttpOutcome outcome =
      session.ask({.method = "HEAD",
                   .url = session.url(repository, "manifests/" + tag_or_digest),
                   .headers = {{"Accept", accepted_types()}}},
                  pull_scope(repository));
  if (outcome.failure == HttpFailure::kNone && outcome.answer.status == 404) {
    return std::optional<OciDescriptor>();
  }
  if (outcome.failure != HttpFailure::kNone || outcome.answer.status != 200) {
    return registry_error(outcome, "look-up of " + repository + ":" + tag_or_digest, name_);
  }
  const HttpAnswer& answer = outcome.answer;
  const Result<Digest> digest = Digest::parse(answer.header("docker-content-digest").empty()
                                                  ? tag_or_digest
                                                  : answer.header("docker-content-digest"));
  if (!digest) return digest.error().within(name_);
  const std::string length = answer.header("content-length");
  std::uint64_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  return std::optional(
      OciDescriptor{.media_type = answer.header("content-type"), .digest = *digest, .size = size});
}

Result<std::string> Registry::fetch_manifest(const std::string& repository,
                                             const std::string& tag_or_digest) {
  RegistrySession session(access(), transport());
  const HttpOutcome outcome =
      session.ask({.url = session.url(repository, "manifests/" + tag_or_digest),
                   .headers = {{"Accept", accepted_types()}}},
                  pull_scope(repository));
  const std::string what = repository + "@" + tag_or_digest;
  if (outcome.failure != HttpFailure::kNone || outcome.answer.status != 200) {
    return registry_error(outcome, "download of " + what, name_);
  }
  const Result<Digest> wanted = Digest::parse(tag_or_digest);
  if (wanted && Digest::of(outcome.answer.body) != *wanted) {
    return Error{name_ + " sent other bytes for " + what};
  }
  return outcome.answer.body;
}

Result<bool> Registry::has_blob(const std::string& repository, const Digest& digest) {
  RegistrySession session(access(), transport());
  const HttpOutcome outcome =
      session.ask({.method = "HEAD", .url = session.url(repository, "blobs/" + digest.text())},
                  pull_scope(repository));
  if (outcome.failure == HttpFailure::kNone && outcome.answer.status == 404) return false;
  if (outcome.failure == HttpFailure::kNone && outcome.answer.status == 200) return true;
  return registry_error(outcome, "look-up of " + digest.text(), name_);
}

Result<bool> Registry::mount_blob(const std::string& repository, const Digest& digest,
                                  const std::string& from) {
  RegistrySession session(access(), transport());
  const HttpRequest request{.method = "POST", .url = mount_url(session, repository, digest, from)};
  const HttpOutcome outcome = session.ask(request, mount_scope(repository, from));
  if (outcome.failure == HttpFailure::kNone) return outcome.answer.status == 201;
  return registry_error(outcome, "mount of " + digest.text(), name_);
}

Result<bool> Registry::provide_blob(const std::string& repository, const Digest& digest,
                                    const std::string& from) {
  Result<bool> present = has_blob(repository, digest);
  return present && !*present ? mount_blob(repository, digest, from) : present;
}

Status Registry::put_manifest(const std::string& repository, const std::string& tag_or_digest,
                              const std::string& text, const std::string& media_type) {
  RegistrySession session(access(), transport());
  const HttpOutcome outcome =
      session.ask({.method = "PUT",
                   .url = session.url(repository, "manifests/" + tag_or_digest),
                   .headers = {{"Content-Type", media_type}},
                   .body = text},
                  push_scope(repository));
  if (outcome.failure == HttpFailure::kNone && outcome.answer.status == 201) return {};
  return upload_error(outcome, "upload of the manifest " + repository + ":" + tag_or_digest, name_,
                      repository);
}

Status push_blobs(const Image& image, const std::string& repository, Registry& registry,
                  Context& context) {
  const std::vector<Blob> blobs = distinct_blobs(image);
  const UploadTarget target{registry.name(), repository, registry.options().upload};
  TransferBoard board;
  for (const Blob& blob : blobs) {
    board.add(transfer_name(blob.descriptor.digest), blob.descriptor.size);
  }
  const Transfer transfer = [&](std::size_t item, Transport& transport) {
    RegistrySession session(registry.access(), transport);
    return upload_blob(session, target, blobs[item], board, item);
  };
  return run_transfers({blobs.size(), registry.options().jobs, "pushed"}, transfer, board,
                       registry.cancellation(), context);
}

Status push_image(const Image& image, const std::string& repository, const std::string& tag,
                  Registry& registry, Context& context) {
  context.console.info("Pushing layers...");
  if (const Status pushed = push_blobs(image, repository, registry, context); !pushed) {
    return pushed;
  }
  const std::string& digest = image.descriptor.digest.text();
  const std::string media_type =
      image.descriptor.media_type.empty() ? kOciManifest : image.descriptor.media_type;
  return registry.put_manifest(repository, tag.empty() ? digest : tag, image.manifest, media_type);
}

}  // namespace cogpp::cli
