// The system's certificate authorities, read once: parsing the usual bundle takes
// tens of milliseconds, far more than a handshake.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>

namespace cogpp::server::client {

/// Any thread.
class Trust {
 public:
  /// A client context that verifies against the system's authorities (SSL_CERT_FILE and
  /// SSL_CERT_DIR are honoured); nullptr without memory. Read at the first call and
  /// then kept, so that a changed bundle counts from the next start on.
  SSL_CTX* context();

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  std::mutex mutex_;  ///< Guards context_.
  std::unique_ptr<SSL_CTX, Free> context_;
};

std::shared_ptr<Trust> make_trust();

}  // namespace cogpp::server::client
