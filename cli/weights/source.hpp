// What a weight's source holds: a directory of the project, a repository of Hugging Face,
// or one file behind a URL (cog-cli §11.7). Main thread; asks the network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/image/digest.hpp"
#include "cli/registry/transport.hpp"
#include "cli/support/context.hpp"
#include "cli/weights/store.hpp"

namespace cogpp::cli {

struct WeightFile {
  std::string path;  ///< Below the weight's target.
  std::uint64_t size = 0;
  std::optional<Digest> digest = std::nullopt;  ///< Not every source says it beforehand.
  std::filesystem::path local = {};             ///< Where it is on this machine; else:
  HttpRequest request = {};                     ///< how to get it.
};

struct Inventory {
  std::string fingerprint;        ///< Changes when the source does.
  std::vector<WeightFile> files;  ///< By path.
};

/// `uri` as in cog.yaml. A file whose digest only its bytes tell may be put into `store`
/// for that. The error names the source.
Result<Inventory> list_source(const std::string& uri, const std::filesystem::path& project,
                              const WeightStore& store, Context& context);

/// Puts every file that `store` lacks into it, in parallel, and fills in digests and sizes.
/// Reports each as `Downloaded`; a signal or the first failure ends it.
Status fill_store(std::vector<WeightFile>& files, const WeightStore& store, Context& context);

}  // namespace cogpp::cli
