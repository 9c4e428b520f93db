// The list of an image's parts in SPDX 2.3 (ISO/IEC 5962). Pure text; the same parts give
// the same text.
#pragma once

#include <ctime>
#include <string>
#include <vector>

namespace cogpp::cli {

struct SbomPart {
  std::string name;
  std::string version;
  std::string locator;  ///< A package URL such as `pkg:pypi/numpy@2.0.0`; empty: none.
};

struct SbomSource {
  std::string image;         ///< The image's name.
  std::string distribution;  ///< ID of the base's os-release: "debian"; empty: unknown.
  std::string base;          ///< Digest of a base whose packages are not listed; empty: none.
  std::string packages;      ///< `name<TAB>version` lines of its package manager.
  std::string pip_freeze;    ///< `name==version` lines.
  std::string libtorch;      ///< Its version; empty without it.
  std::time_t created = 0;
};

/// What `source` lists, sorted, with cogpp itself.
std::vector<SbomPart> sbom_parts(const SbomSource& source);

/// The document as JSON.
std::string sbom_text(const SbomSource& source);

}  // namespace cogpp::cli
