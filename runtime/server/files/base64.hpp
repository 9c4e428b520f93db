// Base64 at memory speed: outputs become data URLs and data URLs become files on
// every prediction that has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::server::files {

/// Appends the standard base64 of `bytes`, with padding. Pure; any thread.
void append_base64(std::string& out, std::string_view bytes);

/// Decodes a text that comes in pieces as Python's binascii.a2b_base64 does, which
/// Cog's data URLs go through (cog-runtime-live B17): bytes outside the alphabet are
/// skipped, data after complete padding is ignored, missing padding is an error.
/// Not thread-safe.
class Base64Decoder {
 public:
  /// Decodes the next piece. The view stays valid until the next call.
  std::string_view decode(std::string_view text);
  /// Call after the last piece. The error is Python's text.
  Status finish() const;

 private:
  char* decode_some(const unsigned char* from, const unsigned char* end, char* to);

  std::string out_;
  std::size_t decoded_ = 0;  ///< Bytes so far.
  std::uint32_t bits_ = 0;   ///< Digits of the group under way.
  unsigned position_ = 0;    ///< How many they are.
  unsigned pads_ = 0;
  bool ended_ = false;  ///< Complete padding was seen.
};

}  // namespace cogpp::server::files
