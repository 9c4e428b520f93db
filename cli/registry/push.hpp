// Pushes images and indexes: blobs in parallel, then the manifest, so that whoever pulls
// by the tag gets the old image or the whole new one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/image/image.hpp"
#include "cli/registry/reference.hpp"
#include "cli/registry/session.hpp"
#include "cli/registry/upload.hpp"
#include "cli/support/context.hpp"
#include "cli/support/interrupt_watch.hpp"

namespace cogpp::cli {

struct RegistryOptions {
  bool plain_http = false;  ///< Allow http to registries that are not on this machine.
  std::size_t jobs = 5;     ///< COG_PUSH_CONCURRENCY
  UploadOptions upload = {};
};

/// The options with what COG_PUSH_* of the environment say. The error names the variable.
Result<RegistryOptions> registry_options(bool plain_http, const Context& context);

/// A registry that was reached, and the right to use one of its repositories. Main thread;
/// run_transfers()'s threads use the access. A signal ends what it waits for with an error.
class Registry {
 public:
  /// Finds credentials and how to speak to the registry, and asks for the right to pull,
  /// and to push where `push` says so: before anything long is done.
  static Result<std::unique_ptr<Registry>> connect(const ImageReference& reference, bool push,
                                                   const RegistryOptions& options,
                                                   Context& context);

  RegistryAccess& access() { return *access_; }
  Cancellation& cancellation() { return cancellation_; }
  Transport& transport() { return *transport_; }
  const RegistryOptions& options() const { return options_; }
  const std::string& name() const { return name_; }

  /// The descriptor of a manifest, by tag or digest; nothing when there is none.
  Result<std::optional<OciDescriptor>> find_manifest(const std::string& repository,
                                                     const std::string& tag_or_digest);
  /// Its text, checked against its digest where one is asked for.
  Result<std::string> fetch_manifest(const std::string& repository,
                                     const std::string& tag_or_digest);
  /// Whether the repository has that blob.
  Result<bool> has_blob(const std::string& repository, const Digest& digest);
  /// Makes a blob of the repository `from` one of `repository`, too. False when the registry
  /// does not do that, or the account may not.
  Result<bool> mount_blob(const std::string& repository, const Digest& digest,
                          const std::string& from);
  /// The same, unless `repository` has it already.
  Result<bool> provide_blob(const std::string& repository, const Digest& digest,
                            const std::string& from);
  Status put_manifest(const std::string& repository, const std::string& tag_or_digest,
                      const std::string& text, const std::string& media_type);

 private:
  explicit Registry(std::string name, RegistryOptions options)
      : name_(std::move(name)), options_(std::move(options)) {}

  std::string name_;
  RegistryOptions options_;
  Cancellation cancellation_;
  std::unique_ptr<Transport> transport_ = make_transport();
  std::unique_ptr<RegistryAccess> access_;
  std::optional<InterruptWatch> watch_;
};

/// Uploads what the repository lacks of the image's blobs.
Status push_blobs(const Image& image, const std::string& repository, Registry& registry,
                  Context& context);
/// Pushes the image under `tag`, or under its digest alone when that is empty.
Status push_image(const Image& image, const std::string& repository, const std::string& tag,
                  Registry& registry, Context& context);

}  // namespace cogpp::cli
