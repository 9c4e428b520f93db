// Sources are compared with their links resolved, as an import reads them.
#include "cli/weights/managed_files.hpp"

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
      sources_.push_back({inside, weight.target, source.include, source.exclude});
    }
  }
}

std::optional<fs::path> ManagedFiles::place_of(const fs::path& path) const {
  for (const Source& source : sources_) {
    const fs::path below = path.lexically_relative(source.directory);
    if (below.empty() || *below.begin() == "..") continue;
    if (is_selected(source.include, source.exclude, below.string())) return source.target / below;
  }
  return std::nullopt;
}

}  // namespace cogpp::cli
