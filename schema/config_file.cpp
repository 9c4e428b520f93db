// Finds cog.yaml and reads the file.
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "schema/config.hpp"

namespace cogpp::schema {

namespace fs = std::filesystem;

Result<fs::path> find_config(const fs::path& start, const std::string& file_name) {
  constexpr int kMaxDepth = 100;  // as Cog; ends loops of odd mounts
  std::error_code ignored;
  fs::path origin = fs::absolute(start, ignored).lexically_normal();
  if (!origin.has_filename()) origin = origin.parent_path();  // "dir/" and "dir/."
  fs::path directory = origin;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (fs::exists(directory / file_name, ignored)) return directory;
    if (directory == directory.parent_path()) break;
    directory = directory.parent_path();
  }
  return Error{file_name + " not found in " + origin.string() + " (or in any parent directories)"};
}

Result<LoadedConfig> load_config(const fs::path& start, ConfigOptions options) {
  Result<fs::path> directory = find_config(start, options.file_name);
  if (!directory) return directory.error();
  options.directory = std::move(*directory);
  const fs::path path = options.directory / options.file_name;
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || fs::is_directory(path, ignored)) {
    return Error{"failed to read " + path.string() + "; it must be a readable file"};
  }
  std::ostringstream text;
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  return parse_config(text.str(), options);
}

}  // namespace cogpp::schema
