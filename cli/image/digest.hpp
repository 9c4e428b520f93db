// Digests of blobs: "sha256:" and 64 hexadecimal digits (OCI image specification,
// descriptor). Other algorithms are refused: no registry in use stores them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The digest of some bytes. A value, never empty.
class Digest {
 public:
  /// Reads "sha256:…". The error names the text.
  static Result<Digest> parse(std::string_view text);
  /// Of `bytes`.
  static Digest of(std::string_view bytes);

  /// "sha256:…"
  const std::string& text() const { return text_; }
  /// The 64 digits, which name the blob's file in a layout.
  std::string hex() const { return text_.substr(text_.find(':') + 1); }

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&,
                          const Digest&) = default;  // NOLINT(modernize-use-nullptr)

 private:
  friend class Sha256;
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Computes a digest piece by piece. One thread.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::string_view bytes);
  /// Another one that has seen the same bytes.
  Sha256 copy() const;
  /// Of all bytes so far; more may follow.
  Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cogpp::cli
