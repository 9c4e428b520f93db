// What a model reports about a file input, and where models put their output files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "cogpp/json.hpp"
#include "cogpp/types.hpp"

namespace contract {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) throw std::filesystem::filesystem_error("cannot write", path, {});
}

/// A folder that outlives predictions, as the recorded models use: the replayer makes it.
inline std::filesystem::path fixed_folder() {
  const char* folder = std::getenv("CONTRACT_DIR");
  return std::filesystem::path(folder != nullptr ? folder : ".") / "files";
}

/// A text that is no URL is not downloaded: Cog hands it to the model as a plain string, cogpp
/// as a path that names no file.
inline cogpp::Json describe_file(const cogpp::Path& path, bool with_size) {
  if (!std::filesystem::is_regular_file(path)) {
    return cogpp::Json::object({{"type", "str"}, {"value", path.string()}});
  }
  const std::string content = read_file(path);
  auto report = cogpp::Json::object(
      {{"type", "Path"}, {"name", path.filename().string()}, {"dir", path.parent_path().string()}});
  if (with_size) {
    report["suffix"] = path.extension().string();
    report["len"] = content.size();
    report["head"] = content.substr(0, 40);
  } else {
    report["content"] = content;
  }
  return report;
}

}  // namespace contract
