// A predictor that brings its own CMakeLists.txt, built with CMake in the cache:
// find_package(cogpp) and cogpp_add_predictor(NAME SOURCE…).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

class CMakeProject {
 public:
  CMakeProject(const Project& project, std::filesystem::path torch,
               const std::filesystem::path& cache_root, Context& context);

  /// Text that stands for the command, for the build cache.
  std::string request() const;
  /// Every file of the project that may take part in the build, and the SDK's.
  std::vector<std::filesystem::path> inputs() const;
  /// Configures, builds, and copies the one library of cogpp_add_predictor to `library`. Only
  /// what has changed is compiled. Waits for another build of the same folder.
  Status build(const std::filesystem::path& library);

 private:
  std::vector<std::string> digests() const;  ///< Of inputs(), lines "<digest> <file>".
  bool times_tell(const std::vector<std::string>& digests) const;
  Status build_in_folder(const std::filesystem::path& library);
  std::vector<std::string> configure_arguments() const;
  Status run_cmake(const std::filesystem::path& cmake, const std::vector<std::string>& arguments);

  const Project& project_;
  std::filesystem::path torch_;
  std::filesystem::path build_directory_;
  Context& context_;
};

}  // namespace cogpp::cli
