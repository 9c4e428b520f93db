#include "cli/build/sdk_wheel.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSdkVariable = "COG_SDK_WHEEL";
constexpr std::string_view kIndex = "pypi";

bool is_cog_wheel(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("cog-") && name.ends_with(".whl");
}

Result<fs::path> wheel_in(const fs::path& directory) {
  std::vector<fs::path> wheels;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (is_cog_wheel(entry.path())) wheels.push_back(entry.path());
  }
  if (wheels.size() == 1) return wheels.front();
  std::sort(wheels.begin(), wheels.end());
  std::string names;
  for (const fs::path& wheel : wheels) names += "\n  " + wheel.filename().string();
  if (wheels.empty()) return Error{"no wheel matching 'cog-*.whl' found in " + directory.string()};
  return Error{"multiple wheels matching 'cog-*.whl' found in " + directory.string() +
               ". Name one of them:" + names};
}

Result<fs::path> find_wheel(const std::string& place) {
  std::error_code error;
  const fs::path path = fs::absolute(place, error);
  if (fs::is_directory(path, error)) return wheel_in(path);
  if (!fs::exists(path, error)) return Error{"path not found: " + place};
  return path;
}

}  // namespace

Result<std::optional<SdkWheel>> given_sdk_wheel() {
  const std::string value = environment_variable(kSdkVariable);
  if (value.empty()) return std::optional<SdkWheel>();
  const auto index = [](const std::string& requirement) {
    return std::optional<SdkWheel>({.requirement = requirement, .file = {}});
  };
  if (value == kIndex) return index("cog");
  if (value.starts_with(std::string(kIndex) + ":")) {
    return index("cog==" + value.substr(kIndex.size() + 1));
  }
  if (value.find("://") != std::string::npos) return index(value);
  const Result<fs::path> file = find_wheel(value);
  if (!file) return file.error().within(kSdkVariable);
  return std::optional<SdkWheel>({.requirement = file->string(), .file = *file});
}

}  // namespace cogpp::cli
