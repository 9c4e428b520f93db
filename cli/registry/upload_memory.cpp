// The file's name is the digest of what is uploaded where, its text the URL.
#include "cli/registry/upload_memory.hpp"

#include <chrono>

#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Registries clear away older ones.
constexpr std::chrono::hours kOldest{24};

}  // namespace

UploadMemory::UploadMemory(const fs::path& directory, const std::string& name)
    : file_(directory.empty() ? fs::path() : directory / sha256(name)) {}

std::optional<Url> UploadMemory::location() const {
  std::error_code error;
  if (file_.empty()) return std::nullopt;
  const fs::file_time_type written = fs::last_write_time(file_, error);
  if (error || fs::file_time_type::clock::now() - written > kOldest) return std::nullopt;
  const Result<std::string> text = read_file(file_);
  if (!text) return std::nullopt;
  const Result<Url> url = parse_url(*text);
  return url ? std::optional(*url) : std::nullopt;
}

void UploadMemory::remember(const Url& location) const {
  if (file_.empty()) return;
  std::error_code ignored;
  fs::create_directories(file_.parent_path(), ignored);
  static_cast<void>(write_file(file_, location.text(), 0600));
}

void UploadMemory::forget() const {
  std::error_code ignored;
  if (!file_.empty()) fs::remove(file_, ignored);
}

}  // namespace cogpp::cli
