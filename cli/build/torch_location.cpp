// A package directory is recognised by its lib/libtorch_cpu.so.
#include "cli/build/torch_location.hpp"

#include <vector>

#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// The first quoted text of version.py: `__version__ = '2.11.0+cu130'`.
std::string version_of(const fs::path& package) {
  const Result<std::string> text = read_file(package / "version.py");
  if (!text) return {};
  const auto name = text->find("__version__ =");
  const auto begin = name == std::string::npos ? name : text->find('\'', name);
  const auto end = begin == std::string::npos ? begin : text->find('\'', begin + 1);
  return end == std::string::npos ? "" : text->substr(begin + 1, end - begin - 1);
}

std::vector<fs::path> candidates(const fs::path& folder) {
  std::vector<fs::path> packages = {folder, folder / "torch", folder / "site-packages/torch"};
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();  // "torch/lib/"
  if (named.filename() == "lib") packages.push_back(named.parent_path());
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder / "lib", ignored)) {
    if (entry.path().filename().string().starts_with("python")) {
      packages.push_back(entry.path() / "site-packages/torch");
      packages.push_back(entry.path() / "dist-packages/torch");
    }
  }
  return packages;
}

/// A place that was named has something else in it: nothing is to be installed there.
Error not_found(const fs::path& folder, bool given) {
  const std::string problem = "libtorch was not found in " + folder.string();
  if (given) {
    return Error{problem +
                 ". --torch takes a Python environment with the package torch, its folder "
                 "site-packages, or site-packages/torch"};
  }
  return Error{problem + ". Install it with: python3 -m venv " + folder.string() + " && " +
               (folder / "bin/pip").string() + " install torch==" + kTorchVersion +
               ", or name the place of another one with --torch DIR"};
}

}  // namespace

Result<TorchLocation> find_torch(const fs::path& given, const fs::path& cache) {
  const fs::path folder =
      fs::absolute(given.empty() ? cache / (std::string("torch-") + kTorchVersion) : given);
  std::error_code ignored;
  for (const fs::path& package : candidates(folder)) {
    if (fs::exists(package / "lib/libtorch_cpu.so", ignored)) {
      return TorchLocation{package, version_of(package)};
    }
  }
  return not_found(folder, !given.empty());
}

}  // namespace cogpp::cli
