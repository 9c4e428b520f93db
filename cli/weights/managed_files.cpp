// Sources are compared with their links resolved, as an import reads them.
#include "cli/weights/managed_files.hpp"

#include <algorithm>
#include <system_error>

#include "cli/weights/drift.hpp"
#include "cli/weights/pattern.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;

ManagedFiles::ManagedFiles(const std::vector<schema::WeightConfig>& weights,
                           const fs::path& directory) {
  std::error_code ignored;
  const fs::path project = fs::weakly_canonical(directory, ignored);
  for (const schema::WeightConfig& weight : weights) {
    for (const schema::WeightSource& source : weight.sources) {
      const std::string uri = normalized_uri(source.uri);
      if (!uri.starts_with(kFileScheme)) continue;
      const fs::path place =
          fs::weakly_canonical(directory / uri.substr(kFileScheme.size()), ignored);
      const fs::path inside = place.lexically_relative(project);
      const bool outside = inside.empty() || *inside.begin() == "..";  // an import refuses it
      if (outside || (inside == "." && source.include.empty())) continue;
      sources_.push_back({inside, source.include, source.exclude});
    }
  }
}

bool ManagedFiles::contains(const fs::path& path) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) {
    const fs::path below = path.lexically_relative(source.directory);
    if (below.empty() || *below.begin() == "..") return false;
    return is_selected(source.include, source.exclude, below.string());
  });
}

}  // namespace cogpp::cli
