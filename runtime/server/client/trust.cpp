// TLS 1.2 and later, peers always verified.
#include "runtime/server/client/trust.hpp"

namespace cogpp::server::client {

SSL_CTX* Trust::context() {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) return context_.get();
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (context_ == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_verify_paths(context_.get());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
  return context_.get();
}

std::shared_ptr<Trust> make_trust() { return std::make_shared<Trust>(); }

}  // namespace cogpp::server::client
