// SHA-256 is OpenSSL's. The store is a text file, one record a line:
// digest size modified changed inode path.
#include "cli/support/digest.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <sstream>

#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/signals.hpp"
#include "schema/hexadecimal.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
/// File times advance in steps of the kernel's tick; some file systems keep seconds.
constexpr std::int64_t kTimeStep = kNanoseconds;

constexpr std::size_t kHashReadSize = std::size_t{1} << 18U;

using HashBytes = std::array<unsigned char, 32>;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * kNanoseconds + time.tv_nsec; }

std::int64_t now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

}  // namespace

std::string sha256(std::string_view text) {
  HashBytes bytes{};
  EVP_Digest(text.data(), text.size(), bytes.data(), nullptr, EVP_sha256(), nullptr);
  return hexadecimal(bytes);
}

Result<std::string> sha256_of_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return open_error(path, errno);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  std::string buffer(kHashReadSize, '\0');
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return open_error(path, errno);
    if (count == 0) break;
    if (interrupt_pending()) return interrupted();
    EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(count));
  }
  HashBytes bytes{};
  EVP_DigestFinal_ex(hash.get(), bytes.data(), nullptr);
  return hexadecimal(bytes);
}

std::string settled_identity(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  const std::int64_t changed = nanoseconds(status.st_ctim);
  if (changed + kTimeStep >= now()) return {};
  std::string line;
  for (const std::int64_t number :
       {static_cast<std::int64_t>(status.st_size), nanoseconds(status.st_mtim), changed,
        static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_mode)}) {
    line += std::to_string(number) + ' ';
  }
  return line + file.string() + '\n';
}

FileDigests FileDigests::load(fs::path store) {
  FileDigests digests(std::move(store));
  const Result<std::string> text = read_file(digests.store_);
  if (!text) return digests;
  std::istringstream lines(*text);
  Record record;
  std::string path;
  while (lines >> record.digest >> record.size >> record.modified_ns >> record.changed_ns >>
             record.inode &&
         lines.get() == ' ' && std::getline(lines, path)) {
    digests.records_[path] = record;
  }
  return digests;
}

Result<std::string> FileDigests::of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return open_error(file, errno);
  Record record{.size = status.st_size,
                .modified_ns = nanoseconds(status.st_mtim),
                .changed_ns = nanoseconds(status.st_ctim),
                .inode = status.st_ino,
                .digest = {}};
  const auto known = records_.find(file.string());
  if (known != records_.end()) {
    record.digest = known->second.digest;
    if (record == known->second) return record.digest;
  }
  const std::int64_t began = now();
  const Result<std::string> digest = sha256_of_file(file);
  if (!digest) return digest;
  record.digest = *digest;
  const bool settled = record.changed_ns + kTimeStep < began;
  if (settled) {
    records_[file.string()] = record;
    changed_ = true;
  }
  return record.digest;
}

void FileDigests::save() {
  if (!changed_) return;
  std::string text;
  for (const auto& [path, record] : records_) {
    if (path.find('\n') != std::string::npos) continue;
    text += record.digest + ' ' + std::to_string(record.size) + ' ' +
            std::to_string(record.modified_ns) + ' ' + std::to_string(record.changed_ns) + ' ' +
            std::to_string(record.inode) + ' ' + path + '\n';
  }
  std::error_code ignored;
  fs::create_directories(store_.parent_path(), ignored);
  if (write_file(store_, text)) changed_ = false;
}

}  // namespace cogpp::cli
