// The inner loops of base64: whole groups of three bytes and four digits. Two ways
// to the same result, so that tests can hold one against the other.
#pragma once

#include <cstddef>

namespace cogpp::server::files {

/// Both functions take as many whole groups as they like, from the front, and return
/// how many *groups*; the caller goes on with another kernel. Pure; any thread.
struct Base64Kernel {
  /// Three bytes of `from` become four digits. Writes nothing beyond those.
  std::size_t (*encode)(const unsigned char* from, std::size_t groups, char* to);
  /// Four digits become three bytes; stops before a group with any other character.
  /// Writes nothing beyond the room for `groups` groups.
  std::size_t (*decode)(const unsigned char* from, std::size_t groups, char* to);
};

/// Takes every group; decode() all up to the first that is not clean.
const Base64Kernel& scalar_base64();
/// Takes what fills its registers; nullptr where the processor has no AVX2.
const Base64Kernel* avx2_base64();

}  // namespace cogpp::server::files
