// The file's name is the digest of what is uploaded where, its text the URL or repository.
#include "cli/registry/upload_memory.hpp"

#include <chrono>

#include "cli/registry/reference.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Registries clear away older ones.
constexpr std::chrono::hours kOldest{24};

/// Empty without a directory.
fs::path memory_file(const fs::path& directory, const std::string& name) {
  return directory.empty() ? fs::path() : directory / sha256(name);
}

void write_memory(const fs::path& file, const std::string& text) {
  if (file.empty()) return;
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  static_cast<void>(write_file(file, text, 0600));
}

}  // namespace

UploadMemory::UploadMemory(const fs::path& directory, const std::string& name)
    : file_(memory_file(directory, name)) {}

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

void UploadMemory::remember(const Url& location) const { write_memory(file_, location.text()); }

void UploadMemory::forget() const {
  std::error_code ignored;
  if (!file_.empty()) fs::remove(file_, ignored);
}

BlobMemory::BlobMemory(const fs::path& directory, const std::string& registry,
                       const std::string& digest)
    : file_(memory_file(directory, "blob " + registry + "@" + digest)) {}

std::string BlobMemory::repository() const {
  const Result<std::string> text = file_.empty() ? std::string() : read_file(file_);
  return text && is_repository(*text) ? *text : "";
}

void BlobMemory::remember(const std::string& repository) const { write_memory(file_, repository); }

}  // namespace cogpp::cli
