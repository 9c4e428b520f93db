// SHA-256 is OpenSSL's.
#include "cli/image/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

#include "cli/support/digest.hpp"
#include "schema/hexadecimal.hpp"

namespace cogpp::cli {
namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::size_t kHexDigits = 64;
constexpr std::string_view kHex = "0123456789abcdef";

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using HashContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

HashContext new_context() {
  HashContext context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  return context;
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const std::string_view hex = text.starts_with(kAlgorithm) ? text.substr(kAlgorithm.size()) : "";
  if (hex.size() != kHexDigits || hex.find_first_not_of(kHex) != std::string_view::npos) {
    return Error{"invalid digest \"" + std::string(text) +
                 "\": must be sha256: and 64 lower-case hexadecimal digits"};
  }
  return Digest(std::string(text));
}

Digest Digest::of(std::string_view bytes) {
  return Digest(std::string(kAlgorithm) + sha256(bytes));
}

struct Sha256::State {
  HashContext context = new_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

Sha256 Sha256::copy() const {
  Sha256 other;
  EVP_MD_CTX_copy_ex(other.state_->context.get(), state_->context.get());
  return other;
}

Digest Sha256::digest() const {
  const HashContext copy = new_context();
  EVP_MD_CTX_copy_ex(copy.get(), state_->context.get());
  std::array<unsigned char, 32> bytes{};
  EVP_DigestFinal_ex(copy.get(), bytes.data(), nullptr);
  return Digest(std::string(kAlgorithm) + hexadecimal(bytes));
}

}  // namespace cogpp::cli
